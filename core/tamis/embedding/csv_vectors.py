"""Embeddings in a CSV file, as Lightly's worker takes it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import numpy as np
import numpy.typing as npt

from tamis.embedding.vector_rows import FILENAMES, FLAGS, LABELS, VectorRows, flag, numbered
from tamis.suggestion import did_you_mean


def read_csv(path: Path) -> VectorRows:
    """The rows of a file. Raises `ValueError` that names the line, and `OSError`."""
    with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:  # names need not be text
        return _parse_csv(file)


def _parse_csv(file: TextIO) -> VectorRows:
    lines = csv.reader(file)
    try:
        header = next(lines, [])
    except csv.Error as error:
        raise ValueError(f"line {lines.line_num}: {error}") from error
    columns, flags = _columns(header)
    names: list[str] = []
    values: list[npt.NDArray[np.float64]] = []
    marks: dict[str, list[bool]] = {name: [] for name in flags}
    try:
        for row in lines:
            if len(row) != len(header):
                raise ValueError(f"{len(row) or 'no'} cells for {len(header)} columns")
            names.append(row[0])
            values.append(np.array([float(row[column]) for column in columns], dtype=np.float64))
            for name, column in flags.items():
                marks[name].append(flag(row[column], name))
    except (ValueError, csv.Error) as error:
        raise ValueError(f"line {lines.line_num}: {error}") from error
    array = np.array(values, dtype=np.float64).reshape(len(names), len(columns))
    return VectorRows(names, array, {name: np.array(mark, dtype=bool) for name, mark in marks.items()})


def _columns(header: Sequence[str]) -> tuple[list[int], dict[str, int]]:
    """Where a CSV file has the numbers of the vectors, in order, and its flags. Raises `ValueError`."""
    for name in header:
        if name != name.strip():
            raise ValueError(f"the column name {name!r} has white space around it")
    if not header or header[0] != FILENAMES:
        raise ValueError(f"the first column is {header[0] if header else ''!r}, not '{FILENAMES}'")
    if LABELS not in header:
        raise ValueError(f"there is no column '{LABELS}'{did_you_mean(LABELS, header)}")
    flags = {name: header.index(name) for name in FLAGS if name in header}
    columns = numbered([name for name in header[1 : header.index(LABELS)] if name not in flags])
    return [header.index(name) for name in columns], flags
