"""Vectors of a dataset: choosing what makes them, finding those that are there already, files of vectors."""
