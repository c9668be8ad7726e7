"""JSON that others have written."""
