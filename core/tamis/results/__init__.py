"""What a run leaves: the selection, its files and reading them back, explanations, exports."""
