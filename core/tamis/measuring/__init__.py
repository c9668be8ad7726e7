"""Everything that needs an image: one pass, with one open and at most one decode for each."""
