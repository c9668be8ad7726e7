"""Views: what metrics share of an image."""

from __future__ import annotations

import inspect
import keyword
import re
from collections.abc import Callable
from typing import Any

import attrs

from tamis.declarations.checks import Attribute, clean, is_function, is_name

#: The views that tamis itself provides: what opening an image gives, and what decoding it gives.
ROOT_VIEWS = ("file_size", "header", "exif", "info", "content", "image")


def needs_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the views that a function asks for: its parameters without a default.

    Raises:
        TypeError: a parameter can't be passed by name (``*args``, ``**kwargs``, positional-only).
    """
    needs = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise TypeError(f"parameter '{parameter}' of {function!r} can't be passed by name")
        if parameter.default is parameter.empty:
            needs.append(name)
    return tuple(needs)


def _is_view_name(declaration: Any, attribute: Attribute, name: Any) -> None:
    is_name(declaration, attribute, name)
    if name in ROOT_VIEWS:
        raise ValueError(f"tamis itself provides the view of the name {name!r}")
    if not re.fullmatch(r"[a-z]\w*", name) or keyword.iskeyword(name):
        raise ValueError(f"the name of a view is that of a parameter, such as acme_edges, not {name!r}")


@attrs.frozen
class View:
    """Something derived from an image that metrics share, computed at most once per image.

    Attributes:
        name: What metrics and other views call their parameter to get it. The entry-point name.
        compute: Takes other views by parameter name. tamis itself provides six: ``file_size`` (how many bytes the file
            has; None for an image that is no file), for which many a source opens none, ``header`` (`tamis.Header`),
            ``exif`` (the bytes of the file's EXIF; empty if it has none), ``info`` (a dict of what else the header
            says, as Pillow's ``Image.info`` has it, and of a JPEG its ``quantization`` tables) and ``content`` (all
            bytes of the file; an image that is no file has none), which are read without decoding, and ``image`` (the
            decoded `PIL.Image.Image` as stored, first frame).
            An array that it returns is made read-only. Must not change its inputs.
        doc: What it is: shape, dtype, range.
    """

    name: str = attrs.field(validator=_is_view_name)
    compute: Callable[..., Any] = attrs.field(validator=is_function)
    doc: str = attrs.field(default="", kw_only=True, converter=clean)
    needs: tuple[str, ...] = attrs.field(init=False, eq=False)

    @needs.default
    def _needs(self) -> tuple[str, ...]:
        return needs_of(self.compute)
