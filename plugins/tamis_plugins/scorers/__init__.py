"""Scores from predictions: one module each."""
