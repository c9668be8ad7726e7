"""tamis's own plugins, by the checks that anybody's have to pass."""

from __future__ import annotations

from collections import Counter

from tamis import Registry, testing
from tamis.testing.suites import SUITES
from tests.unit.test_testing import names_of


def test_everything_built_in_passes_and_all_of_it_is_checked() -> None:
    """Every plugin that the registry lists, by every check of its kind; what is skipped is named here."""
    results = testing.check_distribution("tamis")
    plugins = [status.plugin for status in Registry(environ=False, allow=["tamis"]).plugins() if not status.reason]

    assert [result for result in results if result.status == "failed"] == []
    ran = Counter(result.subject for result in results)
    assert ran == {
        **{f"{plugin.kind} {plugin.key}": 1 + len(names_of(SUITES[plugin.kind])) for plugin in plugins},
        "distribution tamis": 2,
    }
    assert sum(ran.values()) > 600
    assert {result.subject for result in results if result.status == "skipped"} == SKIPPED


#: Built-ins of which some check doesn't apply: categories, which have no range; those that need a model or a location;
#: what has one of two functions; and objectives that take no rows.
SKIPPED = {
    *(f"metric {key}" for key in ("exif.camera", "exif.lens", "exif.time.hour", "exif.time.month")),
    *(f"metric tamis.{key}" for key in ("format", "jpegQuality", "mode")),
    "section umap",
    *(f"strategy {name}" for name in ("BALANCE", "THRESHOLD", "WEIGHTS")),
    "task lightly_pretagging",
    *(f"annotation {name}" for name in ("coco", "cvat", "folders", "kitti", "labelbox", "path", "table", "voc")),
    *(f"annotation {name}" for name in ("yolo", "youtubevis")),
    *(f"export {name}" for name in ("coco", "cvat", "files", "huggingface", "labelstudio", "lightly", "lightlystudio")),
    *(f"export {name}" for name in ("sequences", "table", "tar", "voc", "yolo")),  # of selections only
    "embedder descriptor",
    "embedder files",
    *(f"embedder {name}" for name in ("onnx", "open_clip", "pretrained", "timm", "torch", "transformers")),
    *(f"source {name}" for name in ("files", "huggingface", "parquet", "tar", "url", "video")),
    *(f"executor {name}" for name in ("dask", "ray")),
}
