"""The numbers that describe a dataset and what was selected of it, set beside set, for sections and the report."""
