"""Sections: what a report shows."""
