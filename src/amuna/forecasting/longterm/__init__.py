"""Demand of the years to come: a base year, drivers with ranges, and what they make of each other."""
