"""Numbers as label files have them."""

from __future__ import annotations


def number_of(text: str) -> float:
    """The number that a text is. Raises `ValueError` about all else, such as ``1_0``, which Python takes for 10."""
    if "_" in text:
        raise ValueError(f"{text!r:.40} is not a number")
    return float(text)
