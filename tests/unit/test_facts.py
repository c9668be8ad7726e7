"""What `tamis plugins show`, and the reference, say of a declaration beside its documentation."""

from __future__ import annotations

from tamis import AnnotationFormat, Annotations, Listing, Params, Source
from tamis.cli.facts import facts


def opened(location: str, options: Params) -> Listing:
    """Never called here."""
    raise AssertionError


def recognized(location: str) -> bool:
    """Never called here."""
    raise AssertionError


def read(location: str, options: Params) -> Annotations:
    """Never called here."""
    raise AssertionError


def test_a_source_says_what_it_claims() -> None:
    """Schemes as they are in a URL, suffixes in lower case, and whether it looks at all else."""
    told = dict(facts(Source("acme", opened, schemes=["S3", "gs"], suffixes=[".TAR"], recognizes=recognized)))
    silent = dict(facts(Source("blob", opened)))
    modest = dict(facts(Source("cloud", opened, recognizes=recognized, fallback=True)))

    assert told == {
        "schemes": "s3://, gs://",
        "suffixes": ".tar",
        "recognizes others": "yes",
        "takes objects of Python": "no",
    }
    assert silent == {
        "schemes": "none",
        "suffixes": "none",
        "recognizes others": "no",
        "takes objects of Python": "no",
    }
    assert modest["recognizes others"] == "yes, unless another source claims them"
    assert dict(facts(Source("host", opened, takes=callable)))["takes objects of Python"] == "yes"


def test_an_annotation_format_says_whether_it_writes() -> None:
    """What only reads can't be where predictions are written."""
    reads = AnnotationFormat("acme", read)
    writes = AnnotationFormat("blob", read, write=lambda location, samples, predictions: location)

    assert dict(facts(reads)) == {"writes predictions": "no"}
    assert dict(facts(writes)) == {"writes predictions": "yes"}


def test_options_are_told_with_their_form_and_default() -> None:
    """As the schema has them."""
    schema = {"properties": {"column": {"type": "string", "default": "path", "description": "Of paths."}}}

    assert dict(facts(Source("acme", opened, schema=schema)))["column"] == "string, optional, default path: Of paths."
