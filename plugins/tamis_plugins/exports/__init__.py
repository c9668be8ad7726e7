"""Exports: one module, one place or form that a selection is carried to."""
