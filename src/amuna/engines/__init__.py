"""Where many series are computed."""
