"""What was measured, kept on disk, so that it is measured once."""
