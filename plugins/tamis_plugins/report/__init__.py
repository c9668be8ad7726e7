"""The report's page: blocks cut down to what there is room for, and drawn as HTML; and its numbers as JSON."""
