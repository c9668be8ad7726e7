"""Arithmetic on pixels that several views and metrics share, strip by strip."""
