"""Parquet and Arrow (Feather): only the columns that are used are read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from tamis.errors import DatasetError, MetadataError, MissingDependencyError
from tamis_plugins.anywhere.file import File
from tamis_plugins.tables.file import TableFile
from tamis_plugins.tables.types import Type, Typed, from_objects, from_texts

if TYPE_CHECKING:
    import pyarrow


class ArrowFile(TableFile):
    """A table whose columns have types.

    Args:
        file: The file.
        said: What columns are said to hold.
    """

    def __init__(self, file: File, said: Mapping[str, Type]) -> None:
        self._file = file
        schema = _read(file, [], schema=True)
        self._types = {field.name: type_ for field in schema if (type_ := arrow_type(field.type))}
        super().__init__(file.where, schema.names, said)

    def types(self) -> dict[str, Type]:
        """By the schema, or as they are said to be."""
        return {column: self.said.get(column, type_) for column, type_ in self._types.items()}

    def read(self, columns: Collection[str]) -> dict[str, Typed]:
        """From the file, these only."""
        table = _read(self._file, list(columns))
        return {
            column: arrow_column(
                table.column(column), self.said.get(column), f"{self.where}, column '{column}'", self.place
            )
            for column in columns
        }


def _read(file: File, columns: list[str], *, schema: bool = False) -> Any:
    """The schema, or columns. Raises `DatasetError` or `MissingDependencyError`."""
    try:
        import pyarrow
        from pyarrow import feather, ipc, parquet
    except ImportError:
        raise MissingDependencyError("pyarrow", f"{file.suffix} files", "parquet") from None
    try:
        if file.suffix == ".parquet":
            with _source(file) as source, parquet.ParquetFile(source, pre_buffer=file.path is None) as found:
                return found.schema_arrow if schema else found.read(columns=columns)
        with _source(file) as source:
            try:
                reader = ipc.open_file(source)
            except pyarrow.ArrowInvalid:  # a stream of batches
                source.seek(0)
                reader = ipc.open_stream(source)
                return reader.schema if schema else reader.read_all().select(columns)
            return reader.schema if schema else feather.read_table(source, columns=columns)
    except pyarrow.ArrowException as error:
        raise DatasetError(f"{file.where}: not {file.suffix[1:]}: {error}") from error
    except OSError as error:
        raise DatasetError(f"{file.where}: can't be read: {error.strerror or error}") from error


def _source(file: File) -> Any:
    """What Arrow reads: as much as it needs, where the file isn't here."""
    import pyarrow

    return pyarrow.memory_map(file.path) if file.path is not None else pyarrow.PythonFile(file.leaping(), mode="r")


def arrow_type(type_: pyarrow.DataType) -> Type | None:
    """What a column of an Arrow type holds; None if it can't be metadata, such as lists and bytes."""
    import pyarrow

    types = pyarrow.types
    if types.is_dictionary(type_):
        return arrow_type(type_.value_type)
    if types.is_boolean(type_):
        return "boolean"
    if types.is_integer(type_) or types.is_floating(type_) or types.is_decimal(type_):
        return "number"
    if types.is_timestamp(type_) or types.is_date(type_):
        return "date"
    if types.is_string(type_) or types.is_large_string(type_) or types.is_string_view(type_) or types.is_null(type_):
        return "category"
    return None


def arrow_column(column: Any, wanted: Type | None, where: str, place: Any) -> Typed:
    """A column, as it is or as it is said to be. Raises `MetadataError`."""
    import pyarrow

    type_ = arrow_type(column.type)
    if pyarrow.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if type_ is None:
        raise MetadataError(f"{where}: {column.type} can't be metadata")
    if wanted in (None, type_):
        if type_ == "number" and not pyarrow.types.is_integer(column.type):
            column = column.cast(pyarrow.float64())
        return Typed(type_, column)
    if type_ == "category":
        return from_texts([text or "" for text in column.to_pylist()], wanted, place)
    found = from_objects(column.to_pylist(), wanted, place)
    if found is None:
        raise MetadataError(f"{where}: {column.type} can't be made a {wanted}")
    return found
