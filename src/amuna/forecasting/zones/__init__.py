"""Inflows of zones, hour by hour: an adaptive profile, two models of what departs from it, and ranges."""
