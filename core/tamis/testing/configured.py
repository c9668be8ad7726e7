"""What is checked of a plugin that a config gives parameters to."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, wraps
from typing import Any, ClassVar

from tamis import Params, errors, select
from tamis.config.reading import with_defaults
from tamis.testing.checking import Skip, fail, require
from tamis.testing.suite import Suite
from tamis.validation import check_schema, find_problems


class ConfiguredSuite(Suite):
    """Checks of a declaration with a ``schema``.

    Args:
        params: Parameters to try, each valid; by default the ``examples`` of the schema, or none if none is required.
    """

    arguments: ClassVar[tuple[str, ...]] = ("type",)
    """Names of arguments beside which options are given."""

    def __init__(self, declaration: Any, *, params: Sequence[Params] = (), **options: Any) -> None:
        super().__init__(declaration, **options)
        self._given = params

    @cached_property
    def params(self) -> list[dict[str, Any]]:
        """Parameters to try, defaults filled in."""
        schema = self.declaration.schema
        params = self._given or schema.get("examples") or ([] if schema.get("required") else [{}])
        if not params:
            raise Skip("it needs parameters: put `examples` into its schema, or pass params=")
        return [with_defaults(dict(each), schema) for each in params]

    def params_with_words(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Parameters to try, and what a message calls each."""
        for params in self.params:
            yield params, f"with {params}" if params else "without parameters"

    def keeping(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function; it fails the check if it changes the parameters that it is given."""

        @wraps(function)
        def keep(*args: Any, **named: Any) -> Any:
            before = [copy.deepcopy(arg) for arg in args if isinstance(arg, dict)]
            result = function(*args, **named)
            require(before == [arg for arg in args if isinstance(arg, dict)], "it changes its parameters")
            return result

        return keep

    def check_schema(self) -> None:
        """Its schema is JSON Schema 2020-12 that stands by itself: nothing is ever fetched."""
        try:
            check_schema(dict(self.declaration.schema))
        except ValueError as error:
            fail(str(error))
        for name in self.arguments:
            taken = name in self.declaration.schema.get("properties", {})
            require(not taken, f"an option can't be called '{name}': that is an argument of the functions that take it")

    def check_schema_examples(self) -> None:
        """The defaults and examples in its schema are valid by it, and so are the parameters given to the check."""
        schema = {"additionalProperties": False, **self.declaration.schema}
        for example in (*schema.get("examples", ()), *self._given):
            for problem in find_problems(with_defaults(dict(example), schema), schema):
                fail(f"example {example}: {problem}")
        for name, rule in schema.get("properties", {}).items():
            if isinstance(rule, Mapping) and "default" in rule:
                for problem in find_problems(rule["default"], {**rule, "$defs": schema.get("$defs", {})}):
                    fail(f"default of '{name}': {problem}")


def runs(dataset: Any, registry: Any, entry: Mapping[str, Any], **options: Any) -> Any:
    """A selection by one entry; what a plugin raises in it fails the check."""
    try:
        return select(dataset, {"n_samples": 3, "strategies": [entry], **options}, registry=registry)
    except errors.MissingDependencyError as error:
        raise Skip(str(error)) from error
    except errors.BrokenPluginError as error:
        if isinstance(error.__cause__, AssertionError):
            raise error.__cause__ from None
        raise
