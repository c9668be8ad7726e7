"""Tasks that predict from images: one module each."""
