"""Which samples take part in a selection: candidates, those excluded, and those that are selected already."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from tamis.data.names import problem_of
from tamis.dataset.dataset import Dataset
from tamis.dataset.name_lists import Finder, Found, NameList, NameLists
from tamis.declarations.objective import Rows
from tamis.errors import DatasetError, did_you_mean


@attrs.frozen(eq=False)
class Participants:
    """What the lists of a run say.

    A sample that is preselected and a candidate counts as preselected. One that is excluded and a candidate is
    excluded.

    Attributes:
        taking_part: ``(n,)`` bool: candidates, and those preselected by name.
        excluded: Rows of those excluded by name.
        preselected: Rows of those that are selected already, in the order given.
        notes: Which names are no samples, and what was on two lists.
        record: What was given and what it came to, by the name of the parameter, as JSON data.
    """

    taking_part: npt.NDArray[np.bool_]
    excluded: Rows
    preselected: Rows
    notes: tuple[str, ...] = ()
    record: dict[str, Any] = attrs.field(factory=dict)

    @classmethod
    def of(
        cls, dataset: Dataset, *, candidates: Iterable[str] | None, exclude: Iterable[str], preselected: Iterable[str]
    ) -> Participants:
        """Look the names up.

        Args:
            dataset: What is selected from.
            candidates: Names of those that may be picked; None for all.
            exclude: Names of those that take no part.
            preselected: Names of those that are selected already.

        Raises:
            DatasetError: none of the names of a parameter is a sample's, or a name is excluded and preselected.
        """
        given = {"candidates": candidates, "exclude": exclude, "preselected": preselected}
        finder, notes, record = Finder(dataset), [], {}
        rows = {name: np.array([], dtype=np.intp) for name in given}
        for name, names in given.items():
            if names is None:
                continue
            lists = NameLists.of(names).lists
            if problem := next(filter(None, (problem_of(each) for listed in lists for each in listed.names)), None):
                raise DatasetError(f"{name}: one of the names {problem}")
            found = [finder.find(each) for each in lists]
            if any(each.names for each in lists):
                _check_known(name, lists, found, dataset)
            elif name != "candidates":  # of which none is something to say
                continue
            rows[name] = np.array(list(dict.fromkeys(row for each in found for row in each.rows)), dtype=np.intp)
            notes += [_missing(name, *each) for each in zip(lists, found, strict=True) if each[1].missing]
            record[name] = {
                "samples": len(rows[name]),
                "lists": [
                    {"from": each.source, "names": len(each.names), "samples": len(its.rows)}
                    for each, its in zip(lists, found, strict=True)
                ],
            }
        if len(both := np.intersect1d(rows["exclude"], rows["preselected"])):
            raise DatasetError(
                f"{dataset.samples[both[0]]!r}{_and_more(len(both))} can't be excluded and preselected: "
                "take it off one of the lists"
            )
        for other, state in (("preselected", "preselected, and can't be picked again"), ("exclude", "excluded")):
            if len(both := np.intersect1d(rows["candidates"], rows[other])):
                count = f"{len(both)} of {len(rows['candidates'])} candidates"
                notes.append(f"{count} are {state}, such as {dataset.samples[both[0]]!r}")
        if "exclude" in record:
            record["exclude"]["excluded"] = [dataset.samples[row] for row in rows["exclude"]]
        taking_part = np.full(len(dataset), candidates is None)
        taking_part[rows["candidates"]] = True
        taking_part[rows["preselected"]] = True
        taking_part[rows["exclude"]] = False
        return cls(taking_part, rows["exclude"], rows["preselected"], tuple(notes), record)

    @property
    def rows(self) -> Rows:
        """Those that take part."""
        return np.flatnonzero(self.taking_part)

    def and_preselected(self, rows: Rows) -> Participants:
        """With further samples that are selected already, but for those that are excluded."""
        more = np.setdiff1d(rows, [*self.excluded, *self.preselected])
        taking_part = self.taking_part.copy()
        taking_part[more] = True
        return attrs.evolve(self, taking_part=taking_part, preselected=np.append(self.preselected, more))


def _check_known(name: str, lists: tuple[NameList, ...], found: list[Found], dataset: Dataset) -> None:
    """Raise `DatasetError` if no list names any sample."""
    if any(each.rows for each in found):
        return
    listed, its = next(each for each in zip(lists, found, strict=True) if each[0].names)
    missing = its.missing[0]
    more = _and_more(sum(len(each.missing) for each in found))
    where = f" in {listed.source!r}" if listed.source else ""
    if its.elsewhere:
        raise DatasetError(
            f"{name}: {missing!r}{more}{where} was selected from {its.elsewhere!r}, which is no input here: add it as "
            "one, or give its selected.txt if the names alone count"
        )
    raise DatasetError(f"{name}: {missing!r}{where} is no sample{more}{did_you_mean(missing, dataset.samples)}")


def _missing(name: str, listed: NameList, found: Found) -> str:
    """A note on the names of a list that are no samples."""
    where = f" in {listed.source!r}" if listed.source else ""
    why = f"; they were selected from {found.elsewhere!r}, which is no input here" if found.elsewhere else ""
    count = f"{len(found.missing)} of {len(listed.names)} names{where}"
    return f"{name}: {count} are no samples (any more), such as {found.missing[0]!r}{why}"


def _and_more(count: int) -> str:
    return f" (and {count - 1} more)" if count > 1 else ""
