"""Derived images that metrics share: one module each."""
