"""Break runs of each command that has an output, and look at what is left: ``python tests/benchmarks/breaking.py DIR``.

Runs over the images of DIR are killed (a driver or one of its workers, at a random moment or as it renames a file),
ended by SIGTERM, given too small a limit on the size of files or a place that nobody may write to, or started two at
once. Each must leave the output that was there, or the whole new one; the same command must then give the result of an
undisturbed run, and leave nothing else. Whatever ends a run but a signal is told in one line.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import click

from tamis.workspaces import recover

#: By the name of a command: its arguments, and its outputs in the working directory.
COMMANDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "select": (("select", "config.json", "--input", "photos", "-o", "out", "--report"), ("out",)),
    "compute": (("compute", "lightly.snr", "lightly.width", "--input", "photos", "-o", "out.csv"), ("out.csv",)),
    "embed": (("embed", "images", "--input", "photos", "-o", "out.npy"), ("out.npy", "out.txt")),
    "export": (("export", "result", "files", "exported"), ("exported",)),
    "report": (("report", "result", "-o", "page.html"), ("page.html", "page.json")),
}
CONFIG = (
    '{"n_samples": 5, "strategies": [{"input": {"type": "METADATA", "key": "lightly.sharpness"}, '
    '"strategy": {"type": "WEIGHTS"}}]}'
)
#: What differs from run to run: when it was, how long it took, and what was stored by then.
VARIES = re.compile(
    rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d|(\"(measuring|selecting|totalProcessingTimeS)\":|took|in) ?[\d.]+( s)?"
    rb"|,\s*\"--force\"| --force|\"(reused|computed)\": \d+"
)
#: Runs the command line, and kills it as it is about to rename for the n-th time; or with a limit on the size of files.
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
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
from tamis.cli import main
main()
"""
#: Bytes of a disk that is filled up: ``mount -t tmpfs -o size=16m tmpfs DIR``, and ``TMPDIR=DIR``.
SMALL = 64 << 20
TAMIS = (sys.executable, "-m", "tamis")


class Scratch:
    """A working directory with what the commands need, and what they give undisturbed."""

    def __init__(self, folder: Path, images: Path) -> None:
        self.folder, self.expected, self.usual = folder, dict[str, dict[str, str]](), dict[str, float]()
        (folder / "photos").symlink_to(images.resolve())
        (folder / "config.json").write_text(CONFIG)
        subprocess.run([*TAMIS, *COMMANDS["select"][0][:-1], "-q"], cwd=folder, check=True)
        (folder / "out").rename(folder / "result")
        for command in COMMANDS:
            began = time.monotonic()
            status, said = self.run(command)
            if status:
                raise click.ClickException(f"the undisturbed run failed: {said}")
            self.usual[command] = time.monotonic() - began
            self.expected[command] = self.found(command)
            self.clear(command)

    def start(self, command: str, *, begin: tuple[str, ...] = TAMIS, force: bool = False) -> subprocess.Popen[str]:
        """A run with two workers, where the command has any."""
        options = ("-j2",) if command in ("select", "compute", "embed") else ()
        quiet = () if command == "export" else ("-q",)
        arguments = [*begin, *COMMANDS[command][0], *options, *quiet, *(("--force",) if force else ())]
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache")}
        return subprocess.Popen(
            arguments, cwd=self.folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )

    def run(self, command: str, *, begin: tuple[str, ...] = TAMIS, force: bool = False) -> tuple[int, str]:
        """Exit status, and what was said."""
        process = self.start(command, begin=begin, force=force)
        return process.wait(), process.communicate()[1]

    def found(self, command: str) -> dict[str, str]:
        """A digest of each file of the command's outputs."""
        recover(self.folder)
        digests = {}
        for name in COMMANDS[command][1]:
            path = self.folder / name
            if path.is_dir():
                recover(path)
            for file in sorted(path.rglob("*")) if path.is_dir() else [path] if path.exists() else []:
                if file.is_file():
                    digests[str(file.relative_to(self.folder))] = hashlib.sha256(
                        VARIES.sub(b"", file.read_bytes())
                    ).hexdigest()
        return digests

    def clear(self, command: str) -> None:
        """Remove the outputs and the store."""
        for name in (*COMMANDS[command][1], "cache"):
            path = self.folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def old(self, command: str) -> dict[str, str]:
        """Put an older output there, such as another run had left."""
        for number, name in enumerate(self.expected[command]):
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{number} older\n" if path.name != "selection.json" else "{}")
        return self.found(command)

    def left(self) -> list[str]:
        """What should not be there."""
        return [str(path.relative_to(self.folder)) for path in self.folder.glob("**/.tamis-*")]


def children(pid: int) -> list[int]:
    """The processes that a run has started, and that haven't ended."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def disturbed(scratch: Scratch, command: str, chance: random.Random, with_signal: int) -> int:
    """A run that gets a signal at a random moment, or one of its workers does; the exit status."""
    run = scratch.start(command, force=True)
    time.sleep(chance.uniform(0.05, 1) * scratch.usual[command])
    victims = children(run.pid) if with_signal == signal.SIGKILL and chance.random() < 0.3 else []
    with suppress(ProcessLookupError):
        os.kill(chance.choice(victims or [run.pid]), with_signal)
    status = run.wait()
    run.communicate()
    return status


def killed(scratch: Scratch, command: str, chance: random.Random) -> int:
    """By SIGKILL, at a random moment or between two renames."""
    if chance.random() < 0.4:
        begin = (sys.executable, "-c", KILLED, str(chance.randrange(7)))
        return scratch.run(command, begin=begin, force=True)[0]
    return disturbed(scratch, command, chance, signal.SIGKILL)


def ended(scratch: Scratch, command: str, chance: random.Random) -> int:
    """By SIGTERM."""
    return disturbed(scratch, command, chance, signal.SIGTERM)


def short_of_disk(scratch: Scratch, command: str, chance: random.Random) -> int:
    """No file may be larger than so many bytes."""
    begin = (sys.executable, "-c", LIMITED, str(int(10 ** chance.uniform(1, 5.5))))
    return one_line(*scratch.run(command, begin=begin, force=True))


def full_disk(scratch: Scratch, command: str, chance: random.Random) -> int:
    """There is room for so many bytes, for the store as for the outputs."""
    disk = shutil.disk_usage(scratch.folder)
    if disk.total > SMALL:
        raise click.ClickException(f"for a full disk, {scratch.folder} must be on a small one: see TMPDIR")
    ballast = scratch.folder / "ballast"
    try:
        ballast.write_bytes(bytes(max(disk.free - int(10 ** chance.uniform(3, 6)), 0)))
        return one_line(*scratch.run(command, force=True))
    finally:
        ballast.unlink(missing_ok=True)


def read_only(scratch: Scratch, command: str, chance: random.Random) -> int:
    """Nobody may write to the working directory."""
    mount = 'mount --bind . . && mount -o remount,ro,bind . && cd "$PWD" && exec "$@"'
    return one_line(*scratch.run(command, begin=("unshare", "-m", "sh", "-c", mount, "sh", *TAMIS), force=True))


def one_line(status: int, said: str) -> int:
    """The status of a run that has ended by itself: with a line that says why, or as it should."""
    lines = [line for line in said.splitlines() if not line.startswith("note: ")]
    if status not in (0, 1, 2) or (status and (len(lines) != 1 or not lines[0].startswith("tamis: "))):
        raise AssertionError(f"status {status}: {said}")
    if "unexpected" in said or "Traceback" in said:
        raise AssertionError(said)
    return status


CAMPAIGNS: dict[str, Callable[[Scratch, str, random.Random], int]] = {
    "killed": killed,
    "ended": ended,
    "short of disk": short_of_disk,
    "full disk": full_disk,
    "read-only": read_only,
}
TWICE = "two at once"
#: What the campaigns are without a choice: a small disk is not everywhere.
USUAL = [*(name for name in CAMPAIGNS if name != "full disk"), TWICE]


def broken(scratch: Scratch, command: str, campaign: str, chance: random.Random) -> int:
    """Break a run, and look at what is left. Raises `AssertionError`."""
    before = scratch.old(command) if chance.random() < 0.5 else {}
    status = CAMPAIGNS[campaign](scratch, command, chance)
    found = scratch.found(command)
    new = {**{name: digest for name, digest in before.items() if name not in scratch.expected[command]}}
    if found not in (before, new | scratch.expected[command]) and not _without_report(scratch, command, found):
        raise AssertionError(f"neither the old output nor the new one: {sorted(found)}")
    if status == 0 and found == before != scratch.expected[command]:
        raise AssertionError("it has succeeded, and the old output is there")
    status_again, said = scratch.run(command, force=True)
    if status_again or scratch.found(command) != scratch.expected[command] or scratch.left():
        other = {
            name for name, digest in scratch.found(command).items() if digest != scratch.expected[command].get(name)
        }
        raise AssertionError(f"the next run: status {status_again}, {said}, differs in {other}, {scratch.left()}")
    scratch.clear(command)
    return status


def _without_report(scratch: Scratch, command: str, found: dict[str, str]) -> bool:
    """A selection is there before its page is."""
    rest = {name: digest for name, digest in scratch.expected[command].items() if "report." not in name}
    return command == "select" and found in (rest, {**rest, "out/report.json": found.get("out/report.json")})


def twice(scratch: Scratch, command: str, chance: random.Random) -> str:
    """Two at once: one wins, the other says so. How it was noticed. Raises `AssertionError`."""
    first = scratch.start(command)
    time.sleep(chance.uniform(0, 1) * scratch.usual[command])
    runs = [first, scratch.start(command)]
    said = [run.communicate()[1] for run in runs]
    statuses = sorted(run.returncode for run in runs)
    loser = next((text for run, text in zip(runs, said, strict=True) if run.returncode), "")
    if statuses != [0, 2] or scratch.found(command) != scratch.expected[command] or scratch.left():
        raise AssertionError(f"statuses {statuses}: {said}, {scratch.left()}")
    scratch.clear(command)
    one_line(2, loser)
    return "before its work" if "another run is writing" in loser else "as there is an output"


@click.command()
@click.argument("images", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--times", default=60, show_default=True, help="Of kills, and of SIGTERM; a third of it of all others.")
@click.option("--seed", default=0, show_default=True)
@click.option("--campaign", "chosen", multiple=True, type=click.Choice([*CAMPAIGNS, TWICE]), help="Only this one.")
def main(images: Path, times: int, seed: int, chosen: tuple[str, ...]) -> None:
    """Break runs over IMAGES and look at what is left."""
    chance = random.Random(seed)  # noqa: S311
    names, defects = list(COMMANDS), 0
    with tempfile.TemporaryDirectory() as name:
        scratch = Scratch(Path(name), images)
        for campaign in chosen or USUAL:
            seen: Counter[object] = Counter()
            for number in range(times if campaign in ("killed", "ended") else -(-times // 3)):
                command = names[number % len(names)]
                try:
                    if campaign == TWICE:
                        seen[twice(scratch, command, chance)] += 1
                    else:
                        seen[f"status {broken(scratch, command, campaign, chance)}"] += 1
                except AssertionError as error:
                    defects += 1
                    click.echo(f"VIOLATION: {campaign}, {command}: {error}")
                    scratch.clear(command)
            told = ", ".join(f"{count} {what}" for what, count in sorted(seen.items(), key=str))
            click.echo(f"{campaign}: {sum(seen.values())} held ({told})")
    raise SystemExit(bool(defects))


if __name__ == "__main__":
    main()
