"""``--input``, ``--annotations`` and ``--lightly``: one dataset of all that they name, or one clear line."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tamis import Dataset, Registry, errors
from tamis.cli import cli
from tamis.dataset import opening
from tamis.dataset.inputs import open_inputs
from tamis.discovery.hookspecs import PluginKind
from tests.conftest import Install, photograph
from tests.plugins.lightly_folder import Folder


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with two folders of images."""
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("one/a.png", "one/sub/b.png", "two/a.png")):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        photograph(number).save(path)
    return tmp_path


def opened(*inputs: str, annotations: tuple[str, ...] = (), lightly: str | None = None) -> Dataset:
    """As the command line opens them."""
    return open_inputs(inputs, annotations, Registry(environ=False), lightly=lightly)


def refused(*inputs: str, annotations: tuple[str, ...] = ()) -> str:
    """What is wrong with them; the command line says the same, on one line, and exits with 2."""
    with pytest.raises(errors.TamisError) as caught:
        opened(*inputs, annotations=annotations)
    arguments = [part for text in inputs for part in ("--input", text)]
    arguments += [part for text in annotations for part in ("--annotations", text)]
    done: Result = CliRunner().invoke(cli, ["compute", "lightly.width", *arguments])
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr == f"tamis: {caught.value}\n"
    assert "\n" not in str(caught.value)
    return str(caught.value)


def installed(message: str) -> str:
    """A message with what there is, by kind, and the suffixes that sources claim."""
    registry = Registry(environ=False)
    kinds: tuple[PluginKind, ...] = ("source", "annotation")
    listed = {kind: ", ".join(sorted(registry.keys(kind))) for kind in kinds}
    suffixes = {suffix for key in registry.keys("source") for suffix in registry.source(key).suffixes}
    schemes = sorted({scheme for key in registry.keys("source") for scheme in registry.source(key).schemes})
    some = f"(there are {len(schemes)}, such as {', '.join(schemes[:3])})"
    return message.format(**listed, suffixes=", ".join(sorted(suffixes)), schemes=some)


def test_one_input_keeps_its_names_unless_it_has_a_label() -> None:
    """As `Dataset.from_directory` names them."""
    assert opened("one").samples == ("a.png", "sub/b.png")
    assert opened("x=one").samples == ("x/a.png", "x/sub/b.png")
    assert opened("folder:one").samples == ("a.png", "sub/b.png")


@pytest.mark.parametrize(
    ("inputs", "samples"),
    [
        (["one", "two"], ("one/a.png", "one/sub/b.png", "two/a.png")),
        (["two/", "./one"], ("two/a.png", "one/a.png", "one/sub/b.png")),
        (["x=two", "one"], ("x/a.png", "one/a.png", "one/sub/b.png")),
        (["my two=folder:two", "y=one/sub"], ("my two/a.png", "y/b.png")),
    ],
)
def test_several_inputs_are_told_apart(inputs: list[str], samples: tuple[str, ...]) -> None:
    """By their labels, or else by the last part of each location."""
    assert opened(*inputs).samples == samples


def test_the_label_of_where_one_is(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    """`.` is called what the folder is called."""
    monkeypatch.chdir(here / "one")

    assert opened(".", "../two").samples == ("one/a.png", "one/sub/b.png", "two/a.png")


def test_labels_are_given_once() -> None:
    """By the user or by default; the message has what to write."""
    assert refused("one", "x=two", "x=one/sub") == (
        "the inputs 'x=two' and 'x=one/sub' are both called 'x': name them apart, --input LABEL=one/sub"
    )
    Path("other").mkdir()
    Path("two").rename("other/one")
    assert refused("one", "other/one") == (
        "the inputs 'one' and 'other/one' are both called 'one': name them apart, --input LABEL=other/one"
    )
    assert refused("one", "one=other/one").endswith("--input LABEL=other/one")
    assert opened("one", "LABEL=other/one").samples == ("one/a.png", "one/sub/b.png", "LABEL/a.png")


def test_names_of_inputs_can_not_collide() -> None:
    """A label is one name: with `a/b` for another, `a/b/x.png` would be two samples."""
    assert refused("one", "one/sub=two") == "--input one/sub=two: 'one/sub' can't be a label: it is a name without '/'"
    assert refused(".=one") == "'.' can't be the label of an input: it is a name without '/'"


@pytest.mark.parametrize("inner", ["x=one/sub", "x=one", "x=one/list.txt"])
def test_an_input_inside_another_is_refused(inner: str, here: Path) -> None:
    """Its images would be candidates twice; the message names one of them under both names."""
    (here / "one" / "list.txt").write_text("sub/b.png\n")
    images = 2 if inner == "x=one" else 1
    first = ("one/a.png", "x/a.png") if inner == "x=one" else ("one/sub/b.png", "x/b.png")
    if inner.endswith(".txt"):
        first = ("one/sub/b.png", "x/sub/b.png")
    names = [name.partition("/")[2] for name in first]

    for order in (("one", inner), (inner, "one")):
        message = refused(*order)
        assert f"have {images} of their images in common, such as '{names[0]}' and '{names[1]}'" in message
        assert message.startswith("the inputs 'one' and ") or message.startswith(f"the inputs '{inner}' and ")


def test_links_to_images_are_followed(here: Path) -> None:
    """As an export has made them, below the folder of the images."""
    (here / "one" / ".picked").mkdir()
    (here / "one" / ".picked" / "x.png").symlink_to(here / "one" / "sub" / "b.png")

    assert "1 of their images in common, such as 'sub/b.png' and 'x.png'" in refused("one", "x=one/.picked")
    assert opened("x=one/.picked", "one/sub").samples == ("x/x.png", "sub/b.png")  # neither lies in the other


def test_what_lies_inside_and_shares_nothing_is_fine(here: Path) -> None:
    """A hidden folder is no part of the one around it."""
    (here / "one" / ".trash").mkdir()
    photograph(5).save(here / "one" / ".trash" / "old.png")

    assert opened("one", "old=one/.trash").samples == ("one/a.png", "one/sub/b.png", "old/old.png")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--input: the location is empty"),
        ("x=", "--input: the location is empty in 'x='"),
        ("folder:", "--input: the location is empty in 'folder:'"),
        ("gone", "the input 'gone' does not exist"),
        ("x=gone", "the input 'gone' does not exist"),
        ("folder:gone", "the input folder 'gone' does not exist"),
        ("C:\\photos", "the input 'C:\\\\photos' does not exist"),
        ("files:gone.txt", "'gone.txt' can't be read: No such file or directory"),
        ("files:,root=one", "there is no list: the location is empty, and no names are given"),
        ("foldr:one", "--input foldr:one: nothing installed is called 'foldr'. Did you mean 'folder'?"),
        ("quux:one", "--input quux:one: nothing installed is called 'quux' (there is {source})"),
        (
            "acme://u:t0p@bucket/x?token=t0p",
            "the input 'acme://***@bucket/x?token=***': no source takes acme:// locations {schemes}",
        ),
        ("one,recursive=true", "input.recursive: source 'folder' has no such option: it takes no options"),
        ("folder:one,recursive=true", "input.recursive: source 'folder' has no such option: it takes no options"),
        ("folder:one,registry=1", "input.registry: source 'folder' has no such option: it takes no options"),
        ("folder:one,source=files", "input.source: source 'folder' has no such option: it takes no options"),
        ("folder:one,location=two", "input.location: source 'folder' has no such option: it takes no options"),
        ("folder:one,type=files", "--input.type: is no option: it goes before the colon"),
        (
            "one/a.png",
            "the input 'one/a.png' is neither a folder nor a file that a source takes ({suffixes}): name the "
            "source, SOURCE:LOCATION (there is {source})",
        ),
    ],
)
def test_an_input_that_can_not_be_used(text: str, message: str) -> None:
    """What is wrong with it, and what would be right."""
    assert refused(text) == installed(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "--annotations: the location is empty"),
        ("one", "--annotations one: name the format, FORMAT:LOCATION (there is {annotation})"),
        ("gone", "--annotations gone: name the format, FORMAT:LOCATION (there is {annotation})"),
        ("lightly:", "--annotations: the location is empty in 'lightly:'"),
        ("lightly:gone", "the lightly folder 'gone' does not exist"),
        ("lighty:one", "--annotations lighty:one: nothing installed is called 'lighty'. Did you mean 'lightly'?"),
        ("quux:one", "--annotations quux:one: nothing installed is called 'quux' (there is {annotation})"),
        (
            "lightly:one,name=x",
            "annotations.name: annotation 'lightly' has no such option (there is anonymous, endpoint)",
        ),
        (
            "lightly:one,format=x",
            "annotations.format: annotation 'lightly' has no such option (there is anonymous, endpoint)",
        ),
        (
            "a b=lightly:one",
            "annotations can't be named 'a b': a name is of letters, digits and _+=,.@:/-, and doesn't "
            "begin with 'lightly.'",
        ),
    ],
)
def test_annotations_that_can_not_be_used(text: str, message: str) -> None:
    """What is wrong with them, and what would be right."""
    assert refused("one", annotations=(text,)) == installed(message)


def test_options_need_no_source_after_what_is_there(here: Path) -> None:
    """The source that claims the location gets them."""
    (here / "list.csv").write_text("filename,picture\nx,one/a.png\n")

    assert opened("list.csv,column=picture").samples == ("one/a.png",)
    assert opened("files:list.csv,column=picture,root=.").samples == ("one/a.png",)


@pytest.mark.parametrize("name", ["a=b", "files:x", "new,a=b", "C:", "x:y=z,w=1"])
def test_folders_are_found_whatever_is_in_their_names(name: str, here: Path) -> None:
    """Signs of a label, a source or an option."""
    (here / "one").rename(here / name)

    assert opened(name).samples == ("a.png", "sub/b.png")
    assert opened(f"x={name}", "two").samples == ("x/a.png", "x/sub/b.png", "two/a.png")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_no_text(here: Path) -> None:
    """Of a folder and of an image; results are written, and read back, as they should be."""
    from tamis import Selection, select

    name, image = os.fsdecode(b"latin-\xe9"), os.fsdecode(b"\xff.png")
    (here / "one").rename(here / name)
    photograph(7).save(here / name / image, "PNG")
    dataset = opened(name, "two")
    entry = {"input": {"type": "METADATA", "key": "lightly.width"}, "strategy": {"type": "WEIGHTS"}}
    select(dataset, {"n_samples": 4, "strategies": [entry]}, registry=Registry()).write(here / "out")
    found = Selection.read(here / "out")

    assert set(found.selected) == set(dataset.samples)
    assert found.dataset.samples == dataset.samples


def test_annotations_come_along_and_are_replaced(here: Path) -> None:
    """`--lightly` is in place of what comes along, `--annotations` beside it."""
    folder = Folder(here / "one")
    folder.task("classification", ["day"], {"a": [{"category_id": 0}]}, name="light")
    other = Folder(here / "two")
    other.task("classification", ["rain"], {"a": [{"category_id": 0}]}, name="weather")

    assert list(opened("one").annotations.tasks()) == ["light"]
    assert list(opened("one", lightly="two").annotations.tasks()) == ["weather"]
    assert list(opened("one", annotations=("sky=lightly:two",)).annotations.tasks()) == ["light", "sky"]
    assert list(opened("one", annotations=("lightly:two", "lightly:one")).annotations.tasks()) == ["light", "weather"]


CLAIMING = """
from tamis import Images, Listing, Source, hookimpl

class Nothing(Images):
    def open(self, name):
        raise OSError("nothing")

def recognizes(location):
    {recognizes}

@hookimpl
def tamis_sources():
    yield Source("{name}", lambda location, options: Listing([str(location)], Nothing()), recognizes=recognizes, {more})
"""


def claiming(install: Install, name: str, recognizes: str = "return False", more: str = "") -> None:
    """Install a source."""
    module = name.replace("-", "_")
    source = CLAIMING.format(name=name, recognizes=recognizes, more=more)
    install(f"dist-{name}", {"tamis.sources": {name: module}}, **{module: source})


def test_a_location_that_two_sources_claim(install: Install, here: Path) -> None:
    """Both are named, and how to choose."""
    (here / "a.zip").touch()
    claiming(install, "first", more="suffixes=['.zip']")
    claiming(install, "second", more="suffixes=['.ZIP']")
    claiming(install, "third", more="suffixes=['.zip'], fallback=True")

    assert refused("a.zip") == (
        "the input 'a.zip' is claimed by first, of dist-first 1.0 [first] and second, of dist-second 1.0 [second]: "
        "name one of them, first:a.zip or second:a.zip"
    )
    assert opened("second:a.zip").samples == ("a.zip",)


def test_an_object_is_opened_by_the_source_that_takes_it(install: Install) -> None:
    """Without a name, or with one. It is nowhere: nothing can open it again."""
    claiming(install, "acme", more="takes=lambda given: isinstance(given, (list, set))")
    claiming(install, "other", more="takes=lambda given: isinstance(given, (list, dict))")
    claiming(install, "broken", more="takes=lambda given: 1 / 0")
    registry = Registry(block=["tamis"], environ=False)

    assert Dataset.open({1}, registry=registry).samples == ("{1}",)
    assert Dataset.open([1], "other", registry=registry).origin == {}
    for given, source, message in (
        ([1], None, r"an object of type list is taken by acme, of .* and other, of .*: name one of them, source="),
        (3, None, r"no source takes an object of type int \(objects are taken by: acme, broken, other\)\n.*broken"),
        ({1}, "other", "the source other takes no object of type set"),
        (Path, "acme", "the source acme takes no object of type type"),
    ):
        with pytest.raises(errors.DatasetError, match=message):
            Dataset.open(given, source, registry=registry)


def test_a_source_that_claims_folders_goes_before_the_built_in(install: Install) -> None:
    """`folder` steps back."""
    claiming(install, "acme", "return location == 'one'")

    assert opened("one").origin["source"] == "acme"
    assert opened("two").origin["source"] == "folder"


@pytest.mark.parametrize(
    "how",
    [
        "raise ValueError('broken claim')",
        "raise SystemExit('broken claim')",
        "raise BaseException('broken claim')",
        "raise type('Own', (BaseException,), {'__str__': lambda self: 1 / 0})()",
        "return type('Odd', (), {'__bool__': lambda self: 1 / 0})()",
    ],
)
def test_a_broken_claim_is_none(how: str, install: Install, here: Path) -> None:
    """A folder is opened as ever; what nobody else claims names the source and its cause."""
    (here / "a.zip").touch()
    claiming(install, "acme", how)

    assert opened("one").samples == ("a.png", "sub/b.png")
    with pytest.raises(errors.DatasetError) as caught:
        opened("a.zip")
    first, second = str(caught.value).split("\n")
    assert first.startswith("the input 'a.zip' is neither a folder nor a file that a source takes")
    assert second.startswith("source 'acme' of dist-acme 1.0 [acme] failed: ")


def test_the_users_own_wish_to_stop_is_no_broken_claim(install: Install) -> None:
    """Ctrl-C while a source looks at a location."""
    claiming(install, "acme", "raise KeyboardInterrupt")

    with pytest.raises(KeyboardInterrupt):
        opened("one")


def test_a_scheme_is_claimed_in_any_letter_case(install: Install) -> None:
    """An unknown one is refused with the nearest."""
    claiming(install, "acme", more="schemes=['Acme']")

    assert opened("acme://bucket").samples == ("acme://bucket",)
    assert opened("ACME://bucket").samples == ("ACME://bucket",)
    assert refused("acne://x") == "the input 'acne://x': no source takes acne:// locations. Did you mean 'acme'?"


def test_which_claim_on_a_url_is_the_stronger(install: Install) -> None:
    """One by its end goes before one by its scheme, and that before a fallback; of equals the user names one."""
    claiming(install, "any", more="schemes=['acme'], fallback=True")
    assert opened("acme://b/x.tar").samples == ("acme://b/x.tar",)
    claiming(install, "buckets", more="schemes=['acme']")
    claiming(install, "archives", "raise SystemExit", more="schemes=['acme'], endings=['.TAR']")

    assert claiming_source("acme://b/x") == "buckets"
    assert claiming_source("ACME://b/x.tar") == "archives"
    assert claiming_source("s3://b/x.tar") == "tar"
    assert claiming_source("s3://b/x.png") == "url"
    claiming(install, "others", more="schemes=['acme', 's3'], endings=['.tar']")
    assert claiming_source("s3://b/x.png") == "url"
    assert "is claimed by archives, of dist-archives 1.0 [archives] and others, of" in refused("acme://b/x.tar")
    claiming(install, "own", more="schemes=['s3']")
    assert claiming_source("s3://b/x.png") == "own"


def claiming_source(location: str) -> str:
    """The name of the source that a location is opened by."""
    return opening.claiming(location, Registry(environ=False)).name


def test_what_is_recorded_opens_it_again(here: Path) -> None:
    """Wherever one is then; options and annotations included."""
    from tamis.dataset.reopening import reopened

    (here / "list.csv").write_text("picture\none/a.png\n")
    dataset = opened("x=list.csv,column=picture", "two", annotations=("sky=lightly:two",))
    origin = json.loads(json.dumps(dataset.origin))
    os.chdir("/")
    again = reopened(origin, dataset.samples, Registry())

    assert again.samples == ("x/one/a.png", "two/a.png")
    assert again.image("x/one/a.png").__enter__().size == (48, 36)


def test_options_of_python_are_those_of_the_command_line(here: Path) -> None:
    """And refused alike."""
    (here / "list.csv").write_text("picture\none/a.png\n")

    assert Dataset.open("list.csv", column="picture").samples == ("one/a.png",)
    bad: list[dict[str, Any]] = [{"columm": "picture"}, {"type": "folder"}, {"column": 5}]
    for options in bad:
        with pytest.raises(errors.ConfigError, match=r"^input\.(columm|type|column): "):
            Dataset.open("list.csv", **options)
