"""Images that are files of this machine: what sources of folders and lists have in common."""
