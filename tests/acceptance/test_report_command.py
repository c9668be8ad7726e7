"""``tamis report`` and ``tamis select --report``, in processes of their own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_command_line import tamis

CONFIG: dict[str, Any] = {
    "n_samples": 3,
    "strategies": [
        {
            "input": {"type": "METADATA", "key": "lightly.luminance"},
            "strategy": {"type": "THRESHOLD", "threshold": 1, "operation": "BIGGER"},
        },
        {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}},
    ],
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config file."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG))
    return path


@pytest.fixture
def result(config: Path, photographs: Path, tmp_path: Path) -> Path:
    """A result with a report."""
    out = tmp_path / "out"
    done = tamis("select", config, "--input", photographs, "-o", out, "--report")
    assert f"report -> {out / 'report.html'}" in done.stderr
    return out


def test_a_run_writes_its_report_beside_its_result(result: Path, photographs: Path) -> None:
    """With the map; of a result made anew without one, none is left."""
    page = (result / "report.html").read_text(encoding="utf-8")
    assert page.count('<figure class="card" id="picks-') == 3
    assert "<canvas" in page
    assert json.loads((result / "report.json").read_text())["datasetAnalysis"]["embeddingInformation"]

    again = ("select", result.parent / "config.json", "--input", photographs, "-o", result, "--force")
    tamis(*again, "--report", "-O", 'without=["map"]')
    assert "<canvas" not in (result / "report.html").read_text(encoding="utf-8")
    tamis(*again)
    assert not (result / "report.html").exists()
    assert not (result / "report.json").exists()


def test_the_report_of_a_result_can_be_made_later(result: Path, tmp_path: Path) -> None:
    """As the run's own, map and all, into its folder or elsewhere; what is there is kept unless told."""
    refused = tamis("report", result, check=2)
    assert "report.html' exists already: use --force" in refused.stderr
    of_run = (result / "report.html").read_bytes()
    tamis("report", result, "--force")
    done = tamis("report", result, "-o", tmp_path / "pages" / "week.html")

    assert (tmp_path / "pages" / "week.html").read_bytes() == (result / "report.html").read_bytes() == of_run
    assert f"report -> {tmp_path / 'pages' / 'week.html'}" in done.stderr
    assert done.stdout == ""
    assert {path.name for path in (tmp_path / "pages").iterdir()} == {"week.html", "week.json"}
    assert tamis("report", result, "-o", tmp_path / "quiet.html", "-q").stderr == ""


def test_what_is_on_the_report_can_be_said(result: Path, tmp_path: Path) -> None:
    """By its options; another store has other vectors, or none."""
    tamis("report", result, "-o", tmp_path / "few.html", "-O", 'sections=["map", "overview"]', "-O", "points=2")
    page = (tmp_path / "few.html").read_text(encoding="utf-8")
    assert page.count("<h2") == 2
    assert "2 of " in page
    none = tamis("report", result, "-o", tmp_path / "none.html", "--store", tmp_path / "nothing")
    assert "There is no map of EMBEDDINGS: the store" in none.stderr
    wrong = tamis("report", result, "-o", tmp_path / "x.html", "-O", 'without=["maps"]', check=2)
    assert wrong.stderr == "tamis: without: no section is named 'maps'. Did you mean 'map'?\n"


def test_images_that_are_elsewhere_now_are_named_or_missed(result: Path, photographs: Path, tmp_path: Path) -> None:
    """A report without pictures says why there are none; --input says where they are."""
    photographs.rename(tmp_path / "moved")
    missing = tamis("report", result, "--force")
    there = tamis("report", result, "-o", tmp_path / "there.html", "--input", tmp_path / "moved")

    assert "There are no pictures: " in missing.stderr
    assert "<img" not in (result / "report.html").read_text(encoding="utf-8")
    assert "There are no pictures" not in there.stderr
    assert (tmp_path / "there.html").read_text(encoding="utf-8").count("<img") >= 3


@pytest.mark.skipif(sys.platform == "win32", reason="the browser of the test is a shell script")
def test_it_opens_in_the_browser(result: Path, tmp_path: Path) -> None:
    """By its address as a file."""
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > "{tmp_path}/opened"\n')
    browser.chmod(0o755)
    tamis("report", result, "-o", tmp_path / "a b.html", "--open", env={"BROWSER": f"{browser} %s"})

    assert (tmp_path / "opened").read_text().strip() == (tmp_path / "a b.html").as_uri()


def test_what_can_not_be_is_said_before_any_work(config: Path, photographs: Path, tmp_path: Path) -> None:
    """A report without a folder, one that is in the way, and a plugin that is blocked."""
    nowhere = tamis("select", config, "--input", photographs, "--report", check=2)
    assert "--report goes with -o OUTDIR" in nowhere.stderr

    alone = tamis("select", config, "--input", photographs, "-o", tmp_path / "a", "-O", "thumbnails=2", check=2)
    assert "-O goes with --report" in alone.stderr
    out = tmp_path / "out"
    wrong = tamis("select", config, "--input", photographs, "-o", out, "--report", "-O", "thumbnail=2", check=2)
    assert wrong.stderr.startswith(
        "tamis: export.thumbnail: export 'report' has no such option. Did you mean 'thumbnails'?"
    )
    unknown = "tamis: sections[0].type: no installed plugin has the section 'mapp'. Did you mean 'map'?\n"
    select, inspect = ("select", config, "--report"), ("inspect",)
    for command in select, inspect:
        done = tamis(*command, "--input", photographs, "-o", out, "-O", 'sections=["mapp"]', check=2)
        assert done.stderr == unknown
        assert not out.exists()
    out.mkdir()
    (out / "report.html").write_text("mine")
    kept = tamis("select", config, "--input", photographs, "-o", out, "--report", check=2)
    assert "report.html' exists already" in kept.stderr
    assert "measuring" not in kept.stderr
    assert (out / "report.html").read_text() == "mine"

    blocked = tamis(
        "select",
        config,
        "--input",
        photographs,
        "-o",
        tmp_path / "b",
        "--report",
        check=2,
        env={"TAMIS_BLOCK_PLUGINS": "report"},
    )
    assert "'report'" in blocked.stderr
    assert "measuring" not in blocked.stderr
    assert "--lightly and --annotations go with --input" in tamis("report", out, "--lightly", out, check=2).stderr
