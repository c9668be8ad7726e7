"""What the EXIF of an image says, checked: it may hold anything."""
