"""Which sample a name in a file of annotations means."""
