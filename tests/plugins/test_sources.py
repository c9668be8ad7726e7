"""The built-in sources: folders, and lists as people have them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tamis import Dataset, Registry, compute, errors, testing
from tests.conftest import photograph

linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with images."""
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate(("photos/a.png", "photos/sub/b.png", "photos/c d.png")):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        photograph(number).save(path)
    return tmp_path


def listed(content: str | bytes, name: str = "list.txt") -> str:
    """A list in the folder of the images."""
    path = Path("photos", name)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def refused(location: str, **options: object) -> str:
    """What is wrong with a list: one line."""
    with pytest.raises((errors.DatasetError, errors.ConfigError)) as caught:
        Dataset.open(location, "files", registry=Registry.built_in(), **options)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        "a.png\nsub/b.png\n",
        "a.png\nsub/b.png",
        "a.png\r\nsub/b.png\r\n",
        "\ufeffa.png\r\nsub/b.png",
        "\n\na.png\n\r\n   \nsub/b.png\n\n",
        "./a.png\nsub//b.png\n",
        "./sub/../a.png".replace("sub/../", "") + "\nsub/./b.png",
    ],
    ids=["lines", "no end", "CRLF", "BOM", "blank lines", "dots and slashes", "dots"],
)
def test_a_list_as_editors_leave_it(content: str) -> None:
    """With a byte order mark, carriage returns or blank lines: names are as relative paths are written."""
    assert Dataset.open(listed(content)).samples == ("a.png", "sub/b.png")


def test_a_list_is_in_its_order_and_names_what_it_names(here: Path) -> None:
    """Hidden files and odd suffixes, too."""
    (here / "photos" / "a.png").rename(here / "photos" / ".hidden")
    dataset = Dataset.open(listed("sub/b.png\n.hidden\nc d.png\n"))

    assert dataset.samples == ("sub/b.png", ".hidden", "c d.png")
    assert compute(dataset, ["lightly.width"])["lightly.width"].valid.all()


def test_entries_that_can_not_be_opened_cost_themselves(here: Path) -> None:
    """A folder, a file that isn't there, an empty one, one that waits for ever."""
    (here / "photos" / "empty.png").touch()
    os.mkfifo(here / "photos" / "pipe")
    dataset = Dataset.open(listed("a.png\nsub\ngone.png\nempty.png\npipe\n"))
    table = compute(dataset, ["lightly.width"])

    assert table["lightly.width"].cells() == [48, None, None, None, None]
    assert {failure.sample: failure.reason for failure in table.failures} == {
        "sub": "not a regular file",
        "gone.png": "No such file or directory",
        "empty.png": "the file is empty",
        "pipe": "not a regular file",
    }


def test_absolute_paths_inside_the_folder_are_relative_ones(here: Path) -> None:
    """By whichever name of the folder they are written: through links, or with `..`."""
    (here / "link").symlink_to(here / "photos")
    absolute = f"{here}/photos/a.png\n"

    assert Dataset.open(listed(absolute)).samples == ("a.png",)
    assert Dataset.open(f"photos/sub/../{Path(listed(absolute)).name}").samples == ("a.png",)
    assert Dataset.open("link/list.txt").samples == ("a.png",)
    listed(f"{here}/link/a.png\n")
    assert Dataset.open("link/list.txt").samples == ("a.png",)
    assert Dataset.open("link/list.txt", root="link").samples == ("a.png",)


@pytest.mark.parametrize("line", ["../two.png", "sub/../../x.png", "/etc/x.png", ".", "./", "/"])
def test_paths_that_leave_the_folder_are_refused(line: str) -> None:
    """The message names the line; of another folder's, the option that would help."""
    message = refused(listed(f"a.png\n{line}\n"))

    assert message.startswith(f"{line!r} is not a path inside {Path('photos').absolute()}")
    assert ("the option root names another folder" in message) == line.startswith("/")


@pytest.mark.parametrize("content", ["", "\n\r\n  \n", b"\xef\xbb\xbf"])
def test_a_list_of_nothing(content: str | bytes) -> None:
    """Is no dataset."""
    assert refused(listed(content)) == "the list 'photos/list.txt' names no file"


def test_a_name_twice() -> None:
    """However it is written: its second line is named, and its first."""
    for content, name, lines in (
        ("a.png\n./a.png\n", "list.txt", (2, 1)),
        ("a.png\n\nc d.png\r\na.png\n", "list.txt", (4, 1)),
        ("x,path\n1,a.png\n2,c d.png\n\n3,c d.png\n", "list.csv", (5, 3)),
    ):
        message = (
            f"photos/{name}, line {lines[0]}: {'a.png' if lines[1] == 1 else 'c d.png'!r} is on line {lines[1]}, too"
        )
        assert refused(listed(content, name)).startswith(message)


def test_backslashes_stand_for_slashes(here: Path) -> None:
    """As programs on Windows write paths; unless a file is called so, or none is there."""
    dataset = Dataset.open(listed("sub\\b.png\n.\\a.png\ngone\\x.png\n"))
    assert dataset.samples == ("sub/b.png", "a.png", "gone\\x.png")
    (here / "photos" / "sub\\b.png").write_bytes((here / "photos" / "a.png").read_bytes())
    assert Dataset.open(listed("sub\\b.png\n")).samples == ("sub\\b.png",)


@linux
def test_names_that_are_no_text(here: Path) -> None:
    """Bytes of a list are bytes of a file name, in CSV as well."""
    photograph(1).save(here / "photos" / os.fsdecode(b"\xe9.png"), "PNG")
    for location in (listed(b"\xe9.png\n"), listed(b"path,x\n\xe9.png,1\n", "list.csv")):
        dataset = Dataset.open(location)
        assert dataset.samples == (os.fsdecode(b"\xe9.png"),)
        assert compute(dataset, ["lightly.width"])["lightly.width"].valid.all()


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("filename\na.png\nsub/b.png\n", {}),
        ("label,File_Name\n1,a.png\n2,sub/b.png\n", {}),
        ("label, path \n1,a.png\n2,sub/b.png\n", {}),
        ("\ufeffimage,label\r\na.png,1\r\n\r\nsub/b.png,2\r\n", {}),
        ('image,label\n"a.png","x, y"\n"sub/b.png","two\nlines"\n', {}),
        ("filename,picture\nx,a.png\ny,sub/b.png\n", {"column": "picture"}),
        ("image,path\na.png,x\nsub/b.png,y\n", {}),
    ],
    ids=["one column", "letter case", "spaces", "BOM and CRLF", "quotes", "another column", "the first known"],
)
def test_a_table_of_paths(content: str, options: dict[str, str]) -> None:
    """By the column that is asked for, or the first that is known."""
    assert Dataset.open(listed(content, "list.CSV"), **options).samples == ("a.png", "sub/b.png")


def test_a_table_without_a_header_that_is_known() -> None:
    """Nothing is guessed: its first line is shown, and how to say which column it is."""
    assert refused(listed("a.png,1\nsub/b.png,2\n", "l.csv")) == (
        "photos/l.csv: no column is named filename, file_name, file, path, image, sample: say which holds the paths, "
        "files:photos/l.csv,column=NAME; its first line has 'a.png', '1'"
    )
    assert refused(listed("filename;label\na.png;1\n", "l.csv")).endswith("its first line has 'filename;label'")
    assert refused(listed("", "l.csv")).endswith("its first line has none")
    assert refused(listed(",".join("abcdefgh") + "\n", "l.csv")).endswith("has 'a', 'b', 'c', 'd', 'e', ...")


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("path\n", {}, "the list 'photos/l.csv' names no file"),
        ("path,x\na.png,1\n,2\n", {}, "photos/l.csv, line 3: no value in column 'path'"),
        ("x,path\n1,a.png\n2\n", {}, "photos/l.csv, line 3: no value in column 'path'"),
        (
            "path\na.png\n",
            {"column": "paths"},
            "input.column: photos/l.csv has no column 'paths'. Did you mean 'path'?",
        ),
        ('path\n"a.png' + "x" * 200_000, {}, "photos/l.csv: not CSV: field larger than field limit (131072)"),
        ("path\na.png\n", {"root": "gone"}, "the input folder 'gone' does not exist"),
        ("path\na.png\n", {"root": "photos/a.png"}, "the input folder 'photos/a.png' is not a folder"),
        (
            "path\na.png\n",
            {"names": ["a.png"], "column": "path"},
            "input.column: is for a CSV file, and the list is none",
        ),
    ],
)
def test_a_table_that_can_not_be_used(content: str, options: dict[str, object], message: str) -> None:
    """Where it is wrong."""
    assert refused(listed(content, "l.csv"), **options) == message


def test_a_list_that_is_none(here: Path) -> None:
    """No file, or not a readable one; a column of a text."""
    assert refused("photos") == "'photos' can't be read: Is a directory"
    assert refused("gone.csv") == "the list 'gone.csv' can't be read: No such file or directory"
    assert refused(listed("a.png\n"), column="x") == "input.column: is for a CSV file, and the list is none"
    assert refused("", names=["a.png"]) == "input.root: is missing: the folder that the names are relative to"
    assert refused("") == "there is no list: the location is empty, and no names are given"


def test_no_location_is_not_the_current_folder() -> None:
    """An empty text, as from a variable that isn't set."""
    for open_ in (Dataset.open, Dataset.from_directory):
        with pytest.raises(errors.DatasetError, match="''"):
            open_("")
    with pytest.raises(errors.DatasetError, match="the location is empty"):
        Dataset.open("", "folder")
    assert Dataset.from_directory(Path()).samples == Dataset.from_directory(".").samples


def test_a_lightly_folder_beside_the_images_comes_along(here: Path) -> None:
    """Of a list as of a folder, wherever the list is."""
    (here / "photos" / ".lightly").mkdir()
    (here / "elsewhere.txt").write_text("a.png\n")

    assert Dataset.open("photos").annotations.where == str(here / "photos" / ".lightly")
    assert Dataset.open(listed("a.png")).annotations.where == str(here / "photos" / ".lightly")
    assert Dataset.open("elsewhere.txt", root="photos").annotations.where == str(here / "photos" / ".lightly")


@pytest.mark.parametrize(("name", "options"), [("list.txt", None), ("list.csv", {"column": "picture"})])
def test_the_kit_passes_on_a_list(name: str, options: dict[str, str] | None) -> None:
    """All that is asked of a source, of `files` too."""
    content = "a.png\nsub/b.png\n" if options is None else "x,picture\n1,a.png\n2,sub/b.png\n"
    source = Registry.built_in().source("files")
    results = testing.check_source(source, location=listed(content, name), options=options)

    assert [result for result in results if result.status != "passed"] == []


def test_which_files_of_a_folder_are_images(here: Path) -> None:
    """Those whose suffix, as `pathlib` has it, is of an image; others are counted by their suffixes."""
    images = {"x.PNG", "a.b.jpg", "a..png", "sub/e.jpeg", "dir.png/f.webp"}
    others = {"png", "a.png.txt", "b.", "dir.png/png", "dir.png/x.jpg.", "sub/g", "h.jpg "}
    for name in images | others:
        path = here / "found" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    dataset = Dataset.open("found", registry=Registry.built_in())

    assert dataset.samples == tuple(sorted(images))
    assert dataset.ignored_kinds == {"without a suffix": 5, ".txt": 1, ".jpg ": 1}
