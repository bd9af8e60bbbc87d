"""The dashboard: Dash pages in Spanish and English."""
