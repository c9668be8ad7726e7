"""Images in tar archives: which members there are, and reading one where it lies."""
