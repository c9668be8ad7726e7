"""Sources: one module, one kind of place where images are."""
