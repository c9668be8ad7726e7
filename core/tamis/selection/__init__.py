"""From columns to a selection, its reasons and its files."""
