"""Labels in a file for each image: which files there are, whose they are, and what is in them."""
