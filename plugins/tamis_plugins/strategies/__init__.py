"""Selection strategies: one module each."""
