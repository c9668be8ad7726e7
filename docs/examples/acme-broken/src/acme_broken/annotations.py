import sys

from acme_broken.unprintable import Unprintable
from tamis import AnnotationFormat, Annotations, Kind, Metadata, MetadataField, hookimpl


class Later(Annotations):
    where = "later"

    def tasks(self):
        raise Unprintable

    def fields(self):
        raise RuntimeError("the labels are on strike")


class Fields(Annotations):
    where = "fields"

    def fields(self):
        return ["price"]


class Rows(Annotations):
    where = "rows"

    def fields(self):
        return {"price": MetadataField("price", Kind.SCALAR)}

    def metadata(self, keys, samples, report):
        import numpy as np

        from tamis import Column

        return Metadata({"price": Column("price", Kind.SCALAR, np.zeros(len(samples) - 1))})


def raises(location, options):
    raise RuntimeError("the labels are on strike")


def unprintable(location, options):
    raise Unprintable


def exits(location, options):
    print("Please buy more labels!")
    sys.exit("out of labels")


def wrong_type(location, options):
    return {"a.png": "cat"}


@hookimpl
def tamis_annotation_formats():
    yield AnnotationFormat("acme_annotation_raises", raises)
    yield AnnotationFormat("acme_annotation_unprintable", unprintable)
    yield AnnotationFormat("acme_annotation_exits", exits)
    yield AnnotationFormat("acme_annotation_type", wrong_type)
    yield AnnotationFormat("acme_annotation_later", lambda location, options: Later())
    yield AnnotationFormat("acme_annotation_fields", lambda location, options: Fields())
    yield AnnotationFormat("acme_annotation_rows", lambda location, options: Rows())
    yield AnnotationFormat("acme_annotation_schema", raises, schema={"properties": {"path": {"type": "path"}}})
