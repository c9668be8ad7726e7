"""Videos, whose samples are their frames."""
