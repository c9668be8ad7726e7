"""What the report of a selection is made of: its sets, measures and distributions, and the page."""
