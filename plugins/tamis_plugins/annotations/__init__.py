"""Annotation formats: one module, one format."""
