"""From a config to a plan: every check that can be made before any data is touched."""
