"""A number or a category for each sample, from a table of a SQLite database.

``database`` is a file, ``table`` a table in it, ``column`` the values to take, and ``key`` the column that holds the
names of the samples. As a NUMBER it works with WEIGHTS and THRESHOLD, as a CATEGORY with BALANCE. A sample that the
table doesn't have, or whose value is NULL, is left out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from tamis import About, Column, Context, InputProvider, Kind, Params, errors, hookimpl


@contextmanager
def opened(params: Params) -> Iterator[sqlite3.Connection]:
    """The database, for reading only."""
    try:
        uri = f"{Path(params['database']).absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise errors.ParameterError("database", f"{params['database']!r} can't be read: {error}") from error


def kind(params: Params, about: About) -> Kind:
    """By ``form``, once it is certain that there are such a table and such columns."""
    with opened(params) as connection:
        found = [name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (params["table"],))]
    if not found:
        raise errors.ParameterError("table", f"{params['database']!r} has no table {params['table']!r}")
    for parameter in ("key", "column"):
        if (name := params[parameter]) not in found:
            hint = errors.did_you_mean(name, found)
            raise errors.ParameterError(parameter, f"table {params['table']!r} has no column {name!r}{hint}")
    return Kind.SCALAR if params["form"] == "NUMBER" else Kind.CATEGORY


def provide(params: Params, context: Context) -> Column:
    """A row for each sample."""
    key, column, table = (_quoted(params[name]) for name in ("key", "column", "table"))
    with opened(params) as connection:
        values = dict(connection.execute(f"SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL"))
    found = [values.get(sample) for sample in context.samples]
    missing = {row: f"no {params['column']} in {params['table']}" for row, value in enumerate(found) if value is None}
    if params["form"] == "CATEGORY":
        labels = tuple(sorted({str(value) for value in found if value is not None}))
        codes = {label: code for code, label in enumerate(labels)}
        indices = np.array([-1 if value is None else codes[str(value)] for value in found])
        return Column(params["column"], Kind.CATEGORY, indices, labels=labels, valid=indices >= 0, reasons=missing)
    numbers = np.full(len(found), np.nan)
    for row, value in enumerate(found):
        if isinstance(value, (int, float)):
            numbers[row] = value
        elif value is not None:
            missing[row] = f"its {params['column']} is {value!r}, not a number"
    return Column(params["column"], Kind.SCALAR, numbers, reasons=missing)


def _quoted(name: str) -> str:
    """As SQL has the names of tables and columns."""
    return '"{}"'.format(name.replace('"', '""'))


@hookimpl
def tamis_input_providers() -> list[InputProvider]:
    """Declare ACME_SQL."""
    name = {"type": "string", "minLength": 1}
    schema = {
        "properties": {
            "database": {**name, "description": "Path of a SQLite file."},
            "table": {**name, "description": "A table or view in it."},
            "column": {**name, "description": "The column that holds the values."},
            "key": {**name, "default": "sample", "description": "The column that holds the names of the samples."},
            "form": {"enum": ["NUMBER", "CATEGORY"], "default": "NUMBER", "description": "What the values are."},
        },
        "required": ["database", "table", "column"],
    }
    return [InputProvider("ACME_SQL", provide, kind=kind, schema=schema, doc=__doc__ or "")]
