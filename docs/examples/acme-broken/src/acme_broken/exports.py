import sys

from acme_broken.unprintable import Unprintable
from tamis import Export, hookimpl


def raises(selection, target, options):
    raise RuntimeError("the courier is ill")


def unprintable(selection, target, options):
    raise Unprintable


def exits(selection, target, options):
    print("Please buy more stamps!")
    sys.exit("out of stamps")


def wrong_type(selection, target, options):
    return None


def wrong_notes(selection, target, options):
    yield 5


@hookimpl
def tamis_exports():
    yield Export("acme_export_raises", raises)
    yield Export("acme_export_unprintable", unprintable)
    yield Export("acme_export_exits", exits)
    yield Export("acme_export_type", wrong_type)
    yield Export("acme_export_notes", wrong_notes)
    yield Export("acme_export_schema", raises, schema={"properties": {"path": {"type": "path"}}})
