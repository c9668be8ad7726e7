"""Embedders: a module for each."""
