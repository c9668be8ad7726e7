"""Outputs are whole or not there: whenever a run is killed, and whoever else writes there."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tamis import Dataset, Selection, compute, errors, select
from tamis.workspaces import recover
from tamis.writing import output_file, output_files, output_folder, write_table, write_together
from tests.conftest import photograph

#: A run that is killed as it is about to rename for the n-th time.
KILLED = """
import os, signal, sys
left, replace = int(sys.argv.pop(1)), os.replace
def stopped(*args, **kwargs):
    global left
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1
    return replace(*args, **kwargs)
os.replace = stopped
from tamis.cli import main
main()
"""


def config(samples: int) -> str:
    """The sharpest of them."""
    return (
        f'{{"n_samples": {samples}, "strategies": [{{"input": {{"type": "METADATA", "key": "lightly.sharpness"}}, '
        '"strategy": {"type": "WEIGHTS"}}]}'
    )


def killed(photographs: Path, out: Path, renames: int, *options: str) -> int:
    """Select three with the command line, killed at some rename; the exit status."""
    (out.parent / "three.json").write_text(config(3))
    arguments = ["select", out.parent / "three.json", "--input", photographs, "--no-store", "-j1", "-q", "-o", out]
    command = [sys.executable, "-c", KILLED, str(renames), *map(str, arguments), *options]
    return subprocess.run(command, capture_output=True, check=False).returncode


def test_a_killed_run_leaves_the_old_result_or_the_new_one(photographs: Path, tmp_path: Path) -> None:
    """At whichever rename it is killed; and nothing else is left once the result has been read."""
    out, dataset = tmp_path / "out", Dataset.from_directory(photographs)
    for renames in range(9):
        select(dataset, {**eval(config(2))}).write(out, force=True)  # noqa: S307 (JSON that Python reads, too)
        status = killed(photographs, out, renames, "--force")
        found = Selection.read(out)
        assert len(found.selected) == len(found.manifest()["picks"]) == (2 if renames == 0 else 3), renames
        assert len(found.standings()) == 10 - len(found.selected)
        assert not [path.name for path in out.iterdir() if path.name.startswith(".")]
        if not status:
            break
    assert renames > 4
    assert not status


@pytest.mark.parametrize("renames", [0, 1, 3])
def test_what_a_killed_run_leaves_is_in_nobodys_way(photographs: Path, tmp_path: Path, renames: int) -> None:
    """The next run into the folder does without ``--force`` if there is no result, and says so at once if there is."""
    out = tmp_path / "out"
    assert killed(photographs, out, renames) == -9
    if renames:
        with pytest.raises(errors.OutputError, match="already holds a result"):
            select(Dataset.from_directory(photographs), eval(config(2))).write(out)  # noqa: S307
        assert len(Selection.read(out).selected) == 3
    else:
        select(Dataset.from_directory(photographs), eval(config(2))).write(out)  # noqa: S307
    assert not list(out.glob(".*"))


def test_of_two_runs_into_one_place_one_wins_and_the_other_says_so(tmp_path: Path) -> None:
    """Files and folders alike, where both had looked before anything was there."""
    for make in (output_file, output_folder):
        target, told = tmp_path / make.__name__, []
        barrier = threading.Barrier(2)

        def write(number: int, make=make, target=target, told=told, barrier=barrier) -> None:  # type: ignore[no-untyped-def]
            try:
                with make(target, force=False) as place:
                    barrier.wait(10)
                    if isinstance(place, Path):
                        (place / "n").write_text(str(number))
                    else:
                        place.write(str(number).encode())
            except errors.OutputError as error:
                told.append((number, str(error)))

        threads = [threading.Thread(target=write, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ((loser, message),) = told
        assert "exists already" in message
        content = (target / "n" if target.is_dir() else target).read_text()
        assert content == str(1 - loser)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["output_file", "output_folder"]


def test_files_of_other_names_are_in_nobodys_way(tmp_path: Path) -> None:
    """Many are written into one folder at a time."""
    failed: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for _ in range(20):
                write_together({tmp_path / f"{number}": lambda file: file.write(b"x")}, force=True)
        except errors.OutputError as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert sorted(path.name for path in tmp_path.iterdir()) == [str(number) for number in range(6)]


def test_the_errors_of_a_table_are_its_own(tmp_path: Path) -> None:
    """They are beside it if something failed, and gone with the next table if nothing did."""
    photograph(0).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"torn")
    table, path = compute(Dataset.from_directory(tmp_path), ["lightly.width"]), tmp_path / "t.csv"
    write_table(path, table, force=False)
    assert (tmp_path / "t.csv.errors.jsonl").read_text().count("\n") == 1
    (tmp_path / "b.png").unlink()
    write_table(path, compute(Dataset.from_directory(tmp_path), ["lightly.width"]), force=True)
    assert path.read_text().splitlines() == ["sample,lightly.width", "a.png,48"]
    assert not (tmp_path / "t.csv.errors.jsonl").exists()


def test_a_note_of_somebody_else_leads_nowhere(tmp_path: Path) -> None:
    """A workspace whose note names files outside of the folder moves and removes nothing."""
    folder = tmp_path / "folder"
    (folder / ".tamis-x/new").mkdir(parents=True)
    (folder / ".tamis-x/note.json").write_text('{"gone": ["../victim"], "new": []}')
    (tmp_path / "victim").write_text("all of it")
    write_together({folder / "a": lambda file: file.write(b"x")}, force=False)
    assert (tmp_path / "victim").read_text() == "all of it"
    assert (folder / "a").read_bytes() == b"x"


def test_files_that_belong_together_are_put_in_place_together(tmp_path: Path) -> None:
    """Killed at whichever rename, the old ones are there or the new ones, once somebody has looked."""
    code = KILLED.replace("from tamis.cli import main\nmain()", "") + (
        "from tamis import output_files\n"
        "with output_files(*sys.argv[1:], force=True) as files:\n    [file.write(b'new') for file in files]\n"
    )
    paths = [tmp_path / "a", tmp_path / "b"]
    for renames in range(4):
        for path in paths:
            path.write_text("old")
        done = subprocess.run([sys.executable, "-c", code, str(renames), *map(str, paths)], check=False)
        recover(tmp_path)
        found = {path.read_text() for path in paths}
        assert found == {"old" if renames == 0 else "new"}
        assert done.returncode == (0 if renames == 3 else -9)
        assert not list(tmp_path.glob(".tamis-*"))


def test_of_files_that_belong_together_none_is_replaced_unasked(tmp_path: Path) -> None:
    """Nor any written."""
    (tmp_path / "b").write_text("old")
    with (
        pytest.raises(errors.OutputError, match="exists already"),
        output_files(tmp_path / "a", tmp_path / "b", force=False),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
