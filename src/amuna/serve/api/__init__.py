"""The programming interface: routes under /api/v1, one file for each capability."""
