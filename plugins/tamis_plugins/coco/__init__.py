"""COCO's JSON: what is in such a file, and its masks."""
