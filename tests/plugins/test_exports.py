"""The export `files`: images copied, linked or listed; whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from tamis import Dataset, Export, Registry, Selection, errors, inspect, select
from tamis.cli import cli
from tests.conftest import photograph
from tests.long.test_full_disk import SMALL_DISK

linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
CONFIG = {
    "n_samples": 2,
    "strategies": [
        {
            "input": {"type": "METADATA", "key": "lightly.width"},
            "strategy": {"type": "THRESHOLD", "threshold": 20, "operation": "BIGGER"},
        },
        {"input": {"type": "METADATA", "key": "lightly.width"}, "strategy": {"type": "WEIGHTS"}},
    ],
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with four images; the two widest have one file name."""
    monkeypatch.chdir(tmp_path)
    for width, name in ((10, "photos/a/x.png"), (30, "photos/b/x.png"), (40, "photos/x.png"), (11, "photos/y.png")):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        photograph(width, (width, 8)).save(path)
    return tmp_path


def selection(dataset: Dataset | None = None) -> Selection:
    """`x.png`, then `b/x.png`."""
    return select(dataset or Dataset.from_directory("photos"), CONFIG, registry=Registry())


def files(folder: str) -> list[str]:
    """What is in a folder, hidden files as well."""
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if not path.is_dir())


@pytest.mark.parametrize("how", ["copy", "symlink", "hardlink"])
def test_images_go_where_their_names_say(how: str, here: Path) -> None:
    """Two of one file name stay two; what they hold is the same."""
    notes = selection().export("files", "out", how=how)

    assert notes == ("2 images -> out",)
    assert files("out") == ["b/x.png", "x.png"]
    assert Path("out/b/x.png").read_bytes() == Path("photos/b/x.png").read_bytes()
    assert Path("out/x.png").is_symlink() == (how == "symlink")
    assert Path("out/x.png").samefile("photos/x.png") == (how != "copy")
    if how == "symlink":
        assert Path("out/b/x.png").readlink() == here / "photos" / "b" / "x.png"


def test_ranks_stand_before_file_names() -> None:
    """Of as many digits as the last has; all in one folder, which then lists them in their order."""
    selection().export("files", "out", ranked=True)
    assert files("out") == ["1_x.png", "2_x.png"]
    assert Path("out/2_x.png").read_bytes() == Path("photos/b/x.png").read_bytes()

    names = [f"{number}.png" for number in range(10)]
    images = [np.zeros((4, 50 - number, 3), dtype=np.uint8) for number in range(10)]
    select(Dataset.from_images(names, images), {**CONFIG, "n_samples": 10}, registry=Registry()).export(
        "files", "ten", ranked=True
    )
    assert files("ten") == ["01_0.png", *(f"{rank:02}_{rank - 1}.png" for rank in range(2, 11))]


def test_a_list_is_read_back_as_a_dataset(here: Path) -> None:
    """In the order picked."""
    assert selection().export("files", "out.txt", how="list") == ("2 names -> out.txt",)

    assert Path("out.txt").read_bytes() == b"x.png\nb/x.png\n"
    assert Dataset.open("out.txt", root="photos").samples == ("x.png", "b/x.png")
    with pytest.raises(errors.ConfigError, match=r"^export\.ranked: is for images"):
        selection().export("files", "other.txt", how="list", ranked=True)


def test_a_list_of_paths_or_addresses(here: Path) -> None:
    """Which are read back as a dataset; where the result is all that is left, addresses need no images."""
    Path("photos/x.png").rename("photos/50% #1?.png")
    selection().write("result")
    again = Selection.read("result")
    again.export("files", "paths.txt", how="list", absolute=True)

    assert Path("paths.txt").read_text() == f"{here}/photos/50% #1?.png\n{here}/photos/b/x.png\n"
    assert Dataset.open("paths.txt", root="photos").samples == ("50% #1?.png", "b/x.png")
    shutil.rmtree("photos")
    for root, first in (
        ("https://host/in/", "https://host/in/50%25%20%231%3F.png"),
        ("s3://bucket/in/", "s3://bucket/in/50% #1?.png"),
    ):
        Selection.read("result").export("files", "list.txt", how="list", root=root, force=True)
        assert Path("list.txt").read_text() == f"{first}\n{root}b/x.png\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"absolute": True}, r"^export\.absolute: is for lists"),
        ({"root": "https://host/"}, r"^export\.root: is for lists"),
        ({"how": "list", "absolute": True, "root": "/"}, r"^export\.root: is there beside absolute"),
    ],
)
def test_options_that_do_not_go_together(options: dict[str, Any], message: str) -> None:
    """Are said, and nothing is written."""
    with pytest.raises(errors.ConfigError, match=message):
        selection().export("files", "out", **options)
    assert not Path("out").exists()


def test_names_that_are_too_long_for_a_file() -> None:
    """Their middle is left out, and what they end with stays; two that begin alike stay two."""
    names = ["x" * 300 + ".png", "x" * 301 + ".png", "é" * 300, f"{'d' * 300}/a.png"]
    images = [np.zeros((4, 50 - number, 3), dtype=np.uint8) for number in range(4)]
    found = select(Dataset.from_images(names, images), {**CONFIG, "n_samples": 4}, registry=Registry())
    for ranked in (False, True):
        found.export("files", "out", ranked=ranked, force=True)
        assert len(files("out")) == 4
        widths = {}
        for name in files("out"):
            assert all(len(os.fsencode(part)) <= 255 for part in Path(name).parts)
            with Image.open(Path("out", name)) as image:
                widths[image.width] = name
        assert [widths[50 - number].endswith(".png") for number in range(4)] == [True, True, False, True]


def test_links_of_links_lead_to_the_file(here: Path) -> None:
    """A hard link is one of the image, not of the link to it."""
    shutil.move("photos/x.png", "store.png")
    Path("photos/x.png").symlink_to(here / "store.png")
    selection().export("files", "out", how="hardlink")

    assert not Path("out/x.png").is_symlink()
    assert Path("out/x.png").samefile("store.png")


# What is there already


@pytest.mark.parametrize("how", ["copy", "symlink", "hardlink", "list"])
def test_what_is_there_is_kept_unless_forced(how: str) -> None:
    """And then replaced as a whole; an empty folder is as good as none."""
    target = Path("out")
    if how == "list":
        target.write_text("mine")
    else:
        target.mkdir()
        selection().export("files", "out", how=how)
        (target / "mine").touch()
    before = target.read_text() if how == "list" else files("out")
    with pytest.raises(errors.OutputError, match=r"'out' exists already.*: use --force .*, in Python force=True$"):
        selection().export("files", "out", how=how)
    assert (target.read_text() if how == "list" else files("out")) == before

    selection().export("files", "out", how=how, force=True)
    assert target.read_text() == "x.png\nb/x.png\n" if how == "list" else files("out") == ["b/x.png", "x.png"]
    assert sorted(path.name for path in Path().iterdir()) == ["out", "photos"]


def test_a_target_of_the_other_kind_is_refused_even_if_forced() -> None:
    """A file is no folder, and the other way round; a link is followed."""
    Path("file").touch()
    Path("folder").mkdir()
    Path("link").symlink_to("file")
    for target, how, message in (
        ("file", "copy", "'file' is a file, where a folder is to be made"),
        ("link", "copy", "'link' is a file, where a folder is to be made"),
        ("file/inside", "copy", "'.*' can't be written to"),
        ("folder", "list", "'folder' is a folder, where a file is to be written"),
        ("file/inside", "list", "'.*' can't be written to"),
    ):
        with pytest.raises(errors.OutputError, match=message):
            selection().export("files", target, how=how, force=True)
    assert Path("file").read_bytes() == b""
    assert files("folder") == []


@pytest.mark.parametrize("target", ["photos", "photos/a", ".", "link", "photos/b/.."])
def test_the_images_themselves_are_never_replaced(target: str, here: Path) -> None:
    """Whatever force says: those that were not selected would be lost."""
    Path("link").symlink_to("photos")
    before = files("photos")

    for how in ("copy", "symlink"):
        with pytest.raises(errors.OutputError, match="an image of the dataset: it can't be replaced"):
            selection().export("files", target, how=how, force=True)
    assert files("photos") == before


def test_no_target_is_not_the_current_folder() -> None:
    """An empty text, as from a variable that isn't set, would have replaced all that is here."""
    with pytest.raises(errors.OutputError, match="the target of the export is empty"):
        selection().export("files", "", force=True)
    assert files("photos") == ["a/x.png", "b/x.png", "x.png", "y.png"]


def test_nothing_is_left_of_an_export_that_fails(here: Path) -> None:
    """Nor anything taken away."""
    found = selection()
    Path("photos/b/x.png").unlink()
    Path("old").mkdir()
    Path("old/mine").touch()

    for how, reason in (
        ("copy", "the image 'b/x.png' can't be read: No such file or directory"),
        ("symlink", "the image 'b/x.png' can't be linked to: there is no file "),
        ("hardlink", "the image 'b/x.png' can't be linked to: there is no file "),
    ):
        for target, force in (("new/deep/out", False), ("old", True)):
            with pytest.raises(errors.DatasetError) as caught:
                found.export("files", target, how=how, force=force)
            assert str(caught.value).startswith(reason)
    assert files("old") == ["mine"]
    assert sorted(path.name for path in Path().iterdir()) == ["old", "photos"]


@linux
@pytest.mark.skipif(not shutil.which("unshare"), reason="there is no unshare")
@pytest.mark.parametrize("how", ["copy", "list"])
def test_a_full_disk(how: str, here: Path) -> None:
    """One clear line, status 2, and nothing left of it."""
    import subprocess

    Image.effect_noise((1500, 1500), 99).save("photos/x.png")
    Image.effect_noise((1600, 1500), 99).save("photos/b/x.png")
    selection().write("result")
    Path("disk").mkdir()
    fill = "head -c 3M /dev/zero > disk/ballast; dd if=/dev/zero of=disk/rest bs=512 count=9999 2>/dev/null; "
    work = f'"$@" -m tamis export result files disk/out how={how}; echo "$?"; ls -A disk'
    script = (fill if how == "list" else "touch disk/ballast disk/rest; ") + work
    done = subprocess.run(
        [*SMALL_DISK[:-1], SMALL_DISK[-1], "disk", "sh", "-c", script, "sh", sys.executable],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and "unshare" in done.stderr:
        pytest.skip("no disk of its own can be made here")

    assert done.stdout.split() == ["2", "ballast", "rest"]
    assert done.stderr.startswith("tamis: can't write ")
    assert done.stderr.endswith(": No space left on device\n")


# Selections that were read back


def written() -> None:
    """A result in a folder."""
    selection().write("result")


def test_a_selection_that_was_read_back() -> None:
    """Opens the images again where they were, and exports the same."""
    written()
    fresh, again = selection(), Selection.read("result")
    fresh.export("files", "fresh", ranked=True)
    again.export("files", "again", ranked=True)

    assert files("fresh") == files("again") == ["1_x.png", "2_x.png"]


def test_images_that_were_moved(here: Path) -> None:
    """One line that names where they were; `--input` says where they are."""
    written()
    shutil.move("photos", "moved")
    run = CliRunner().invoke

    done = run(cli, ["export", "result", "files", "out"])
    assert done.exit_code == 2
    assert done.stderr == f"tamis: the input folder '{here}/photos' does not exist\n"
    done = run(cli, ["export", "result", "files", "out", "how=symlink", "--input", "moved"])
    assert (done.exit_code, done.stderr) == (0, "2 images -> out\n")
    assert Path("out/b/x.png").readlink() == here / "moved" / "b" / "x.png"
    done = run(cli, ["export", "result", "files", "list", "how=list"])
    assert (done.exit_code, Path("list").read_text()) == (0, "x.png\nb/x.png\n")


def test_images_that_are_others_now(here: Path) -> None:
    """A sample that is gone is named, be it selected or not."""
    written()
    Path("photos/b/x.png").rename("photos/b/z.png")

    done = CliRunner().invoke(cli, ["export", "result", "files", "out"])
    assert done.exit_code == 2
    assert done.stderr == "tamis: the dataset no longer has 1 of its 4 samples, such as 'b/x.png'\n"
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["result", "file", "out"], "export.type: no installed plugin has the export 'file'. Did you mean 'files'?"),
        (["result", "quux", "out"], "export.type: no installed plugin has the export 'quux' (there is {exports})"),
        (
            ["result", "files", "out", "how=move"],
            'export.how: "move" is not one of "copy", "symlink", "hardlink", "list"',
        ),
        (["result", "files", "out", "hwo=copy"], "export.hwo: export 'files' has no such option. Did you mean 'how'?"),
        (["result", "files", "out", "copy"], "export: 'copy' is not OPTION=VALUE"),
        (["result", "files", "out", "how=copy", "how=list"], "export.how: is there twice"),
        (
            ["result", "files", "out", "registry=1"],
            "export.registry: export 'files' has no such option (there is absolute, force, how, ranked, root)",
        ),
        (["result", "files", "out", "type=files"], "export.type: is no option: it goes before the colon"),
        (["result", "files", ""], "the target of the export is empty"),
        (["photos", "files", "out"], "'photos' holds no result: there is no selection.json"),
        (["result", "files", "out", "--input", "gone"], "the input 'gone' does not exist"),
    ],
)
def test_what_can_not_be_exported(arguments: list[str], message: str) -> None:
    """One line, status 2, and no trace."""
    written()
    done = CliRunner().invoke(cli, ["export", *arguments])

    assert done.exit_code == 2
    exports = ", ".join(sorted(Registry(environ=False).keys("export")))
    assert done.stderr == f"tamis: {message.format(exports=exports)}\n"
    assert not Path("out").exists()


@linux
@pytest.mark.parametrize("table", ["parquet", "csv"])
def test_names_that_are_no_text(table: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fresh and read back, from either kind of table."""
    name = os.fsdecode(b"\xff \xe9.png")
    Path("photos/x.png").rename(f"photos/{name}")
    found = selection()
    if table == "csv":
        monkeypatch.setitem(sys.modules, "pyarrow", None)
    found.write("result")
    assert Path(f"result/inputs.{table}").exists()
    again = Selection.read("result")

    for number, each in enumerate((found, again)):
        assert each.selected == (name, "b/x.png")
        assert each.ranks == {name: 1, "b/x.png": 2}
        assert each.table()["rank"].cells() == [None, 2, None, 1]
        for how in ("copy", "symlink", "hardlink"):
            each.export("files", f"{how}{number}", how=how)
            assert files(f"{how}{number}") == ["b/x.png", name]
        each.export("files", f"list{number}", how="list")
        assert Path(f"list{number}").read_bytes() == b"\xff \xe9.png\nb/x.png\n"


# Images that are no files


def in_memory(*names: str, mode: str = "RGB") -> Selection:
    """All of some images, made in memory."""
    images = [Image.new(mode, (30, 6), 9) for _ in names]
    return select(Dataset.from_images(names, images), CONFIG, registry=Registry())


def test_images_in_memory_are_saved() -> None:
    """As their suffixes say; as PNG where these stand for no format."""
    in_memory("a.bmp", "frame.0001").export("files", "out")

    assert files("out") == ["a.bmp", "frame.0001"]
    formats: list[Any] = []
    for name in files("out"):
        with Image.open(Path("out", name)) as image:
            formats.append((image.format, image.size, image.getpixel((0, 0))))
    assert formats == [("BMP", (30, 6), (9, 0, 0)), ("PNG", (30, 6), (9, 0, 0))]
    with pytest.raises(errors.OutputError, match=r"'a\.bmp' is no file of this machine, and can't be linked to"):
        in_memory("a.bmp").export("files", "links", how="symlink")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("/etc/x.png", "a"), "'/etc/x.png' is not a path inside a folder"),
        (("../x.png", "a"), "'../x.png' is not a path inside a folder"),
        (("a/../../x.png", "a"), "'a/../../x.png' is not a path inside a folder"),
        (("a\0.png", "a"), r"'a\\x00.png' is not a path inside a folder"),
        ((".", "a"), "'.' is not a path inside a folder"),
        (("a", "a/b.png"), "can't write '.*/a': File exists"),
    ],
)
def test_names_that_are_no_paths(names: tuple[str, ...], message: str) -> None:
    """Nothing is written outside of the target, and nothing stays in it."""
    with pytest.raises(errors.OutputError, match=message):
        in_memory(*names).export("files", "out")
    assert [path.name for path in Path().iterdir()] == ["photos"]


def test_vectors_can_only_be_listed() -> None:
    """There are no images."""
    dataset = Dataset.from_embeddings(["a", "b"], [[1, 0], [0, 1]])
    entry = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
    found = select(dataset, {"n_samples": 1, "strategies": [entry]}, registry=Registry())

    with pytest.raises(errors.DatasetError, match="the dataset has no images: only a list can be made"):
        found.export("files", "out")
    found.export("files", "out", how="list")
    assert Path("out").read_text() == f"{found.selected[0]}\n"


@pytest.mark.parametrize("target", ["results/week", "results", "results/week/selection.json"])
def test_the_result_that_is_exported_is_never_replaced(target: str) -> None:
    """Nor what holds it, nor a file of it, by force neither: it would be lost, with all that lies beside it."""
    selection().write("results/week")
    Path("results/notes.txt").write_text("mine", encoding="utf-8")
    before = files("results")
    how = "list" if target.endswith(".json") else "copy"
    with pytest.raises(errors.OutputError, match="the result that is exported: choose another target"):
        Selection.read("results/week").export("files", target, how=how, force=True)
    ended = CliRunner().invoke(cli, ["export", "results/week", "files", target, f"how={how}", "--force"])

    assert isinstance(ended.exception, errors.OutputError | SystemExit)
    assert files("results") == before


def test_what_an_export_checks_is_checked_before_it_writes() -> None:
    """Of a third party's, too."""
    written: list[str] = []

    def refusing(target: str, options: Any) -> None:
        raise errors.OutputError(f"{target} is no bucket")

    def write(selection: Any, target: str, options: Any) -> list[str]:
        written.append(target)
        return []

    registry = Registry()
    registry.register(Export("acme", write, check=refusing, describe=write, doc="To a bucket."))
    found = select(Dataset.from_directory("photos"), CONFIG, registry=registry)

    for subject in (found, inspect(Dataset.from_directory("photos"), issues=["dark"], registry=registry)):
        with pytest.raises(errors.OutputError, match="out is no bucket"):
            subject.export("acme", "out", registry=registry)
    assert written == []
