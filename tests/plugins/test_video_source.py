"""Frames of videos: which there are, that they are PyAV's own, and what a broken one costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tamis import Dataset, Registry, Selection, Store, compute, errors, select
from tamis.testing import check_source
from tamis_plugins.sources import video as plugin
from tamis_plugins.videos import decoding
from tamis_plugins.videos.timeline import timeline_of
from tests.conftest import photograph

REGISTRY = Registry(allow=["tamis"], environ=False)
KEYS = ["lightly.sharpness", "lightly.luminance"]
CODECS = {".avi": "mpeg4", ".webm": "libvpx-vp9", ".mpg": "mpeg2video", ".hevc": "libx265"}


def film(path: Path, count: int = 30, rate: int = 25) -> Path:
    """A video of frames that all differ, with a key frame every eighth."""
    path.parent.mkdir(exist_ok=True)
    codec = CODECS.get(path.suffix.lower(), "libx264")
    options = {"x265-params": "log-level=none:pools=none"} if codec == "libx265" else {}
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 64, 48, "yuv420p", 8
        y, x = np.mgrid[:48, :64]
        for number in range(count):
            pixels = np.stack([x * 4 + number, y * 5, np.full_like(x, number * 8)], axis=-1) % 256
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels.astype(np.uint8), format="rgb24")))
        container.mux(stream.encode())
    return path


def frames(path: Path) -> list[npt.NDArray[np.uint8]]:
    """The pixels that PyAV by itself gives."""
    with av.open(str(path)) as container:
        return [np.asarray(frame.to_image()) for frame in container.decode(video=0)]  # type: ignore[no-untyped-call]


def pixels(dataset: Dataset, name: str) -> npt.NDArray[np.uint8]:
    """What the dataset has of a sample."""
    with dataset.image(name) as image:
        return np.asarray(image)


def damage(path: Path, number: int) -> None:
    """Have the packet of a frame hold nothing that makes sense."""
    with av.open(str(path)) as container:
        found = sorted(
            (packet.pts or 0, packet.pos or 0, packet.size) for packet in container.demux(video=0) if packet.size
        )
    _, position, size = found[number]
    content = bytearray(path.read_bytes())
    content[position + 4 : position + size] = b"\xff" * (size - 4)
    path.write_bytes(content)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", *CODECS])
def test_frames_are_pyavs(suffix: str, tmp_path: Path) -> None:
    """Each pixel of each, in whichever order they are asked for."""
    path = film(tmp_path / f"walk{suffix}")
    dataset = Dataset.open(path, registry=REGISTRY)
    expected = frames(path)

    assert dataset.samples == tuple(f"walk-{number:02}-{suffix[1:]}.png" for number in range(30))
    assert len(expected) == 30
    for numbers in (range(30), range(29, -1, -5), [3, 27, 4, 4, 20, 9, 10]):
        for number in numbers:
            assert np.array_equal(pixels(dataset, dataset.samples[number]), expected[number]), number


def test_a_folder_of_videos_needs_no_option(tmp_path: Path) -> None:
    """Videos are in the order of their paths, each a part; digits are as many as those of the number of frames."""
    film(tmp_path / "b.mp4", 10)
    film(tmp_path / "day 1" / "a.MOV", 9)
    (tmp_path / "notes.txt").write_text("none")
    dataset = Dataset.open(tmp_path, registry=REGISTRY)
    found = dataset.annotations.metadata(("video.time", "video.name"), dataset.samples, lambda done, total: None)

    assert dataset.samples[:2] == ("b-00-mp4.png", "b-01-mp4.png")
    assert dataset.samples[10:] == tuple(f"day 1/a-{number}-MOV.png" for number in range(9))
    assert (dataset.parts, dataset.ignored) == ((0, 10), 1)
    assert found.columns["video.name"].cells() == ["b.mp4"] * 10 + ["day 1/a.MOV"] * 9
    assert found.columns["video.time"].cells()[10:] == [number / 25 for number in range(9)]


def test_several_workers_decode_few_frames_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one does in a row begins at a key frame: at most what lies before that, back to another, is done again."""
    path = film(tmp_path / "a.mp4", 300)
    dataset = Dataset.open(path, registry=REGISTRY)
    keys = timeline_of(str(path)).keys.tolist()
    advanced: list[int] = []
    real = decoding._Decoder._advance

    def counting(self: Any) -> None:
        real(self)
        advanced.append(self._at)

    monkeypatch.setattr(decoding._Decoder, "_advance", counting)
    table = compute(dataset, ["lightly.luminance"], registry=REGISTRY, executor=ThreadPoolExecutor(3))

    assert not table.failures
    assert len(keys) > 4
    assert set(dataset.units) <= set(keys)
    assert dataset.parts == (0,)
    assert min(np.diff([*dataset.units, 300 + 64])) >= 64
    assert set(advanced) == set(range(300))
    assert len(advanced) <= 300 + 8 * len(dataset.units)


def test_a_folder_with_images_is_one_of_images(tmp_path: Path) -> None:
    """Unless it is said that the videos are meant."""
    film(tmp_path / "a.mp4", 3)
    (tmp_path / "sub").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "sub" / "a.png")

    assert Dataset.open(tmp_path, registry=REGISTRY).samples == ("sub/a.png",)
    assert len(Dataset.open(tmp_path, "video", registry=REGISTRY)) == 3


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ({"every": 10}, [0, 10, 20]),
        ({"fps": 25}, list(range(30))),
        ({"fps": 5}, [0, 5, 10, 15, 20, 25]),
        ({"fps": 2}, [0, 13, 25]),  # 0.5 s is between the frames 12 and 13
        ({"fps": 0.5}, [0]),
    ],
)
def test_some_frames(options: dict[str, Any], numbers: list[int], tmp_path: Path) -> None:
    """They keep the names that they have among all; they have their pixels."""
    path = film(tmp_path / "a.mp4")
    dataset = Dataset.open(path, registry=REGISTRY, **options)
    expected = frames(path)

    assert dataset.samples == tuple(f"a-{number:02}-mp4.png" for number in numbers)
    for name, number in zip(dataset.samples, numbers, strict=True):
        assert np.array_equal(pixels(dataset, name), expected[number])


def test_each_frame_is_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is measured, and not at all in a second run; metadata needs no decoding either."""
    film(tmp_path / "a.mp4", 40)
    film(tmp_path / "b.webm", 40)
    opened: Counter[str] = Counter()
    decoded: Counter[str] = Counter()
    real = decoding._Decoder._decoded

    def counting(self: Any, *, whole: bool) -> Any:
        opened[self._path] += 1
        for found in real(self, whole=whole):
            decoded[self._path] += 1
            yield found

    monkeypatch.setattr(decoding._Decoder, "_decoded", counting)
    dataset = Dataset.open(tmp_path, registry=REGISTRY)
    store = Store(tmp_path / "store")
    with ThreadPoolExecutor(1) as executor:
        first = compute(dataset, [*KEYS, "video.time"], executor=executor, store=store)
        assert set(opened.values()) == {1}
        assert set(decoded.values()) == {40}
        opened.clear()
        again = compute(dataset, [*KEYS, "video.time"], executor=executor, store=store)
    balance = {
        "input": {"type": "METADATA", "key": "video.name"},
        "strategy": {"type": "BALANCE", "distribution": "UNIFORM"},
    }
    chosen = select(dataset, {"n_samples": 2, "strategies": [balance]}, store=store).selected

    assert not opened
    assert all(first[key].equals(again[key]) for key in KEYS)
    assert sorted(name[0] for name in chosen) == ["a", "b"]


def test_sequences_are_of_one_video(tmp_path: Path) -> None:
    """Each is of frames that follow each other in it."""
    for name, count in (("a.mp4", 10), ("b.mp4", 7)):
        film(tmp_path / name, count)
    diversity = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
    config = {"proportion_samples": 1, "selected_sequence_length": 3, "strategies": [diversity]}
    chosen = select(Dataset.open(tmp_path, registry=REGISTRY), config, registry=REGISTRY).selected

    assert sorted(chosen) == [f"a-{number:02}-mp4.png" for number in range(9)] + [f"b-{n}-mp4.png" for n in range(6)]
    for first, second, third in zip(chosen[::3], chosen[1::3], chosen[2::3], strict=True):
        numbers = [int(name.split("-")[1]) for name in (first, second, third)]
        assert numbers == list(range(numbers[0], numbers[0] + 3))
        assert numbers[0] % 3 == 0
        assert first[0] == second[0] == third[0]


def test_exports_have_frames_and_their_timestamps(tmp_path: Path) -> None:
    """Frames as PNG, and sequences as LightlyOne told of them; of a selection that was written, too."""
    film(tmp_path / "films" / "a.mp4", 12)
    diversity = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
    config = {"n_samples": 3, "selected_sequence_length": 3, "strategies": [diversity]}
    dataset = Dataset.open(tmp_path / "films")
    select(dataset, config).write(tmp_path / "out")
    selection = Selection.read(tmp_path / "out")
    first = int(selection.selected[0].split("-")[1])
    selection.export("sequences", tmp_path / "sequence_information.json")
    selection.export("files", tmp_path / "frames")
    with av.open(str(tmp_path / "films" / "a.mp4")) as container:
        expected = [(frame.pts, frame.time) for frame in container.decode(video=0)][first : first + 3]

    assert json.loads((tmp_path / "sequence_information.json").read_text()) == [
        {
            "video_name": "a.mp4",
            "frame_names": list(selection.selected),
            "frame_timestamps_pts": [stamp for stamp, _ in expected],
            "frame_timestamps_sec": [seconds for _, seconds in expected],
            "frame_indices": [first, first + 1, first + 2],
        }
    ]
    for name in selection.selected:
        assert np.array_equal(np.asarray(Image.open(tmp_path / "frames" / name)), pixels(dataset, name))
    alone = Dataset.from_images(["b-7-mov.png", "b.png"], [photograph(0), photograph(1)])
    select(alone, {"n_samples": 2, "strategies": [diversity]}).export("sequences", tmp_path / "other.json")
    told = json.loads((tmp_path / "other.json").read_text())

    assert [(each["video_name"], each["frame_indices"]) for each in told] == [("b.mov", [7]), (None, [None])]
    assert told[0]["frame_timestamps_sec"] == [None]


def test_workers_agree(tmp_path: Path) -> None:
    """On every number."""
    film(tmp_path / "a.mp4")
    dataset = Dataset.open(tmp_path, registry=REGISTRY)
    one, two = (compute(dataset, KEYS, jobs=jobs) for jobs in (1, 2))

    assert all(one[key].equals(two[key]) for key in KEYS)
    assert not one.failures


@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".webm"])
def test_a_broken_frame_is_named(suffix: str, tmp_path: Path) -> None:
    """It alone has failed: the others are there."""
    path = film(tmp_path / f"a{suffix}")
    damage(path, 13)
    dataset = Dataset.open(path, registry=REGISTRY)
    table = compute(dataset, KEYS, registry=REGISTRY)

    assert len(dataset) == 30
    assert [failure.sample for failure in table.failures] == [f"a-13-{suffix[1:]}.png"]
    assert table.failures[0].stage == "open"
    assert "the frame" in table.failures[0].reason


def test_what_is_no_video_costs_itself(tmp_path: Path) -> None:
    """And is named; so is one without frames, and one that was cut off before its end keeps what it has."""
    film(tmp_path / "a.mp4", 5)
    (tmp_path / "b.mp4").write_bytes(b"no video")
    (tmp_path / "c.mov").write_bytes(b"")
    path = film(tmp_path / "d.webm", 30)
    os.truncate(path, path.stat().st_size // 2)
    dataset = Dataset.open(tmp_path, registry=REGISTRY)
    known = {name.partition("-")[0] for name in dataset.samples}

    assert known == {"a", "d"}
    assert [failure.sample for failure in dataset.failures] == ["b.mp4", "c.mov"]
    assert "not a video that can be read" in dataset.failures[0].reason
    with pytest.raises(errors.DatasetError, match=r"no frame in .*b\.mp4"):
        Dataset.open(tmp_path / "b.mp4", registry=REGISTRY)
    with pytest.raises(errors.ConfigError, match="one of them is enough"):
        Dataset.open(tmp_path / "a.mp4", registry=REGISTRY, every=2, fps=1)


def test_a_playlist_is_no_video(tmp_path: Path) -> None:
    """Whatever it is called: FFmpeg would read what it names, and fetch it."""
    film(tmp_path / "secret.mp4", 3)
    for name, target in (("a.mp4", tmp_path / "secret.mp4"), ("b.mov", "http://127.0.0.1:9/x.ts")):
        lines = ("#EXTM3U", "#EXT-X-TARGETDURATION:1", "#EXTINF:1,", str(target), "#EXT-X-ENDLIST", "")
        (tmp_path / name).write_text("\n".join(lines))
    (tmp_path / "c.avi").write_text("ffconcat version 1.0\nfile 'secret.mp4'\n")
    dataset = Dataset.open(tmp_path, registry=REGISTRY)

    assert [failure.sample for failure in dataset.failures] == ["a.mp4", "b.mov", "c.avi"]
    assert dataset.samples == tuple(f"secret-{number}-mp4.png" for number in range(3))


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("gone.mp4", r"the video '.*gone.mp4' does not exist"),
        ("gone", "the input folder '.*gone' does not exist"),
        ("notes.txt", "can't be told by its name: it doesn't end in .mp4, "),
        ("empty", "no video in .*empty: none of its files ends in .mp4, "),
    ],
)
def test_what_is_no_location_is_said(location: str, message: str, tmp_path: Path) -> None:
    """Before any work."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").touch()
    with pytest.raises(errors.DatasetError, match=message):
        Dataset.open(tmp_path / location, "video", registry=REGISTRY)


def test_a_video_that_changes_is_measured_again(tmp_path: Path) -> None:
    """It is known by its size and time."""
    store = Store(tmp_path / "store")
    path = tmp_path / "a.mp4"
    values = []
    for count in (5, 8):
        film(path, count, rate=count * 5)
        os.utime(path, ns=(count * 10**9, count * 10**9))
        table = compute(Dataset.open(path, registry=REGISTRY), KEYS, registry=REGISTRY, store=store)
        values.append(table[KEYS[1]].values.tolist())
        own = [Image.fromarray(each) for each in frames(path)]
        given = compute(Dataset.from_images([str(number) for number in range(count)], own), KEYS)
        assert values[-1] == given[KEYS[1]].values.tolist()

    assert [len(each) for each in values] == [5, 8]


def test_without_the_extra_videos_are_counted(tmp_path: Path) -> None:
    """With the command that installs it."""
    for name in ("a.mp4", "b.mp4", "c.MOV"):
        (tmp_path / name).touch()
    hiding = "import sys; sys.modules['av'] = None; from tamis.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", hiding, "compute", "lightly.width", "--input", str(tmp_path)],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 2
    assert "holds videos (2 .mp4, 1 .mov): reading frames needs PyAV: pip install 'tamis[video]'" in done.stderr


def test_conformance(tmp_path: Path) -> None:
    """No check of the kit fails."""
    (declared,) = plugin.tamis_sources()
    results = check_source(declared, location=str(film(tmp_path / "a.mp4")))
    assert [result for result in results if result.status == "failed"] == []
