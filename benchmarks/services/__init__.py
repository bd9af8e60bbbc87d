"""Servers that tests and benchmarks start for themselves, on free ports and in temporary folders."""
