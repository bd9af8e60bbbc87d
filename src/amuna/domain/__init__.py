"""The vocabulary: tables, units, time, panels, ports and errors. No input or output, no models."""
