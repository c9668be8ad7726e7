"""Every command of the page on formats selects, from small files made here."""

from __future__ import annotations

import io
import json
import re
import shlex
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base
from pyarrow import parquet

from tamis import Registry
from tests.conftest import photograph
from tests.plugins.saved_datasets import save

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "bring-your-data.md"
TEXT = PAGE.read_text(encoding="utf-8")
FENCES = re.findall(r'^```(\w+)(?: title="([^"]*)")?\n(.*?)^```$', TEXT, re.DOTALL | re.MULTILINE)
COMMANDS = [line for language, _, text in FENCES if language == "text" for line in text.splitlines()]
NAMES = [f"{('cat', 'dog')[number % 2]}/{number}.png" for number in range(8)]
WEATHER = ["sunny" if number < 6 else "rainy" for number in range(8)]
#: Whether a sample is of the second of the classes that a config balances.
ONE_OF_TWO: dict[str, Callable[[str], bool]] = {
    "labels.json": lambda stem: int(stem) % 2 == 1,
    "weather.json": lambda stem: int(stem) >= 6,
    "cameras.json": lambda stem: int(stem) % 2 == 1,
    "videos.json": lambda stem: stem.startswith("dog"),
    "sequences.json": lambda stem: int(stem.split("-")[1]) % 2 == 1,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the commands name."""
    root = tmp_path_factory.mktemp("data")
    for _, title, text in FENCES:
        if title:
            (root / title).write_text(text)
    contents = []
    for number, name in enumerate(NAMES):
        buffer = io.BytesIO()
        exif = Image.Exif()
        exif[Base.Model] = ("One", "Two")[number % 2]
        exif.get_ifd(IFD.Exif)[Base.ISOSpeedRatings] = 100
        photograph(number).save(buffer, "PNG", exif=exif)
        contents.append(buffer.getvalue())
        write(root / "photos" / name, contents[-1])
        write(root / "yolo" / "images" / "train" / Path(name).name, contents[-1])
        stem, animal = Path(name).stem, number % 2
        write(root / "yolo" / "labels" / "train" / f"{stem}.txt", f"{animal} 0.5 0.5 0.5 0.5\n")
        write(root / "kitti" / "label_2" / f"{stem}.txt", f"{('cat', 'dog')[animal]} 0 0 0 1 1 9 9 0 0 0 0 0 0 0\n")
        box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>"
        xml = f"<annotation><object><name>{('cat', 'dog')[animal]}</name>{box}</object></annotation>"
        write(root / "voc" / "Annotations" / f"{stem}.xml", xml)
    write(root / "yolo" / "data.yaml", "train: images/train\nnames: [cat, dog]\n")
    images = [{"id": number, "file_name": name, "width": 48, "height": 32} for number, name in enumerate(NAMES)]
    boxes = [{"image_id": number, "category_id": number % 2, "bbox": [1, 1, 9, 9]} for number in range(8)]
    categories = [{"id": 0, "name": "cat"}, {"id": 1, "name": "dog"}]
    truth = {"images": images, "categories": categories, "annotations": boxes}
    write(root / "instances.json", json.dumps(truth))
    write(root / "results.json", json.dumps([{**box, "score": 0.5} for box in boxes]))
    rows = [{"file": name, "weather": weather, "zip": 8000} for name, weather in zip(NAMES, WEATHER, strict=True)]
    write(root / "meta.csv", "file,weather,zip\n" + "".join(f"{','.join(map(str, row.values()))}\n" for row in rows))
    write(root / "meta.jsonl", "\n".join(map(json.dumps, rows)))
    (root / "shards").mkdir()
    for shard in range(2):
        with tarfile.open(root / "shards" / f"train-{shard:03}.tar", "w") as archive:
            for number in (shard, shard + 2, shard + 4, shard + 6):
                for suffix, content in ((".png", contents[number]), (".json", json.dumps(rows[number]).encode())):
                    member = tarfile.TarInfo(f"{number}{suffix}")
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))
    (root / "data").mkdir()
    structs = [{"bytes": content, "path": name} for content, name in zip(contents, NAMES, strict=True)]
    parquet.write_table(pa.table({"image": structs, "weather": WEATHER}), root / "data" / "train.parquet")
    parquet.write_table(pa.table({"file": NAMES, "weather": WEATHER}), root / "samples.parquet")
    columns = {"image": structs, "weather": WEATHER}
    save(root / "saved", columns, {"image": {"_type": "Image"}}, files=2)
    save(root / "splits" / "train", columns, {"image": {"_type": "Image"}})
    (root / "splits" / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test"]}))
    name_box = {"top": 1, "left": 1, "height": 9, "width": 9}
    rows_of_labelbox, images_of_cvat = [], []
    for number, name in enumerate(NAMES):
        animal = ("cat", "dog")[number % 2]
        found = {"annotations": {"objects": [{"name": animal, "bounding_box": name_box}], "classifications": []}}
        rows_of_labelbox.append({"data_row": {"global_key": name}, "projects": {"p": {"name": "P", "labels": [found]}}})
        box = f'<box label="{animal}" xtl="1" ytl="1" xbr="10" ybr="10"/>'
        images_of_cvat.append(f'<image id="{number}" name="{name}" width="48" height="32">{box}</image>')
    write(root / "export.ndjson", "\n".join(map(json.dumps, rows_of_labelbox)))
    write(root / "annotations.xml", f"<annotations>{''.join(images_of_cvat)}</annotations>")
    videos = [
        {"id": number, "file_names": [f"{animal}/{frame:05}.jpg" for frame in range(8)], "width": 64, "height": 48}
        for number, animal in enumerate(("cat", "dog"))
    ]
    tracks = [{"video_id": number, "category_id": number, "bboxes": [[1, 1, 9, 9]] * 8} for number in range(2)]
    write(root / "tracks.json", json.dumps({"videos": videos, "categories": categories, "annotations": tracks}))
    (root / "clips").mkdir()
    for animal in ("cat", "dog"):
        film(root / "clips" / f"{animal}.mp4")
    return root


def film(path: Path) -> None:
    """A video of eight frames."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(8):
            pixels = np.full((48, 64, 3), number * 30, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())


def write(path: Path, content: str | bytes) -> None:
    """A file, and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize("command", COMMANDS, ids=[command.rpartition(" ")[2] for command in COMMANDS])
def test_the_command_selects(command: str, folder: Path) -> None:
    """As many of each class as there can be."""
    program, *arguments = shlex.split(command)
    assert program == "tamis"
    done = subprocess.run([sys.executable, "-m", "tamis", *arguments], cwd=folder, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    selected = (folder / arguments[-1] / "selected.txt").read_text().split()
    one_of_two = ONE_OF_TWO["videos.json" if arguments[-1] == "out-tracks" else arguments[1]]
    of_class = [one_of_two(Path(name).stem) for name in selected]
    assert (len(of_class), sum(of_class)) == (4, 1 if arguments[-1] == "out-tar" else 2)


def test_every_format_and_source_is_on_the_page() -> None:
    """One that is new has to be written about."""
    registry = Registry(allow=["tamis"], environ=False)
    words = {"folder": "photos", "files": "In Python"}  # a folder, and a list, which is on another page

    for kind in ("annotation", "source"):
        for key in registry.keys(kind):
            assert words.get(key, key) in TEXT.lower() or words.get(key, key) in TEXT, key
