"""The targets of exports: what is there already, and what is replaced."""
