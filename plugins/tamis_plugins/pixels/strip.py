"""How much of an image is worked on at a time."""

#: Pixels: enough that calls don't count, and little memory beside a large image.
STRIP = 5 << 16
