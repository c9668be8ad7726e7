"""Finding and loading plugins: hooks, entry points, the registry."""
