"""Seasonal ARIMA over a Panel: compiled recursion, estimation, order search, and the exact likelihood."""
