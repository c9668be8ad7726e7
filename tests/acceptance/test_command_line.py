"""The ``tamis`` program, as a user runs it: in a process of its own."""

from __future__ import annotations

import csv
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from PIL import Image

from tests.conftest import photograph

CONFIG: dict[str, Any] = {
    "n_samples": 3,
    "strategies": [
        {
            "input": {"type": "METADATA", "key": "lightly.sharpness"},
            "strategy": {"type": "THRESHOLD", "threshold": 41, "operation": "BIGGER"},
        },
        {"input": {"type": "RANDOM", "random_seed": 42}, "strategy": {"type": "WEIGHTS"}},
    ],
}


def tamis(*arguments: object, check: int = 0, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run it; fail if its exit status is another than ``check``. There is never a traceback.

    One process measures unless a test says how many: it is done with ten images before others have started.
    """
    words = list(map(str, arguments))
    if words[0] in ("select", "compute", "inspect") and not any(each.startswith(("-j", "--jobs")) for each in words):
        words += ["--jobs", "1"]
    command = [sys.executable, "-m", "tamis", *words]
    environment = {**os.environ, "TAMIS_BLOCK_PLUGINS": "*", **options.pop("env", {})}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, **options)
    assert done.returncode == check, done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config file."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG))
    return path


def test_select_prints_the_names_in_the_order_picked(photographs: Path, config: Path) -> None:
    """On stdout nothing else; what else there is to say is on stderr."""
    done = tamis("select", config, "--input", photographs)

    assert len(done.stdout.splitlines()) == 3
    assert set(done.stdout.splitlines()) <= {f"{'a' if i < 5 else 'b'}/{i}.png" for i in range(10)}
    assert "selected 3 of 10 samples" in done.stderr
    assert tamis("select", config, "--input", photographs, "--quiet").stderr == ""


def test_select_writes_its_five_files(photographs: Path, config: Path, tmp_path: Path) -> None:
    """The list, the manifest, the tables of inputs and standings, and the errors; they agree with each other."""
    (photographs / "bad.jpg").write_text("no image")
    (photographs / "notes.txt").write_text("no image either")
    out = tmp_path / "deep" / "out"
    done = tamis("select", config, "--input", photographs, "-o", out)
    manifest = json.loads((out / "selection.json").read_text())
    rows = pyarrow.parquet.read_table(out / "inputs.parquet").to_pylist()
    selected = (out / "selected.txt").read_text().splitlines()

    assert sorted(path.name for path in out.iterdir()) == [
        "errors.jsonl",
        "inputs.parquet",
        "selected.txt",
        "selection.json",
        "standings.parquet",
    ]
    assert done.stdout == ""
    assert "1 files without an image suffix are ignored: 1 .txt" in done.stderr
    assert "bad.jpg: open: not an image in a format that can be read" in done.stderr
    assert selected == [pick["sample"] for pick in manifest["picks"]]
    assert selected == [row["sample"] for row in sorted(rows, key=lambda row: row["rank"] or 99) if row["selected"]]
    counts = manifest["counts"]
    standings = pyarrow.parquet.read_table(out / "standings.parquet").to_pylist()
    assert {row["sample"] for row in standings} == {row["sample"] for row in rows} - {*selected, "bad.jpg"}
    assert sum(row["strategies[0].removed"] or 0 for row in standings) == counts["removed"][0]["samples"]
    assert sorted(row["in_line"] for row in standings if row["in_line"]) == [*range(1, counts["candidates"] - 2)]
    assert counts["failed"] == 1
    assert counts["input"] == 11
    assert counts["input"] - counts["failed"] - counts["removed"][0]["samples"] == counts["candidates"]
    assert [json.loads(line) for line in (out / "errors.jsonl").read_text().splitlines()] == [
        {"sample": "bad.jpg", "stage": "open", "key": None, "reason": "not an image in a format that can be read"}
    ]


def test_without_pyarrow_the_inputs_are_csv(photographs: Path, config: Path, tmp_path: Path) -> None:
    """And a forced run with pyarrow replaces them: one table of inputs, not two; `explain` reads either."""
    hidden = tmp_path / "hide" / "pyarrow"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ImportError")
    out = tmp_path / "out"
    tamis("select", config, "--input", photographs, "-o", out, env={"PYTHONPATH": str(hidden.parent)})
    with (out / "inputs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert list(rows[0]) == ["sample", "lightly.sharpness", "RANDOM", "selected", "rank"]
    assert sum(row["selected"] == "1" for row in rows) == 3
    told = [tamis("explain", out, row["sample"]).stdout for row in rows[:3]]
    tamis("select", config, "--input", photographs, "-o", out, "--force")
    assert {path.name for path in out.glob("*.*")} >= {"inputs.parquet", "standings.parquet"}
    assert not list(out.glob("*.csv"))
    assert [tamis("explain", out, row["sample"]).stdout for row in rows[:3]] == told


def test_a_result_is_replaced_only_by_force(photographs: Path, config: Path, tmp_path: Path) -> None:
    """Without, nothing in it changes."""
    out = tmp_path / "out"
    tamis("select", config, "--input", photographs, "-o", out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    config.write_text(json.dumps({**CONFIG, "n_samples": 1}))
    done = tamis("select", config, "--input", photographs, "-o", out, check=2)

    assert "already holds a result: use --force to replace it" in done.stderr
    assert before == {path.name: path.read_bytes() for path in out.iterdir()}
    tamis("select", config, "--input", photographs, "-o", out, "--force")
    assert len((out / "selected.txt").read_text().splitlines()) == 1


def test_shards_and_memory_change_no_pick(photographs: Path, tmp_path: Path) -> None:
    """They say how to work, by options of the run; two levels say what they are in the manifest."""
    config = tmp_path / "diverse.json"
    diverse = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
    config.write_text(json.dumps({"n_samples": 4, "strategies": [diverse]}))
    run = ["select", config, "--input", photographs, "--store", tmp_path / "kept", "--quiet"]
    picked = tamis(*run).stdout

    assert len(picked.splitlines()) == 4
    assert tamis(*run, "--shards", 3, "--memory", 2).stdout == picked
    levels = tamis(*run, "--approximate", "shards=2,per_shard=4", "--json").stdout
    assert json.loads(levels)["approximate"]["shards"] == 2
    both = tamis(*run, "--shards", 3, "--approximate", "shards=2,per_shard=4", check=2)
    assert "shards: goes without approximate" in both.stderr
    assert "memory: is a number of bytes, from 1, not nan" in tamis(*run, "--memory", "nan", check=2).stderr


def test_the_same_run_writes_the_same_bytes(photographs: Path, config: Path, tmp_path: Path) -> None:
    """On one process or several; all but the command and its times, in an object of their own."""
    runs = []
    for name, jobs in (("one", 1), ("many", 4)):
        tamis("select", config, "--input", photographs, "-o", tmp_path / name, "--jobs", jobs, "--no-store")
        manifest = json.loads((tmp_path / name / "selection.json").read_text())
        runs.append(manifest.pop("run"))
        (tmp_path / name / "selection.json").write_text(json.dumps(manifest))

    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "many" / path.name).read_bytes()
    given = ["select", str(config), "--input", str(photographs), "-o", str(tmp_path / "one")]
    assert runs[0]["command"] == ["tamis", *given, "--jobs", "1", "--no-store"]
    for run in runs:
        assert datetime.fromisoformat(run["started"]).utcoffset() == timedelta(0)
        assert abs(datetime.now(timezone.utc) - datetime.fromisoformat(run["started"])) < timedelta(minutes=2)
        assert run["seconds"].keys() == {"measuring", "selecting"}
        assert all(0 <= seconds < 60 for seconds in run["seconds"].values())


def test_compute_prints_csv_or_json_lines(photographs: Path) -> None:
    """With the columns in the order asked for."""
    asked = ("lightly.width", "lightly.height")
    lines = tamis("compute", *asked, "--input", photographs).stdout.splitlines()
    objects = tamis("compute", *asked, "--input", photographs, "--json").stdout.splitlines()

    assert lines[:2] == ["sample,lightly.width,lightly.height", "a/0.png,48,36"]
    assert json.loads(objects[0]) == {"sample": "a/0.png", "lightly.width": 48, "lightly.height": 36}
    assert len(lines) == len(objects) + 1 == 11


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_compute_writes_a_file(photographs: Path, tmp_path: Path, suffix: str) -> None:
    """And what failed beside it."""
    (photographs / "bad.jpg").touch()
    out = tmp_path / f"table.{suffix}"
    done = tamis("compute", "lightly.width", "--input", photographs, "-o", out)
    errors = tmp_path / f"table.{suffix}.errors.jsonl"

    assert out.stat().st_size
    assert json.loads(errors.read_text())["reason"] == "the file is empty"
    assert f"1 failed, see {errors}" in done.stderr
    assert "exists already" in tamis("compute", "lightly.width", "--input", photographs, "-o", out, check=2).stderr


def test_validate(photographs: Path, config: Path) -> None:
    """Valid: says so, and how many would be selected. Invalid: every problem on a line, and status 2."""
    assert tamis("validate", config).stdout == f"{config} is valid\n"
    assert "selects up to 3 of 10 samples" in tamis("validate", config, "--input", photographs).stdout
    config.write_text('{"n_samples": 1, "strategies": [{"input": {"type": "NONE"}, "strategy": {"type": "WEIGTHS"}}]}')
    done = tamis("validate", config, check=2)

    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "tamis: 2 problems in the config:",
        "  strategies[0].input.type: no installed plugin has the input 'NONE' "
        "(there is DUPLICATES, EMBEDDINGS, METADATA, PREDICTIONS, RANDOM, SCORES)",
        "  strategies[0].strategy.type: no installed plugin has the strategy 'WEIGTHS'. Did you mean 'WEIGHTS'?",
    ]


def test_schema_prints_json() -> None:
    """For editors and other validators."""
    schema = json.loads(tamis("schema").stdout)

    assert schema["$schema"].endswith("2020-12/schema")
    assert "if" in schema["$defs"]["strategy"]["allOf"][0]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("lightly.luminance", ["metric lightly.luminance, of tamis", "CIELAB", "range  0 to 100"]),
        ("lightly.width", ["unit   px", "needs  header"]),
        ("WEIGHTS", ["accepts", "SCALAR", "strength", "stopping_condition_max_sum"]),
        ("METADATA", ["key        string, required: Which metadata."]),
        ("laplacian", ["view laplacian", "needs  gray"]),
    ],
)
def test_plugins_show_is_the_reference(key: str, expected: list[str]) -> None:
    """Definition, unit, range, parameters."""
    shown = tamis("plugins", "show", key).stdout

    for text in expected:
        assert text in shown


def test_plugins_show_suggests() -> None:
    """For a key that isn't there."""
    assert "Did you mean 'lightly.sharpness'?" in tamis("plugins", "show", "sharpness", check=2).stderr


def test_demo_replaces_its_folder_only_by_force(tmp_path: Path) -> None:
    """With the same selection; what it selects is in test_demo.py."""
    done = tamis("demo", cwd=tmp_path)

    assert len(done.stdout.splitlines()) == 6
    assert "exists already" in tamis("demo", cwd=tmp_path, check=2).stderr
    assert tamis("demo", "--force", cwd=tmp_path).stdout == done.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["select", "none.json", "--input", "photographs"], 2, "none.json: can't be read: No such file"),
        (["select", "config.json", "--input", "nowhere"], 2, "the input 'nowhere' does not exist"),
        (["select", "config.json", "--input", "empty"], 2, "no image in empty"),
        (["select", "config.json", "--input", "broken"], 1, "none of 1 images could be used"),
        (
            ["select", "config.json", "--input", "config.json"],
            2,
            "is neither a folder nor a file that a source takes (.avi, .csv, .hevc, ",
        ),
        (["select", "config.json", "--input", "photographs", "-o", "config.json"], 2, "is a file"),
        (["select", "config.json", "--input", "photographs", "-o", "config.json/out"], 2, "can't be written to"),
        (["select", "config.json"], 2, "Missing option '--input'"),
        (["select", "config.json", "--input", "broken", "--strict"], 1, "strict: 1 failed"),
        (["compute", "lightly.width", "--input", "photographs", "-o", "x.xlsx"], 2, "is not a table format"),
        (["compute", "lightly.widht", "--input", "photographs"], 2, "Did you mean 'lightly.width'?"),
        (["compute", "--input", "photographs"], 2, "Missing argument 'KEY...'"),
        (["demo", "config.json"], 2, "exists already"),
        (["demo", "config.json/x"], 2, "can't write"),
        (["nothing"], 2, "No such command"),
    ],
)
def test_mistakes_are_one_clear_line(
    photographs: Path, config: Path, arguments: list[str], status: int, message: str
) -> None:
    """With the exit status of what went wrong, and nothing written."""
    root = config.parent
    (root / "empty").mkdir()
    (root / "broken").mkdir()
    (root / "broken" / "x.jpg").touch()
    before = sorted(root.rglob("*"))
    done = tamis(*arguments, cwd=root, check=status)

    assert message in done.stderr
    assert done.stdout == ""
    assert sorted(root.rglob("*")) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_folder_that_cant_be_written_is_refused_first(
    photographs: Path, config: Path, tmp_path: Path
) -> None:
    """Before the work, not after it."""
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)

    assert "can't be written to" in tamis("select", config, "--input", photographs, "-o", locked, check=2).stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full disk")
def test_a_disk_that_is_full_leaves_nothing_behind(photographs: Path, config: Path, tmp_path: Path) -> None:
    """Simulated by a limit on the size of files."""
    out = tmp_path / "out"
    command = (
        f"ulimit -f 0; exec {sys.executable} -m tamis select {config} --input {photographs} -o {out} -q --no-store"
    )
    environment = {**os.environ, "TAMIS_BLOCK_PLUGINS": "*", "PYTHONDONTWRITEBYTECODE": "1"}
    trap = f"trap '' XFSZ; {command}"
    done = subprocess.run(["bash", "-c", trap], capture_output=True, text=True, env=environment)

    assert done.returncode == 2
    assert "can't write" in done.stderr
    assert "File too large" in done.stderr
    assert not out.exists()


def test_debug_shows_where(config: Path) -> None:
    """A traceback for those who ask for it."""
    command = [sys.executable, "-m", "tamis", "--debug", "select", str(config), "--input", "nowhere"]
    done = subprocess.run(command, capture_output=True, text=True)

    assert "Traceback" in done.stderr
    assert done.returncode == 2


def many_images(root: Path) -> Path:
    """Enough work to be interrupted in."""
    root.mkdir()
    photograph(1, (2000, 1500)).save(root / "0.jpg")
    for number in range(1, 4000):
        os.link(root / "0.jpg", root / f"{number}.jpg")
    return root


def test_an_interrupt_ends_cleanly(tmp_path: Path, config: Path) -> None:
    """Ctrl-C: status 130, one line, and nothing half-written."""
    root, out = many_images(tmp_path / "many"), tmp_path / "out"
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # ignored in the background
    command = [sys.executable, "-c", f"{heeding}; from tamis.cli import main; main()"]
    command += ["select", str(config), "--input", str(root), "-o", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)

    assert process.returncode == 130, stderr
    assert "tamis: stopped" in stderr
    assert "Traceback" not in stderr
    assert not out.exists()


def on_a_terminal(name: str, photographs: Path, config: Path) -> bytes:
    """What a run shows there."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "tamis", "select", str(config), "--input", str(photographs)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=follower, env={**os.environ, "COLUMNS": "100", "TERM": name}
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            shown += os.read(leader, 4096)
        except OSError:
            break
    os.close(leader)

    assert process.wait(timeout=30) == 0
    return shown


def test_on_a_terminal_there_is_a_bar(photographs: Path, config: Path) -> None:
    """With images per second and what is left; it is gone when the run is over."""
    shown = on_a_terminal("xterm", photographs, config)

    assert b"measuring" in shown
    assert b"\x1b[2K" in shown
    assert b"selected 3 of 10" in shown


def test_on_a_terminal_that_can_not_redraw_there_are_lines(photographs: Path, config: Path) -> None:
    """As elsewhere."""
    shown = on_a_terminal("dumb", photographs, config)

    assert b"measuring: 10 of 10 images" in shown
    assert b"\x1b" not in shown


def test_elsewhere_progress_is_lines(photographs: Path, config: Path) -> None:
    """Without control characters."""
    done = tamis("select", config, "--input", photographs)

    assert "measuring: 10 of 10 images (" in done.stderr
    assert "\x1b" not in done.stderr
    assert "\r" not in done.stderr


def about_measuring(stderr: str) -> list[str]:
    """The lines on images that were measured, less the speed."""
    return [re.sub(r",? ?[\d,]+ per second", "", line) for line in stderr.splitlines() if "measur" in line]


def test_what_was_measured_before_is_said_in_one_line(photographs: Path, config: Path) -> None:
    """Of all images, of some, and not at all where there was nothing; by every command that measures."""
    run = ("select", config, "--input", photographs)
    first, second = (about_measuring(tamis(*run).stderr) for _ in range(2))
    photograph(11).save(photographs / "new.png")
    third = about_measuring(tamis(*run).stderr)
    fourth = about_measuring(tamis("compute", "lightly.sharpness", "--input", photographs).stderr)

    assert [line.replace(" ()", "") for line in first] == ["measuring: 10 of 10 images"]
    assert second == ["measuring: 10 of 10 images (all measured before)"]
    assert third == ["measuring: 11 of 11 images (10 measured before)"]
    assert fourth == ["measuring: 11 of 11 images (all measured before)"]


def test_on_a_terminal_what_was_measured_before_outlasts_the_bar(photographs: Path, config: Path) -> None:
    """In a line that is printed once; a first run has none."""
    first, second = (on_a_terminal("xterm", photographs, config) for _ in range(2))

    assert b"measured before" not in first
    assert second.count(b"10 of 10 images were measured before") == 1


def test_a_reader_that_has_had_enough_is_no_error(tmp_path: Path) -> None:
    """``tamis compute ... | head -1``: no complaint about the pipe."""
    for number in range(3000):
        (tmp_path / f"{number:0100}.png").touch()
    Image.new("L", (1, 1)).save(tmp_path / "good.png")
    command = f"{sys.executable} -m tamis compute lightly.width --input {tmp_path} -q 2>&1 | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)

    assert done.stdout == "sample,lightly.width\n"


def test_no_file_is_replaced_unasked(photographs: Path, config: Path, tmp_path: Path) -> None:
    """Not even one that is no result of tamis's, but has the name of one."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "selected.txt").write_text("precious")

    assert "use --force" in tamis("select", config, "--input", photographs, "-o", out, check=2).stderr
    assert (out / "selected.txt").read_text() == "precious"
    (tmp_path / "t.csv.errors.jsonl").write_text("precious")
    done = tamis("compute", "lightly.width", "--input", photographs, "-o", tmp_path / "t.csv", check=2)
    assert "t.csv.errors.jsonl' exists already" in done.stderr


def test_a_folder_in_the_way_is_found_first(photographs: Path, config: Path, tmp_path: Path) -> None:
    """The old result stays whole."""
    out = tmp_path / "out"
    tamis("select", config, "--input", photographs, "-o", out)
    (out / "errors.jsonl").unlink()
    (out / "errors.jsonl").mkdir()
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}

    assert "is a folder" in tamis("select", config, "--input", photographs, "-o", out, "--force", check=2).stderr
    assert before == {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}


def test_a_link_that_leads_to_itself_is_no_place_in_the_way(photographs: Path, tmp_path: Path) -> None:
    """A file takes its place; there is nothing else that it could lead to."""
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    tamis("compute", "lightly.width", "--input", photographs, "--no-store", "-q", "-j1", "-o", tmp_path / "loop.csv")
    assert (tmp_path / "loop.csv").read_text().startswith("sample,lightly.width\n")


def test_runs_that_write_to_one_folder_dont_mix(photographs: Path, config: Path, tmp_path: Path) -> None:
    """A whole result of one of them, or an error; never parts of both."""
    out = tmp_path / "out"
    commands = []
    for seed in range(6):
        document = json.loads(config.read_text())
        document["strategies"][1]["input"]["random_seed"] = seed
        path = tmp_path / f"{seed}.json"
        path.write_text(json.dumps(document))
        commands.append(["select", path, "--input", photographs, "-o", out, "--force", "-q"])
    processes = [
        subprocess.Popen([sys.executable, "-m", "tamis", *map(str, command)], stderr=subprocess.PIPE)
        for command in commands
    ]
    statuses = [process.communicate() and process.returncode for process in processes]
    manifest = json.loads((out / "selection.json").read_text())

    assert 0 in statuses
    assert set(statuses) <= {0, 2}
    assert [pick["sample"] for pick in manifest["picks"]] == (out / "selected.txt").read_text().splitlines()
    assert not [path for path in out.iterdir() if path.name.startswith(".")]


def test_an_empty_path_is_a_mistake(photographs: Path, config: Path) -> None:
    """A shell variable that isn't set doesn't mean the current folder."""
    assert "--input: the location is empty" in tamis("select", config, "--input", "", check=2).stderr
    assert "the path is empty" in tamis("select", config, "--input", photographs, "-o", "", check=2).stderr
    done = tamis("select", config, "--input", photographs, "--lightly", "s3://bucket/l", check=2)
    assert "it is a URL, and a path of this machine is needed" in done.stderr


def test_odd_terminals(photographs: Path, config: Path) -> None:
    """Closed streams, a full disk, and an encoding that file names don't fit."""
    photograph(1).save(photographs / "naïve 🦊.png")
    everything = config.parent / "all.json"
    entry = {"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}
    everything.write_text(json.dumps({"proportion_samples": 1, "strategies": [entry]}))
    select = f"{sys.executable} -m tamis select {everything} --input {photographs}"
    for command, status in (
        (f"{sys.executable} -m tamis --version >&-", 0),
        (f"{sys.executable} -m tamis --version 2>&-", 0),
        (f"PYTHONIOENCODING=ascii {select}", 0),
        (f"LC_ALL=C {select}", 0),
        (f"{select} > /dev/full", 1),
        (f"{select} >&-", 2),
    ):
        done = subprocess.run(["bash", "-c", command], capture_output=True)
        assert done.returncode == status, (command, done.stderr)
        assert b"Traceback" not in done.stderr
        assert b"bug" not in done.stderr
        if "select" in command and status == 0:
            assert "naïve 🦊.png".encode() in done.stdout.splitlines()


def test_pillows_remarks_are_not_shown(tmp_path: Path) -> None:
    """A large photograph is no reason to worry a user."""
    Image.new("1", (10_000, 9_000)).save(tmp_path / "large.png")
    done = tamis("compute", "lightly.width", "--input", tmp_path, "-q")

    assert done.stderr == ""


@pytest.mark.parametrize("jobs", ["-j1", "-j2"])
def test_pillows_log_is_not_shown(tmp_path: Path, jobs: str) -> None:
    """It would be a line without the name of a file: a TIFF that says it has 300 values for each pixel."""
    photograph(0).save(tmp_path / "a.tiff")
    content = (tmp_path / "a.tiff").read_bytes()
    samples = struct.pack("<HHI", 277, 3, 1)
    assert content.count(samples + struct.pack("<H", 3)) == 1
    (tmp_path / "a.tiff").write_bytes(content.replace(samples + struct.pack("<H", 3), samples + struct.pack("<H", 300)))
    done = tamis("compute", "lightly.width", "--input", tmp_path, "--no-store", "-q", jobs, check=1)

    assert done.stderr.splitlines() == [
        "tamis: none of 1 images could be used, such as a.tiff: open: not an image in a format that can be read"
    ]


def test_shards_and_a_merge(photographs: Path, tmp_path: Path) -> None:
    """Each shard has a store of its own; what is missing is named; a run with the merged one has all of it."""
    for number in (1, 2):
        store, out = tmp_path / f"store-{number}", tmp_path / f"{number}.csv"
        options = ["--input", photographs, "--shard", f"{number}/2", "--store", store, "-o", out, "-j", 1]
        assert f"shard {number}/2: images" in tamis("compute", "lightly.width", *options).stderr
    merge = ["store", "merge", tmp_path / "store-1", "-o", tmp_path / "merged"]
    assert tamis(*merge, check=1).stderr.startswith("tamis: shard 2/2 is missing")
    assert not (tmp_path / "merged").exists()
    assert "2 stores, 10 images" in tamis(*merge, tmp_path / "store-2").stderr
    done = tamis("compute", "lightly.width", "--input", photographs, "--store", tmp_path / "merged")

    assert "10 of 10 images (all measured before)" in done.stderr
    assert done.stdout.splitlines()[1:] == [
        row for name in "12" for row in (tmp_path / f"{name}.csv").read_text().splitlines()[1:]
    ]
    given = ["--input", photographs, "--shard", "0/2", "--store", tmp_path / "x"]
    assert "'0/2' is no shard: say which of how many, from 1" in tamis("compute", "a.b", *given, check=2).stderr


def test_the_command_line_keeps_what_it_measures(photographs: Path, tmp_path: Path, config: Path) -> None:
    """In the cache folder, or where --store says; the manifest tells what was reused; the store can be looked at."""
    (photographs / "a/0.png").write_bytes(b"")
    store = tmp_path / "kept"
    options = ["--input", photographs, "--store", store, "--quiet"]
    first = json.loads(tamis("select", config, *options, "--json").stdout)
    second = json.loads(tamis("select", config, *options, "--json").stdout)
    assert first.pop("measured") == {"reused": 0, "computed": 10}
    assert second.pop("measured") == {"reused": 10, "computed": 0}
    assert first == second
    assert sorted(path.name for path in store.iterdir()) == ["ledger.db", "writing.db"]

    tamis("compute", "lightly.width", "--input", photographs)
    assert "10 images, 1 failed  (tamis 0.1.0)" in tamis("store", "info", "--input", photographs).stdout
    assert json.loads(tamis("store", "errors", "--store", store).stdout)["reason"] == "the file is empty"
    table = tamis("store", "export", "--input", photographs).stdout.splitlines()
    assert table[:3] == ["sample,lightly.width", "a/0.png,", "a/1.png,48"]
    misspelt = tamis("store", "clear", "--input", photographs, "lightly.with", check=2).stderr
    assert "nothing is stored as 'lightly.with'. Did you mean 'lightly.width'?" in misspelt
    tamis("store", "clear", "--input", photographs)
    assert tamis("store", "info", "--input", photographs).stdout.endswith(": nothing is stored\n")
    assert "--input LOCATION" in tamis("store", "info", check=2).stderr
    assert "exclude each other" in tamis("compute", "lightly.width", *options, "--no-store", check=2).stderr
    assert (
        "holds other files"
        in tamis("compute", "lightly.snr", "--input", photographs, "--store", tmp_path, check=1).stderr
    )


def test_explain_reads_what_select_has_written(photographs: Path, config: Path, tmp_path: Path) -> None:
    """Of a picked sample, one that was removed, a file that is no image, and none at all."""
    (photographs / "bad.jpg").write_text("no image")
    out = tmp_path / "out"
    tamis("select", config, "--input", photographs, "-o", out)
    first = (out / "selected.txt").read_text().splitlines()[0]
    standings = pyarrow.parquet.read_table(out / "standings.parquet").to_pylist()
    removed = next(row["sample"] for row in standings if row["strategies[0].removed"])

    assert tamis("explain", out, first).stdout.startswith(f"{first} was picked as number 1 of 3.")
    assert "was removed by THRESHOLD of lightly.sharpness (strategies[0])" in tamis("explain", out, removed).stdout
    assert "not an image in a format" in tamis("explain", out, "bad.jpg").stdout
    assert "knows no sample 'nobody': name it as in" in tamis("explain", out, "nobody", check=2).stderr
    for written in (f"./{first}", photographs / first):
        assert f". Did you mean '{first}'?" in tamis("explain", out, written, check=2).stderr
    assert "holds no result" in tamis("explain", tmp_path, first, check=2).stderr


def test_explain_takes_several_samples_and_prints_facts_as_json(
    photographs: Path, config: Path, tmp_path: Path
) -> None:
    """In the order given; the sentences are those of each by itself."""
    out = tmp_path / "out"
    tamis("select", config, "--input", photographs, "-o", out)
    samples = [*(out / "selected.txt").read_text().splitlines()[:2], "a/0.png"]
    alone = [tamis("explain", out, sample).stdout for sample in samples]
    facts = json.loads(tamis("explain", out, *samples, "--json").stdout)

    assert tamis("explain", out, *samples).stdout == "".join(alone)
    assert [each["sample"] for each in facts] == samples
    assert [each["text"] + "\n" for each in facts] == alone
    assert [each.get("rank") for each in facts[:2]] == [1, 2]
    weights = facts[0]["strategies"][1]
    assert (weights["strategy"], weights["input"], weights["path"]) == ("WEIGHTS", "RANDOM", "strategies[1]")
    assert weights["objective"] == {"quantity": "sum of RANDOM", "before": 0, "after": weights["value"], "share": 1}


def test_explain_says_what_it_knows_before_it_refuses_a_name(photographs: Path, config: Path, tmp_path: Path) -> None:
    """Of several names, one that the result doesn't know hides no other; without a name, all samples are explained."""
    out = tmp_path / "out"
    tamis("select", config, "--input", photographs, "-o", out)
    some = tamis("explain", out, "nobody", "a/0.png", "neither", check=2)
    every = json.loads(tamis("explain", out, "--json").stdout)

    assert some.stdout == tamis("explain", out, "a/0.png").stdout
    assert "knows no sample 'nobody' (and 1 more): name it as in" in some.stderr
    assert [each["sample"] for each in every] == sorted(
        path.relative_to(photographs).as_posix() for path in photographs.rglob("*.png")
    )


def test_a_selection_that_ends_early_says_why(photographs: Path, tmp_path: Path) -> None:
    """Where fewer are selected than asked for, and there are more."""
    config = tmp_path / "config.json"
    enough = {"type": "WEIGHTS", "stopping_condition_max_sum": 1}
    entry = {"input": {"type": "METADATA", "key": "lightly.width"}, "strategy": enough}
    config.write_text(json.dumps({"n_samples": 3, "strategies": [entry]}))
    done = tamis("select", config, "--input", photographs)

    assert done.stderr.splitlines()[-2].startswith("stopped: stopping_condition_max_sum: the sum has reached")
    assert done.stderr.splitlines()[-1] == "selected 1 of 10 samples"


def test_a_selection_is_the_next_ones_preselection(photographs: Path, config: Path, tmp_path: Path) -> None:
    """Its list is a file of names; they are not picked again."""
    first = tmp_path / "first.txt"
    first.write_text(tamis("select", config, "--input", photographs).stdout)
    second = tamis("select", config, "--input", photographs, "--preselected", first).stdout.split()

    assert second
    assert not set(second) & set(first.read_text().split())
    tamis("select", config, "--input", photographs, "--save-tag", "round one")
    assert tamis("select", config, "--input", photographs, "--preselected", "round one").stdout.split() == second
    none = tamis("select", config, "--input", photographs, "--preselected", "round two", check=2)
    assert "'round two' is neither a file nor a tag: there is no tag 'round two'" in none.stderr


def test_what_others_wrote_does_not_steer_the_terminal(photographs: Path, tmp_path: Path) -> None:
    """Names and configs may hold escape sequences and line breaks: messages spell them out."""
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"n_samples": 1, "a\x1b[2Jb\n": 1, "strategies": CONFIG["strategies"]}))
    command = [sys.executable, "-m", "tamis", "validate", str(config)]
    terminal, theirs = pty.openpty()
    subprocess.run(command, stderr=theirs, timeout=60, check=False)
    shown = os.read(terminal, 10_000)
    for end in (terminal, theirs):
        os.close(end)

    assert rb"tamis: a\x1b[2Jb\n: unknown key" in shown
    assert b"\x1b" not in shown


def test_no_line_of_a_message_is_without_end(photographs: Path) -> None:
    """Whatever it quotes."""
    entry = {"name": "n", "path": "a" + ".a" * 50_000, "defaultValue": 7, "valueDataType": "NUMERIC_INT"}
    (photographs / ".lightly/metadata").mkdir(parents=True)
    (photographs / ".lightly/metadata/schema.json").write_text(json.dumps([entry]))
    told = tamis("compute", "b.c", "--input", photographs, "--no-store", "-q", "-j1", check=2).stderr

    assert told.startswith("tamis: 'b.c' is neither a metric nor metadata")
    assert len(told) < 2100


@pytest.mark.parametrize("closed_streams", ["2>&-", "0<&- 2>&-"])
def test_a_run_needs_no_standard_error(closed_streams: str, photographs: Path, config: Path) -> None:
    """As when a service manager starts it without one: the result is the same."""
    command = f'exec "{sys.executable}" -m tamis select "{config}" --input "{photographs}" {closed_streams}'
    closed = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=True)

    assert closed.stdout == tamis("select", config, "--input", photographs).stdout
