"""Executors: one module, one way to work elsewhere."""
