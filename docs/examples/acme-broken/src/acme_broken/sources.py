import sys
import threading

from acme_broken.unprintable import Unprintable
from tamis import Images, Listing, Source, hookimpl


class Broken(Images):
    def open(self, name):
        raise Unprintable

    def fingerprint(self, name):
        raise RuntimeError("no fingerprint")

    def path(self, name):
        raise RuntimeError("no path")


class Unsent(Images):
    def __init__(self):
        self.lock = threading.Lock()

    def open(self, name):
        raise OSError("nothing is there")


def raises(location, options):
    raise RuntimeError("the bucket is empty")


def unprintable(location, options):
    raise Unprintable


def exits(location, options):
    print("Please buy more storage!")
    sys.exit("out of storage")


def wrong_type(location, options):
    return ["a.png"]


def wrong_names(location, options):
    return Listing([1, 2], Broken())


def broken_images(location, options):
    return Listing(["a.png", "b.png"], Broken())


def unsent_images(location, options):
    return Listing(["a.png", "b.png"], Unsent())


def claim(location):
    raise Unprintable


class Odd:
    def __bool__(self):
        raise RuntimeError("neither yes nor no")


def odd_claim(location):
    return Odd()


@hookimpl
def tamis_sources():
    yield Source("acme_source_raises", raises, suffixes=[".acme"])
    yield Source("acme_source_unprintable", unprintable)
    yield Source("acme_source_exits", exits)
    yield Source("acme_source_type", wrong_type)
    yield Source("acme_source_names", wrong_names)
    yield Source("acme_source_images", broken_images)
    yield Source("acme_source_unsent", unsent_images)
    yield Source("acme_source_schema", raises, schema={"properties": {"path": {"type": "path"}}})
    yield Source("acme_source_claim", raises, recognizes=claim)
    yield Source("acme_source_odd_claim", raises, recognizes=odd_claim)
    yield Source("acme_source_rival", raises, suffixes=[".txt"])
