"""Image metrics: one module, and one key, each."""
