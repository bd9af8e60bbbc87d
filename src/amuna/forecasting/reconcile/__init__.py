"""Forecasts that add up: accounts, zones, cities and the utility, at every quantile ordered and never negative."""
