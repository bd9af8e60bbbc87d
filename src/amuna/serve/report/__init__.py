"""The report page: one self-contained HTML file, Spanish and English, that needs no network."""
