"""Samples that are rows of Parquet files: their names, their images, their other columns."""
