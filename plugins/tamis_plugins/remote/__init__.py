"""Images on a server: how to ask for them, and what may go wrong."""
