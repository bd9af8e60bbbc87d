"""Which model serves: watching residuals, contests between models, the fleet registry, drift."""
