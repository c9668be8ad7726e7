"""The door for input providers: what is known before any data is touched, and what exists once per run."""
