"""What an input yields for each sample."""

from __future__ import annotations

import enum


class Kind(enum.Enum):
    """What an input yields for each sample; a strategy says which kinds it accepts."""

    SCALAR = "scalar"
    """One number."""
    CATEGORY = "category"
    """One of a set of names."""
    VECTOR = "vector"
    """A point in space, such as the embedding of an image."""
    VECTORS = "vectors"
    """Any number of points in space, such as the embeddings of the objects of an image."""
    QUERY = "query"
    """A point in space, and the query points that all samples are compared with."""
    DISTRIBUTION = "distribution"
    """A non-negative amount of each of a set of classes."""

    @property
    def meaning(self) -> str:
        """In a few words, for messages."""
        return _MEANINGS[self.value]


_MEANINGS = {
    "scalar": "a number",
    "category": "a category",
    "vector": "a vector",
    "vectors": "a vector of each of its objects",
    "query": "a vector with a query to compare it with",
    "distribution": "an amount of each class",
}
