"""Tables in files: CSV, JSON lines, Parquet, Arrow; what their columns hold."""
