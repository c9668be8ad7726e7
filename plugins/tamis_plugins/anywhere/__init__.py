"""Files, be they on this machine or on a server: finding them, and reading all of one or some of it."""
