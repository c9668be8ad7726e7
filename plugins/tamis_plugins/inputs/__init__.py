"""Input types: one module each."""
