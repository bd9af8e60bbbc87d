"""Facts as a page or an answer shows them, read from the store and nothing written."""
