"""Metadata of whole videos, which their frames share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tamis import errors
from tests.plugins.lightly_folder import Folder, reads
from tests.plugins.test_custom_metadata import column, field, run

FRAMES = ("drive-000-mp4.png", "drive-001-mp4.png", "other-0-avi.png", "sub/Walk-12-MOV.jpg")


@pytest.fixture
def frames(tmp_path: Path) -> Folder:
    """Frames of three videos, and an image; the files of two of the videos."""
    folder = Folder(tmp_path, *FRAMES, "drive.png")
    folder.write("metadata/schema.json", [field("place", "CATEGORICAL_STRING", "?"), field("speed", "NUMERIC_INT", 0)])
    folder.write(
        "metadata/other.json",
        {"type": "video", "file_name": "other.avi", "metadata": {"place": "bern", "speed": 5}},
    )
    folder.write("metadata/sub/Walk.json", {"type": "video", "metadata": {"place": "ulm"}})
    return folder


def cells(folder: Folder, key: str = "place") -> dict[str, Any]:
    """A field by sample."""
    return dict(zip(folder.dataset.samples, column(folder, key).cells(), strict=True))


def test_a_videos_metadata_reaches_its_frames(frames: Folder) -> None:
    """In its folder, whatever the letters of its suffix; what it lacks has the default; no file is left over."""
    assert cells(frames) == {
        "drive-000-mp4.png": "?",
        "drive-001-mp4.png": "?",
        "drive.png": "?",
        "other-0-avi.png": "bern",
        "sub/Walk-12-MOV.jpg": "ulm",
    }
    assert cells(frames, "speed")["other-0-avi.png"] == 5
    assert cells(frames, "speed")["sub/Walk-12-MOV.jpg"] == 0
    assert not any("belong to no sample" in note for note in run(frames, "place").notes)


def test_the_frames_own_file_wins(frames: Folder) -> None:
    """Value by value: what it doesn't have, or has as null, is the video's."""
    frames.write("metadata/other-0-avi.json", {"type": "frame", "metadata": {"place": "genf", "speed": None}})

    assert cells(frames)["other-0-avi.png"] == "genf"
    assert cells(frames, "speed")["other-0-avi.png"] == 5


@pytest.mark.parametrize(
    "content",
    [
        {"type": "image", "metadata": {"place": "x"}},
        {"metadata": {"place": "x"}},
        {"type": "video", "file_name": "other.mp4", "metadata": {"place": "x"}},
        {"file_name": "other.png", "metadata": {"place": "x"}},
    ],
)
def test_what_is_no_file_of_that_video_is_not_taken_for_one(frames: Folder, content: dict[str, Any]) -> None:
    """A file of an image, or of a video with another suffix, belongs to no sample here."""
    frames.write("metadata/other.json", content)

    assert cells(frames)["other-0-avi.png"] == "?"
    assert "metadata: 1 files belong to no sample: other.json" in run(frames, "place").notes


def test_a_video_without_a_type_is_known_by_its_name(frames: Folder) -> None:
    """As files of Lightly's own tools have it."""
    frames.write("metadata/other.json", {"file_name": "other.avi", "metadata": {"place": "x"}})

    assert cells(frames)["other-0-avi.png"] == "x"


def test_the_file_of_an_image_stays_its_own(frames: Folder) -> None:
    """An image that is called like a video keeps its metadata from the frames of the video."""
    frames.write("metadata/drive.json", {"type": "image", "metadata": {"place": "chur"}})

    assert cells(frames)["drive.png"] == "chur"
    assert cells(frames)["drive-000-mp4.png"] == "?"


def test_a_value_of_another_type_ends_the_run(frames: Folder) -> None:
    """It names the video's file."""
    frames.write("metadata/sub/Walk.json", {"type": "video", "metadata": {"speed": "fast"}})
    with pytest.raises(errors.MetadataError, match=r'sub.Walk\.json: speed is "fast", and NUMERIC_INT takes an int'):
        run(frames, "speed")


def test_a_videos_file_is_read_once(frames: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many frames it has."""
    frames.write("metadata/drive.json", {"type": "video", "metadata": {"place": "chur"}})
    (frames.root / "drive.png").unlink()
    read = reads(monkeypatch)
    assert [place for name, place in cells(frames).items() if name.startswith("drive")] == ["chur", "chur"]
    assert sum(path.name == "drive.json" for path in read) == 1
