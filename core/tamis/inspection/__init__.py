"""Inspecting a dataset: which samples are beyond the limits of issues, as tables, files and a selection config."""
