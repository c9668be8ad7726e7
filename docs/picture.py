"""Draws ``docs/pictures/report.webp``, the report of the demo: ``python docs/picture.py``. It takes Chromium."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

TARGET = Path(__file__).parent / "pictures" / "report.webp"
WIDTH, HEIGHT = 1100, 2700
#: From the picks to the close pairs, in pixels of the page.
SHOWN = (0, 1290, WIDTH, 2650)


def screenshot(page: str, target: Path) -> None:
    """What a browser shows of a page."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("Chromium is needed")
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking")
    subprocess.run(
        [browser, *flags, f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={target}", page],
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        subprocess.run([sys.executable, "-m", "tamis", "demo"], cwd=name, check=True, capture_output=True)
        report = Path(name, "tamis-demo", "selection", "report.html")
        screenshot(report.as_uri(), Path(name, "report.png"))
        with Image.open(Path(name, "report.png")) as image:
            image.convert("RGB").crop(SHOWN).save(TARGET, quality=80, method=6)
