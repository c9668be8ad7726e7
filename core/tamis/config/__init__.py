"""Selection configs: read, checked against the plugins they name, made a plan."""
