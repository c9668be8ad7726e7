"""Samples and their images."""
