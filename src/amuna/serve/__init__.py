"""The doors: command line, reports, and later API and pages."""
