"""Images as files of a new folder: where they go, how they get there, and how others find them."""
