"""A tag in a dataset of LightlyStudio: the selected images are found by it there (extra ``lightlystudio``).

The target is the database: a file, by default ``lightly_studio.db`` in the folder where LightlyStudio was started, or
an address such as ``postgresql://user@host/studio``. ``dataset`` is the dataset's name in it, by default the name that
LightlyStudio gives, and ``tag`` the name of the tag. Each selected image must be in the dataset already, by the path
where it is now; ``root`` says where else LightlyStudio has the images, such as ``s3://bucket/photos/``. If one isn't
there, it is named, and nothing is tagged.

A tag that images have already is kept, and the export refused, unless ``force`` is true; it is then taken from all
others. A file is open to one process at a time: stop LightlyStudio first, or call this export by
`tamis.Selection.export` in the process that it runs in. Tags know no order: the export ``table`` has the ranks.
"""

from __future__ import annotations

from collections.abc import Iterator

from tamis import Export, Images, Params, Selection, hookimpl, without_secrets
from tamis.errors import OutputError
from tamis_plugins.image_files.putting import images_of
from tamis_plugins.lightlystudio.asking import check_installed, tagged, url_of

#: Missing images to name.
_NAMED = 3
_ELSEWHERE = ": the option root says where LightlyStudio has the images"


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    """Tag the images, all or none."""
    check(target, options)
    paths = _paths(selection, options.get("root"))
    name = options["tag"]
    told = tagged(target, dataset=options.get("dataset"), name=name, paths=[*paths], force=options["force"])
    if "problem" in told:
        raise OutputError(f"{without_secrets(target)!r} can't be written to: {without_secrets(told['problem'])}")
    if "missing" in told:
        raise OutputError(_missing([paths[path] for path in told["missing"]], told))
    if "tagged" in told:
        how = "use --force to replace it, in Python force=True"
        raise OutputError(f"{told['tagged']} images have the tag {name!r} already: {how}")
    yield f"tag {name!r} of {len(paths)} images -> {without_secrets(target)}"


def _paths(selection: Selection, root: str | None) -> dict[str, str]:
    """The selected samples by their paths in LightlyStudio."""
    if root is not None:
        return {f"{root.rstrip('/')}/{name}": name for name in selection.selected}
    images = images_of(selection.dataset, _ELSEWHERE)
    return {_path_of(images, name): name for name in selection.selected}


def _path_of(images: Images, name: str) -> str:
    if (file := images.path(name)) is None:
        raise OutputError(f"{name!r} is no file of this machine{_ELSEWHERE}")
    return file.absolute().as_posix()


def _missing(names: list[str], told: Params) -> str:
    shown = ", ".join(map(repr, names[:_NAMED])) + (f" and {len(names) - _NAMED} more" if names[_NAMED:] else "")
    known = f"there is {told['known']!r}, for one{_ELSEWHERE}" if told["known"] else "there are no images"
    return f"LightlyStudio's dataset lacks {shown}: {told['missing'][0]!r} isn't there; {known}"


def check(target: str, options: Params) -> None:
    """Refuse a database that isn't there."""
    check_installed()
    url_of(target)


@hookimpl
def tamis_exports() -> list[Export]:
    """Declare lightlystudio."""
    text = {"type": "string", "minLength": 1}
    schema = {
        "properties": {
            "dataset": {**text, "description": "The dataset's name; by default the one that LightlyStudio gives."},
            "tag": {**text, "default": "selected", "description": "What the tag is called."},
            "root": {**text, "description": "What stands before each name there; by default where the images are."},
            "force": {"type": "boolean", "default": False, "description": "Take the tag from images that have it."},
        },
        "examples": [{"dataset": "street", "tag": "batch-1"}],
    }
    return [Export("lightlystudio", write, check=check, schema=schema, doc=__doc__ or "")]
