"""Issues: what may be wrong with samples."""
