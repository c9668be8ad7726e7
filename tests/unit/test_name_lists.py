"""Lists of names that say which samples may be picked, take no part, or are selected already."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tamis import Column, Dataset, InputProvider, Kind, Registry, Selection, Store, errors, select

WIDTHS = {"input": {"type": "METADATA", "key": "lightly.width"}, "strategy": {"type": "WEIGHTS"}}
#: Selects in input order: all photographs are equally wide.
CONFIG = {"n_samples": 2, "strategies": [WIDTHS]}


def run(folder: Path | Dataset, config: dict[str, Any] = CONFIG, **lists: Any) -> Selection:
    """A selection from a folder."""
    dataset = folder if isinstance(folder, Dataset) else Dataset.from_directory(folder)
    return select(dataset, config, registry=Registry(allow=["tamis"], environ=False), **lists)


def counts(selection: Selection, *names: str) -> list[int]:
    """Some of the manifest's."""
    return [selection.manifest()["counts"][name] for name in names]


def test_only_candidates_are_picked_and_the_others_count_in_nothing(photographs: Path) -> None:
    """Half of five candidates is two: what is left out is not what a proportion is of."""
    names = [f"b/{number}.png" for number in range(5, 9)] + ["a/4.png"]
    selection = run(photographs, {"proportion_samples": 0.4, "strategies": [WIDTHS]}, candidates=names)

    assert selection.selected == ("a/4.png", "b/5.png")
    assert counts(selection, "input", "failed", "excluded", "not_candidates", "candidates") == [10, 0, 0, 5, 5]
    assert selection.explain("a/0.png").startswith("a/0.png took no part: it is not one of the candidates.")
    assert selection.explain("b/5.png").startswith("b/5.png was picked as number 2 of 2.")


def test_only_what_takes_part_is_opened(photographs: Path, counted: Counter[str], tmp_path: Path) -> None:
    """Nor is what is known of the others asked of a store, or told when they can't be read."""
    (photographs / "a" / "0.png").write_bytes(b"torn")
    store = Store(tmp_path / "store")
    lists = {"candidates": ["b/5.png", "b/6.png", "b/7.png"], "preselected": ["a/1.png"], "exclude": ["b/7.png"]}
    first = run(photographs, **lists, store=store)  # type: ignore[arg-type]

    assert counted["open"] == 3
    assert first.failures == ()
    assert first.manifest()["measured"] == {"reused": 0, "computed": 3}
    assert len(run(photographs, store=store).failures) == 1
    again = run(photographs, **lists, store=store)  # type: ignore[arg-type]
    assert again.failures == ()
    assert again.manifest()["measured"] == {"reused": 3, "computed": 0}
    assert again.selected == first.selected == ("b/5.png", "b/6.png")
    assert counted["open"] == 3 + 9 - 3  # what is torn is opened by no decoder


def test_what_is_excluded_takes_no_part(photographs: Path) -> None:
    """Even as a candidate."""
    selection = run(photographs, candidates=["a/0.png", "a/1.png"], exclude=["a/0.png", "b/9.png"])

    assert selection.selected == ("a/1.png",)
    assert counts(selection, "excluded", "not_candidates", "candidates") == [2, 7, 1]
    assert selection.explain("b/9.png").startswith("b/9.png was left out: it is excluded by name.")
    assert "a/0.png was left out: it is excluded by name." in selection.explain("a/0.png")


def test_what_is_excluded_has_no_say_in_a_distribution() -> None:
    """The target of INPUT is what the candidates have: without the excluded, a and b are equally frequent."""
    labels = Column("class", Kind.CATEGORY, np.array([0] * 6 + [1] * 2), labels=("a", "b"))
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(InputProvider("C", lambda params, context: labels, kind=lambda params, about: Kind.CATEGORY))
    names = [f"s{row}" for row in range(8)]
    dataset = Dataset.from_images(names, [np.zeros((1, 1, 3), np.uint8)] * 8)
    entry = {"input": {"type": "C"}, "strategy": {"type": "BALANCE", "distribution": "INPUT"}}
    config = {"n_samples": 4, "strategies": [entry]}

    assert Counter(int(name[1:]) >= 6 for name in select(dataset, config, registry=registry).selected)[True] == 1
    without = select(dataset, config, registry=registry, exclude=["s0", "s1", "s2", "s3"])
    assert sorted(without.selected) == ["s4", "s5", "s6", "s7"]


def test_the_preselected_need_not_be_candidates_and_are_not_picked_as_such(photographs: Path) -> None:
    """On both lists, a sample counts as preselected, and a note says so."""
    selection = run(photographs, candidates=["a/0.png", "a/1.png"], preselected=["a/0.png", "b/5.png"])

    assert selection.selected == ("a/1.png",)
    assert selection.manifest()["preselected"] == ["a/0.png", "b/5.png"]
    assert "1 of 2 candidates are preselected, and can't be picked again, such as 'a/0.png'" in selection.notes


def test_a_class_that_only_excluded_samples_are_of_is_no_class_of_a_target() -> None:
    """It is left out with a note, as one that no sample is of at all."""
    kinds, weights = ["a", "a", "a", "b", "b", "gone"], [1, 1, 1, 1000, 1000, 1]
    target = {"a": 0.5, "gone": 0.5}
    config = {
        "n_samples": 3,
        "strategies": [
            {"input": {"type": "METADATA", "key": "kind"}, "strategy": {"type": "BALANCE", "target": target}},
            {"input": {"type": "METADATA", "key": "weight"}, "strategy": {"type": "WEIGHTS"}},
        ],
    }

    def selection(count: int, exclude: list[str]) -> Selection:
        names = [f"{number}.jpg" for number in range(count)]
        dataset = Dataset.from_embeddings(names, np.zeros((count, 1)))
        return select(
            dataset.with_metadata({"kind": kinds[:count], "weight": weights[:count]}), config, exclude=exclude
        )

    without, excluded = selection(5, []), selection(6, ["5.jpg"])

    assert excluded.selected == without.selected == ("0.jpg", "1.jpg", "2.jpg")
    assert "strategies[0].strategy: target: no sample's kind is 'gone' (there is a, b)" in excluded.notes
    assert excluded.notes == without.notes


def test_a_candidate_that_is_excluded_is_excluded_and_a_note_says_so(photographs: Path) -> None:
    """On both lists, the one that leaves samples out counts."""
    selection = run(photographs, candidates=["a/0.png", "a/1.png"], exclude=["a/0.png", "b/5.png"])

    assert selection.selected == ("a/1.png",)
    assert "1 of 2 candidates are excluded, such as 'a/0.png'" in selection.notes


def test_what_is_excluded_and_preselected_is_refused(photographs: Path) -> None:
    """One of the lists is wrong."""
    with pytest.raises(errors.DatasetError, match=r"'a/1\.png' \(and 1 more\) can't be excluded and preselected"):
        run(photographs, exclude=["a/1.png", "a/2.png", "a/3.png"], preselected=["a/2.png", "a/1.png"])


@pytest.mark.parametrize("parameter", ["candidates", "exclude", "preselected"])
def test_names_that_are_gone_are_a_note(photographs: Path, parameter: str) -> None:
    """How many of how many, and one of them; it is known before the first pick."""
    selection = run(photographs, **{parameter: ["gone.png", "a/0.png", "b/gone.png"]})
    note = f"{parameter}: 2 of 3 names are no samples (any more), such as 'gone.png'"

    assert note in selection.outlook
    assert note in selection.notes
    assert selection.manifest()["lists"][parameter]["lists"] == [{"from": "", "names": 3, "samples": 1}]


@pytest.mark.parametrize("parameter", ["candidates", "exclude", "preselected"])
def test_a_list_of_which_nothing_is_known_is_an_error(photographs: Path, parameter: str) -> None:
    """It names the nearest."""
    message = rf"{parameter}: '5\.png' is no sample \(and 1 more\)\. Did you mean 'b/5\.png'\?"
    with pytest.raises(errors.DatasetError, match=message):
        run(photographs, **{parameter: ["5.png", "6.png"]})


def test_an_empty_list_is_one(photographs: Path) -> None:
    """Nothing is preselected before the first week; without any candidate, there is nothing to run on."""
    assert len(run(photographs, exclude=[], preselected=[]).selected) == 2
    with pytest.raises(errors.RunError, match="no sample takes part"):
        run(photographs, candidates=[])
    assert run(photographs, candidates=[], preselected=["a/0.png"]).selected == ()
    with pytest.raises(TypeError, match=r"not the string 'a/0\.png'"):
        run(photographs, candidates="a/0.png")


def test_names_are_taken_as_people_write_them(photographs: Path, tmp_path: Path) -> None:
    """With ./ or backslashes, and as absolute paths of files, through links, too; under labels as well."""
    (tmp_path / "link").symlink_to(photographs)
    written = [".\\a\\0.png", "a//1.png", str(photographs / "a" / "2.png"), str(tmp_path / "link" / "b" / "5.png")]
    labelled = Dataset.concat({"week1": Dataset.from_directory(photographs / "a"), "b": Dataset.from_directory("b")})
    files = [str(photographs / "a" / "2.png"), "./b/5.png"]

    assert run(photographs, preselected=written).manifest()["preselected"] == [
        "a/0.png",
        "a/1.png",
        "a/2.png",
        "b/5.png",
    ]
    assert run(labelled, preselected=files).manifest()["preselected"] == ["week1/2.png", "b/5.png"]
    outside = [*written, str(tmp_path / "2.png"), "../a/0.png"]
    assert run(photographs, exclude=outside).manifest()["lists"]["exclude"]["samples"] == 4


@pytest.fixture(autouse=True)
def _in_photographs(photographs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(photographs)


def test_a_selection_with_lists_is_read_back(photographs: Path, tmp_path: Path) -> None:
    """With all samples, those that took no part among them."""
    selection = run(photographs, candidates=["a/0.png", "b/6.png"], exclude=["b/9.png"])
    selection.write(tmp_path / "out")
    read = Selection.read(tmp_path / "out")

    assert read.samples == selection.samples
    assert len(read.samples) == 10
    for name in ("a/0.png", "a/3.png", "b/9.png"):
        assert read.explain(name).splitlines()[0] == selection.explain(name).splitlines()[0]
    assert json.loads((tmp_path / "out" / "selection.json").read_text())["lists"]["candidates"]["samples"] == 2


def test_vectors_that_are_marked_as_selected_count_beside_candidates(photographs: Path, tmp_path: Path) -> None:
    """As Lightly's CSV marks them: they need not be candidates; those excluded by name don't count."""
    lines = ["filenames,embedding_0,labels,selected"]
    lines += [f"{name},{row},0,{int(row < 2)}" for row, name in enumerate(Dataset.from_directory(photographs).samples)]
    (tmp_path / "vectors.csv").write_text("\n".join(lines) + "\n")
    config = {"n_samples": 1, "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]}
    options = {"embedder": f"files:file={tmp_path / 'vectors.csv'}", "normalize": False}
    selection = run(photographs, config, candidates=["a/2.png", "a/4.png"], **options)
    without = run(photographs, config, candidates=["a/2.png", "a/4.png"], exclude=["a/0.png"], **options)

    assert selection.selected == ("a/4.png",)
    assert selection.manifest()["preselected"] == ["a/0.png", "a/1.png"]
    assert without.manifest()["preselected"] == ["a/1.png"]
    assert without.manifest()["picks"][0]["nearest"]["strategies[0]"]["distance"] == 3.0


def test_predictions_are_counted_of_what_takes_part(photographs: Path) -> None:
    """Those of the auto tasks of images that are not opened are not invalid."""
    task = {"type": "TILING", "num_rows": 2, "num_cols": 2}
    entry = {
        "input": {"type": "PREDICTIONS", "task": "TILING", "name": "CATEGORY_COUNT"},
        "strategy": {"type": "WEIGHTS"},
    }
    config = {"n_samples": 1, "auto_tasks": [task], "strategies": [entry]}
    selection = run(photographs, config, candidates=["a/0.png", "a/1.png"])

    assert selection.manifest()["predictions"]["TILING"] == {"present": 2, "missing": 0, "invalid": 0, "objects": 8}


def test_names_that_are_not_text_are_names(photographs: Path) -> None:
    """A byte of another encoding is kept."""
    name = os.fsdecode(b"a/latin-\xe9.png")
    (photographs / "a" / "0.png").rename(photographs / name)

    assert run(photographs, candidates=[f"./{name}"]).selected == (name,)
