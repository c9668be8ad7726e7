"""The export `lightlystudio`: a tag in a dataset of LightlyStudio."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from tamis.cli import cli
from tests.plugins.exported import NAMES, make_result, read_result

SELECTED = NAMES[1:]
#: What a host does that uses LightlyStudio itself: a dataset of all images, another of one; a tag in the first, and all
#: that is refused.
HOST = """
import json, sys
import lightly_studio
from lightly_studio.database import db_insert, db_manager
from tamis import errors
from tests.plugins.exported import NAMES, read_result
from pathlib import Path

folder = Path(sys.argv[1])
database, photos = str(folder / "studio.db"), folder / "photos"
db_manager.connect(db_file=database)
without = {"embed": False}
found = lightly_studio.ImageDataset.create("photos")
found.add_images_from_path(photos, **without)
lightly_studio.ImageDataset.create("others").add_images_from_path(photos / NAMES[0], **without)
lightly_studio.ImageDataset.create("empty")
selection = read_result(folder)

def told(target=database, **options):
    try:
        return selection.export("lightlystudio", target, **options)[0]
    except errors.TamisError as error:
        return str(error)

(folder / "other.db").touch()
said = {
    "written": told(dataset="photos", tag="batch 1"),
    "again": told(dataset="photos", tag="batch 1"),
    "by root": told(dataset="photos", tag="by root", root=str(photos)),
    "no dataset": told(dataset="quux"),
    "others": told(dataset="others"),
    "empty": told(dataset="empty"),
    "elsewhere": told(dataset="photos", root="s3://bucket/in/"),
    "another database": told(target=str(folder / "other.db"), dataset="photos"),
}
tags = lightly_studio.core.dataset_query.ImageSampleField.tags
found.match(lightly_studio.core.dataset_query.ImageSampleField.file_name == NAMES[0]).add_tag("kept")
works, db_insert.insert_from_select_ignoring_conflicts = db_insert.insert_from_select_ignoring_conflicts, None
said["midway"] = told(dataset="photos", tag="kept", force=True)
db_insert.insert_from_select_ignoring_conflicts = works
said["kept"] = [sample.file_name for sample in found.match(tags.contains("kept"))]
for sample in found.match(tags.contains("kept")):
    sample.remove_tag("kept")
found.match(lightly_studio.core.dataset_query.ImageSampleField.file_name == NAMES[0]).add_tag("ours")
said["tags"] = {sample.file_path_abs: sorted(tag.name for tag in sample.sample_table.tags) for sample in found}
said["tags of others"] = [len(sample.tags) for sample in lightly_studio.ImageDataset.load("others")]
print(json.dumps(said))
"""
#: The images of a tag.
TAGGED = """
import json, sys
import lightly_studio
from lightly_studio.core.dataset_query import ImageSampleField
from lightly_studio.database import db_manager

db_manager.connect(db_file=sys.argv[1], must_exist=True)
found = lightly_studio.ImageDataset.load("photos").match(ImageSampleField.tags.contains("ours"))
print(json.dumps([sample.file_path_abs for sample in found]))
"""


def studio(program: str, path: Path) -> object:
    """What a program that uses LightlyStudio prints in the end."""
    ran = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "LIGHTLY_STUDIO_ANALYTICS_ENABLED": "false"},
    )
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.skipif(find_spec("lightly_studio") is None, reason="LightlyStudio is not installed")
def test_a_tag_is_on_the_selected_images_only(tmp_path: Path) -> None:
    """From a process that has LightlyStudio open, and one that hasn't; what isn't there is named."""
    make_result(tmp_path)
    database, photos = tmp_path / "studio.db", tmp_path / "photos"
    said = studio(HOST, tmp_path)

    assert isinstance(said, dict)
    assert said.pop("written") == f"tag 'batch 1' of 7 images -> {database}"
    assert said.pop("by root") == f"tag 'by root' of 7 images -> {database}"
    kept = "7 images have the tag 'batch 1' already: use --force to replace it, in Python force=True"
    assert said.pop("again") == kept
    assert said.pop("no dataset") == f"'{database}' can't be written to: Dataset with name 'quux' not found."
    first = ", ".join(map(repr, SELECTED[:3]))
    lacks = f"LightlyStudio's dataset lacks {first} and 4 more: "
    absent, known = (repr(str(photos / name)) for name in (SELECTED[0], NAMES[0]))
    advice = "the option root says where LightlyStudio has the images"
    assert said.pop("others") == f"{lacks}{absent} isn't there; there is {known}, for one: {advice}"
    assert said.pop("empty") == f"{lacks}{absent} isn't there; there are no images"
    assert said.pop("elsewhere").startswith(f"{lacks}{'s3://bucket/in/' + SELECTED[0]!r} isn't there; there is ")
    used = f"this process has LightlyStudio open with duckdb:///{database}, and can't open duckdb:///"
    assert said.pop("another database").startswith(used)
    tags = {str(photos / name): ["batch 1", "by root"] for name in SELECTED}
    assert said.pop("tags") == {str(photos / NAMES[0]): ["ours"], **tags}
    assert "'NoneType' object is not callable" in said.pop("midway")
    assert said.pop("kept") == [NAMES[0]]
    assert said == {"tags of others": [0]}

    notes = read_result(tmp_path).export("lightlystudio", database, dataset="photos", tag="ours", force=True)
    assert notes == (f"tag 'ours' of 7 images -> {database}",)
    assert set(studio(TAGGED, database)) == {str(photos / name) for name in SELECTED}  # type: ignore[call-overload]


@pytest.mark.skipif(find_spec("lightly_studio") is not None, reason="LightlyStudio is installed")
def test_what_is_needed_is_said(tmp_path: Path) -> None:
    """Before anything is done."""
    make_result(tmp_path)
    done = CliRunner().invoke(cli, ["export", str(tmp_path / "result"), "lightlystudio", str(tmp_path / "studio.db")])

    assert done.exit_code == 2
    assert done.stderr == "tamis: export 'lightlystudio' needs lightly-studio: pip install 'tamis[lightlystudio]'\n"
