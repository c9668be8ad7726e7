"""Which library talks to a server."""

from __future__ import annotations

from tamis_plugins.remote.buckets import Bucket
from tamis_plugins.remote.filesystems import SCHEMES, Filesystem
from tamis_plugins.remote.place import AMAZON, CLOUD, WEB, Place
from tamis_plugins.remote.store import Store

#: The schemes of URLs that lead to a server.
ALL = (*AMAZON, *CLOUD, *WEB, *SCHEMES)


def connected(place: Place) -> Store:
    """What a location's scheme needs. Raises as `Bucket` and `Filesystem` do."""
    by_obstore = place.scheme in (*AMAZON, *CLOUD, *WEB)
    return Bucket(place) if by_obstore else Filesystem(place)
