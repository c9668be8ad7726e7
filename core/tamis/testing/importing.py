"""What importing a module does, seen from a fresh interpreter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib import resources

import attrs

#: Packages that are slow to import; beside these, any that consists of more modules than `MANY`.
HEAVY = frozenset(
    {
        *("cv2", "jax", "matplotlib", "onnx", "onnxruntime", "pandas", "polars", "pyarrow", "scipy", "skimage"),
        *("sklearn", "tensorflow", "timm", "torch", "torchvision", "transformers"),
    }
)
MANY = 150


@attrs.frozen
class Imported:
    """What importing one module did.

    Attributes:
        missing: Whether there is no such module.
        error: What it raised; empty if nothing. Ending the interpreter counts.
        printed: What it wrote to stdout and stderr.
        heavy: Heavy packages that were imported.
        signals: Whether a signal handler was set.
        seconds: How much CPU time it took, numpy, Pillow and tamis being there already.
    """

    missing: bool = False
    error: str = ""
    printed: str = ""
    heavy: tuple[str, ...] = ()
    signals: bool = False
    seconds: float = 0.0


def import_afresh(modules: Iterable[str]) -> Mapping[str, Imported]:
    """Import each module in a process of its own, where only what tamis needs has been imported."""
    modules = sorted(set(modules))
    groups = [modules] if hasattr(os, "fork") else [[module] for module in modules]
    found: dict[str, Imported] = {}
    # By its text, since this package may be in a zip archive.
    program = (resources.files("tamis.testing") / "importing.py").read_text(encoding="utf-8")
    for group in groups:
        done = subprocess.run(
            [sys.executable, "-I", "-c", program, json.dumps({"path": sys.path, "modules": group})],
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        reports = dict(map(json.loads, done.stdout.splitlines()))
        for module in group:
            report = reports.get(module, {"error": "an end to the interpreter"})
            found[module] = Imported(**{**report, "heavy": tuple(report.get("heavy", ()))})
    return found


def _main() -> None:
    """Print a line for each module: its name and the report, as JSON."""
    import numpy  # noqa: F401
    import PIL.Image  # noqa: F401

    request = json.loads(sys.argv[1])
    sys.path[:] = request["path"]
    import tamis

    # What every plugin has of tamis is not its cost.
    tamis.Column, tamis.Dataset, tamis.Predictions, tamis.Objective, tamis.Vectors, tamis.select  # noqa: B018
    for module in request["modules"]:
        sys.stdout.flush()
        if hasattr(os, "fork"):
            if child := os.fork():
                os.waitpid(child, 0)
                continue
            _report(module)
            os._exit(0)
        _report(module)


def _report(module: str) -> None:
    """Import it and print what happened to the real stdout."""
    import importlib
    import importlib.util
    import signal
    import tempfile
    import time

    real = os.dup(1)
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    before = set(sys.modules)
    report: dict[str, object] = {}
    with tempfile.TemporaryFile() as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        started = time.process_time()
        try:
            try:
                missing = importlib.util.find_spec(module) is None
            except (ImportError, ValueError):
                missing = True
            if missing or module == "__main__":
                report["missing"] = True
            else:
                importlib.import_module(module)
        except BaseException as error:  # noqa: BLE001 (whatever it is)
            report["error"] = f"{type(error).__name__}: {error}"
        report["seconds"] = time.process_time() - started
        sys.stdout.flush()
        sys.stderr.flush()
        output.seek(0)
        report["printed"] = output.read().decode(errors="replace")
    report["signals"] = handlers != {number: signal.getsignal(number) for number in signal.valid_signals()}
    counts: dict[str, int] = {}
    for name in set(sys.modules) - before:
        package = name.partition(".")[0]
        counts[package] = counts.get(package, 0) + 1
    report["heavy"] = sorted(name for name, count in counts.items() if name in HEAVY or count > MANY)
    os.write(real, (json.dumps([module, report]) + "\n").encode())


if __name__ == "__main__":
    _main()
