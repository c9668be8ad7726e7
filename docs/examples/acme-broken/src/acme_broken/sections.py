import itertools
import sys

from acme_broken.unprintable import Unprintable
from tamis import Section, blocks, hookimpl


def raises(subject, options):
    raise RuntimeError("the painter is out")


def unprintable(subject, options):
    raise Unprintable


def exits(subject, options):
    print("Please buy more paint!")
    sys.exit("out of paint")


def wrong_type(subject, options):
    return 5


def wrong_blocks(subject, options):
    yield "<b>bold</b>"


def fails_later(subject, options):
    def cards():
        yield blocks.Card(subject.samples[0])
        raise RuntimeError("the painter went home")

    yield blocks.Gallery(cards(), fills=True)


def wrong_cells(subject, options):
    yield blocks.Table("Odd", ["a"], [[object()]])


def endless(subject, options):
    return (blocks.Text(str(number)) for number in itertools.count())


@hookimpl
def tamis_sections():
    yield Section("acme_section_raises", raises, title="Raises")
    yield Section("acme_section_unprintable", unprintable, title="Unprintable")
    yield Section("acme_section_exits", exits, title="Exits")
    yield Section("acme_section_type", wrong_type, title="Type")
    yield Section("acme_section_blocks", wrong_blocks, title="Blocks")
    yield Section("acme_section_later", fails_later, title="Later")
    yield Section("acme_section_cells", wrong_cells, title="Cells")
    yield Section("acme_section_endless", endless, title="Endless")
    yield Section("acme_section_schema", raises, title="Schema", schema={"properties": {"path": {"type": "path"}}})
