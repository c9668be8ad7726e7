"""Vectors made elsewhere, from a file that has a row for each image.

``file`` is one of three: a CSV file as Lightly's worker takes it (columns ``filenames``, ``embedding_0``, ...,
``labels``; 1 in ``masked`` leaves a sample out altogether, in ``selected`` counts it as picked); a NumPy array,
``.npy``, with the names of its rows as lines of ``names`` (by default the same file name with the suffix ``.txt``);
Parquet, with the columns of CSV or one of lists named ``embedding``. A relative path is looked up in the current
folder, then where the dataset's annotations keep vectors: ``.lightly/embeddings``.

Filenames are those of the samples: paths relative to the input folder. An image without a row has no vector and is left
out; a row without an image is noted. There are no vectors of objects in such files.
"""

from __future__ import annotations

from pathlib import Path

from tamis import Dataset, Embedder, Memory, Params, Vectors, errors, hookimpl, read_embeddings


def lookup(dataset: Dataset, options: Params, memory: Memory | None = None) -> Vectors:
    """Find the file and read it."""
    names = options.get("names")
    return read_embeddings(
        _located(options["file"], dataset),
        dataset.samples,
        names=_located(names, dataset) if names else None,
        memory=memory,
    )


def _located(path: str, dataset: Dataset) -> Path:
    if Path(path).is_file():
        return Path(path)
    if found := dataset.annotations.vectors(path):
        return found
    where = f", nor among the vectors of {dataset.annotations.where}" if dataset.annotations.where else ""
    raise errors.EmbeddingError(f"there is no file {path!r}{where}")


@hookimpl
def tamis_embedders() -> list[Embedder]:
    """Declare files."""
    path = {"type": "string", "minLength": 1}
    schema = {
        "properties": {
            "file": {**path, "description": "A .csv, .npy or .parquet file."},
            "names": {**path, "description": "With .npy: a text file with the name of each row."},
        },
        "required": ["file"],
    }
    return [Embedder("files", lookup=lookup, schema=schema, doc=__doc__ or "")]
