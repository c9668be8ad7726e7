"""Taking ``[LABEL=][PLUGIN:]LOCATION[,OPTION=VALUE...]`` apart, whatever is in the names of files."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tamis import errors
from tamis.config.locations import Location, parse_location

KNOWN = ("files", "folder", "acme-zip", "acme.zip")


@pytest.fixture(autouse=True)
def _somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is there but what a test makes."""
    monkeypatch.chdir(tmp_path)


def parsed(text: str) -> Location:
    """A location of an input."""
    return parse_location(text, "--input", KNOWN)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("photos", Location("photos")),
        ("./a/../b", Location("./a/../b")),
        ("new=photos", Location("photos", "new")),
        ("my new ones=photos", Location("photos", "my new ones")),
        ("files:list.txt", Location("list.txt", None, "files")),
        ("new=files:list.txt", Location("list.txt", "new", "files")),
        ("acme-zip:a.zip,fast=true,n=3", Location("a.zip", None, "acme-zip", {"fast": True, "n": 3})),
        ("acme.zip:a.zip,mean=[0.5,0.5],n=3", Location("a.zip", None, "acme.zip", {"mean": [0.5, 0.5], "n": 3})),
        ('files:l,names=["a,b=c","d"],root=x', Location("l", None, "files", {"names": ["a,b=c", "d"], "root": "x"})),
        ('files:l,root="a,b=c",column=x', Location("l", None, "files", {"root": "a,b=c", "column": "x"})),
        ("files:l,root=a,b,column=x", Location("l", None, "files", {"root": "a,b", "column": "x"})),
        ("files:l,root=x=y", Location("l", None, "files", {"root": "x=y"})),
        ("files:,root=x", Location("", None, "files", {"root": "x"})),
        ("files:a,b c,root=x", Location("a,b c", None, "files", {"root": "x"})),
        ("C:\\photos", Location("C:\\photos")),
        ("C:/photos", Location("C:/photos")),
        ("new=C:\\photos", Location("C:\\photos", "new")),
        ("files:C:\\list.txt,root=D:\\x", Location("C:\\list.txt", None, "files", {"root": "D:\\x"})),
        ("\\\\server\\share", Location("\\\\server\\share")),
        ("s3://bucket/a,b=c/d.jpg", Location("s3://bucket/a,b=c/d.jpg")),
        ("https://host:8080/x?a=1,b=2", Location("https://host:8080/x?a=1,b=2")),
        ("new=s3://bucket", Location("s3://bucket", "new")),
        ("acme-zip:s3://bucket/a.zip,n=1", Location("s3://bucket/a.zip", None, "acme-zip", {"n": 1})),
        ("=photos", Location("=photos")),
        ("a/b:c", Location("a/b:c")),
    ],
)
def test_what_is_not_there_is_taken_apart(text: str, expected: Location) -> None:
    """By its signs alone."""
    assert parsed(text) == expected


@pytest.mark.parametrize("name", ["a=b", "files:x", "a,b=c", "new=files:x,n=1", "C:", "50%", "a b", "x:y=z,w", "é"])
def test_what_is_there_is_a_path(name: str) -> None:
    """Whatever is in its name; under a label and by a source, too."""
    Path(name).touch()

    assert parsed(name) == Location(name)
    assert parsed(f"new={name}") == Location(name, "new")
    assert parsed(f"files:{name}") == Location(name, None, "files")
    assert parsed(f"files:{name},n=1") == Location(name, None, "files", {"n": 1})


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_no_text() -> None:
    """As the system hands them over."""
    name = os.fsdecode(b"latin-\xe9,a=\xff")
    Path(name).touch()

    assert parsed(name) == Location(name)
    assert parsed(f"new=files:{name},n=1") == Location(name, "new", "files", {"n": 1})


def test_options_after_what_is_there_need_no_source() -> None:
    """The longest name that is there is the location."""
    Path("list.csv").touch()
    Path("list.csv,a=b").touch()

    assert parsed("list.csv,column=x") == Location("list.csv", None, None, {"column": "x"})
    assert parsed("new=list.csv,column=x") == Location("list.csv", "new", None, {"column": "x"})
    assert parsed("list.csv,a=b,column=x") == Location("list.csv,a=b", None, None, {"column": "x"})
    assert parsed("files:list.csv,a=b") == Location("list.csv,a=b", None, "files")
    assert parsed("gone.csv,column=x") == Location("gone.csv,column=x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--input '': the location is empty"),
        ("new=", "--input 'new=': the location is empty"),
        ("files:", "--input 'files:': the location is empty"),
        ("file:list.txt", "--input file:list.txt: nothing installed is called 'file'. Did you mean 'files'?"),
        (
            "x=coco:y",
            "--input x=coco:y: nothing installed is called 'coco' (there is acme-zip, acme.zip, files, folder)",
        ),
        ("a/b=there", "--input a/b=there: 'a/b' can't be a label: it is a name without '/'"),
        ("a/b=files:x", "--input a/b=files:x: 'a/b' can't be a label: it is a name without '/'"),
        ("a/b=s3://x", "--input a/b=s3://x: 'a/b' can't be a label: it is a name without '/'"),
        ("files:l,n=1,n=2", "--input.n: is there twice"),
        ("files:l,type=folder", "--input.type: is no option: it goes before the colon"),
    ],
)
def test_what_can_not_be_is_refused(text: str, message: str) -> None:
    """In one line, with what was written."""
    Path("there").mkdir()

    with pytest.raises((errors.DatasetError, errors.ConfigError)) as caught:
        parsed(text)
    assert str(caught.value) == message
    assert caught.value.exit_code == 2


NAME = st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,8}", fullmatch=True)
OPTION = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,5}", fullmatch=True).filter(lambda name: name != "type")
VALUE: st.SearchStrategy[Any] = st.one_of(
    st.integers(), st.booleans(), st.none(), st.lists(st.integers(), max_size=3), st.text("abc ,=:[", max_size=6)
)


@given(st.none() | NAME, NAME, st.dictionaries(OPTION, VALUE, max_size=3), st.sampled_from([None, *KNOWN]))
def test_what_is_put_together_is_taken_apart_again(
    label: str | None, location: str, options: dict[str, Any], plugin: str | None
) -> None:
    """Values written as JSON, whatever they hold."""
    assume(not os.path.lexists(location))
    given_options = options if plugin else {}
    text = f"{label}=" * (label is not None) + f"{plugin}:" * (plugin is not None) + location
    text += "".join(f",{name}={json.dumps(value)}" for name, value in given_options.items())

    assert parsed(text) == Location(location, label, plugin, given_options)


@given(st.text(max_size=30))
def test_any_text_is_a_location_or_an_error_that_says_why(text: str) -> None:
    """Nothing else is raised, and nothing of the text is lost or made up."""
    with suppress(errors.DatasetError, errors.ConfigError):
        found = parsed(text)
        assert found.text in text
        assert found.plugin is None or found.plugin in KNOWN
        assert (found.label or "") in text
