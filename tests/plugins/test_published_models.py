"""The embedders timm, open_clip and transformers: small models, against plain calls of the libraries."""

from __future__ import annotations

import json
import logging
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from PIL import Image

from tamis import Dataset, Registry, embed, errors, export_embedder, validate
from tamis.embedding.choosing import choose
from tamis_plugins.models import hub
from tamis_plugins.models.model import embed as run_model
from tamis_plugins.models.preprocessing import Preprocessing
from tests.conftest import photograph
from tests.plugins.small_models import library, saved
from tests.plugins.test_embeddings import column

pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")

#: Embedders by the kind of model.
EMBEDDERS = {
    "timm": "timm",
    "open_clip": "open_clip",
    "dinov2": "transformers",
    "vit": "transformers",
    "resnet": "transformers",
    "clip": "transformers",
}
TOWERS = ("open_clip", "clip")
#: How far vectors may differ by batch, worker or runtime, relative to the largest number.
TOLERANCE = 1e-5
SIZES = [(60, 90), (91, 40), (33, 33), (32, 200), (1, 1), (300, 47)]
IMAGES = [photograph(number, size) for number, size in enumerate(SIZES)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Path]]:
    """Where the model of a kind is, made once."""
    root = tmp_path_factory.mktemp("models")
    level = logging.getLogger().level
    yield lambda kind: root / kind if (root / kind).exists() else saved(kind, root / kind)
    logging.getLogger().setLevel(level)


def choice(kind: str, where: Path, **options: Any) -> dict[str, Any]:
    """The embedder of a model."""
    return {"type": EMBEDDERS[kind], "model": str(where), **options}


def vectors(chosen: Any, images: list[Image.Image] = IMAGES) -> Any:
    """Of images, not scaled."""
    dataset = Dataset.from_images([str(number) for number in range(len(images))], images)
    return column(dataset, embedder=chosen, normalize=False).values


def near(found: Any, expected: Any) -> bool:
    """Within the tolerance."""
    return bool(np.abs(found - expected).max() <= TOLERANCE * np.abs(expected).max())


def plain(kind: str, where: Path) -> Any:
    """What the library itself makes of the images, one by one, as its documentation says."""
    import torch

    found = []
    with torch.inference_mode():
        if kind == "timm":
            timm = library("timm")
            model = timm.create_model(f"local-dir:{where}", pretrained=True, num_classes=0).eval()
            transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model), is_training=False)
            found = [model(transform(image)[None])[0] for image in IMAGES]
        elif kind == "open_clip":
            open_clip = library("open_clip")
            model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{where}")
            found = [model.eval().encode_image(transform(image)[None])[0] for image in IMAGES]
        else:
            transformers = library("transformers")
            processor = transformers.AutoImageProcessor.from_pretrained(where, backend="pil")
            model = transformers.AutoModel.from_pretrained(where).eval()
            for image in IMAGES:
                fed = processor(image, return_tensors="pt")
                if kind == "clip":
                    found.append(model.get_image_features(**fed).pooler_output[0])
                else:
                    output = model(**fed)
                    found.append(output.last_hidden_state[0, 0] if kind == "vit" else output.pooler_output[0].flatten())
    return torch.stack(found).numpy()


@pytest.mark.parametrize("kind", EMBEDDERS)
def test_vectors_are_those_of_a_plain_call_of_the_library(kind: str, folder: Callable[[str], Path]) -> None:
    """Images wide, high and of one pixel, with the model's own preprocessing; in batches, too."""
    library(EMBEDDERS[kind])
    where = folder(kind)
    expected = plain(kind, where)

    assert np.abs(expected).max() > 0.001
    for batch in (1, 32):
        assert near(vectors(choice(kind, where, batch=batch)), expected)


def test_vectors_are_the_same_from_one_worker_and_two(folder: Callable[[str], Path], tmp_path: Path) -> None:
    """Each loads the model anew."""
    library("transformers")
    for number, image in enumerate(IMAGES):
        image.save(tmp_path / f"{number}.png")
    dataset, chosen = Dataset.from_directory(tmp_path), choice("dinov2", folder("dinov2"))
    one, two = (embed(dataset, chosen, jobs=jobs, normalize=False)[0].values for jobs in (1, 2))

    assert near(two, one)


@pytest.mark.parametrize("kind", ["timm", "clip"])
def test_an_exported_model_embeds_as_the_original(kind: str, folder: Callable[[str], Path], tmp_path: Path) -> None:
    """How images are fed to it stands in the file."""
    library(EMBEDDERS[kind])
    pytest.importorskip("onnxscript")
    export_embedder(choice(kind, folder(kind)), tmp_path / "m.onnx")

    assert near(vectors(f"onnx:model={tmp_path / 'm.onnx'}"), vectors(choice(kind, folder(kind))))


@pytest.mark.parametrize("kind", TOWERS)
def test_texts_are_those_of_a_plain_call_of_the_library(kind: str, folder: Callable[[str], Path]) -> None:
    """A short one, one of more than the model takes in, and letters that are not English."""
    import torch

    texts, where = ["red", "a house by the sea " * 20, "東京"], folder(kind)
    with torch.inference_mode():
        if kind == "open_clip":
            open_clip = library("open_clip")
            model = open_clip.create_model(f"local-dir:{where}").eval()
            expected = model.encode_text(open_clip.get_tokenizer(f"local-dir:{where}")(texts))
        else:
            transformers = library("transformers")
            model = transformers.AutoModel.from_pretrained(where).eval()
            tokens = transformers.AutoTokenizer.from_pretrained(where)(
                texts, padding=True, truncation=True, max_length=16, return_tensors="pt"
            )
            expected = model.get_text_features(**tokens).pooler_output
    found = choose(choice(kind, where), Registry(allow=["tamis"])).embed_texts(texts, 16)

    assert near(found, expected.numpy())


def test_a_model_with_one_tower_says_that_it_knows_no_texts(folder: Callable[[str], Path]) -> None:
    """Though other models of that library do."""
    library("transformers")
    embedding = choose(choice("dinov2", folder("dinov2")), Registry(allow=["tamis"]))
    with pytest.raises(errors.EmbeddingError, match="makes vectors of images only"):
        embedding.embed_texts(["red"], 32)


def test_a_config_is_told_of_it_before_a_model_is_loaded(folder: Callable[[str], Path], tmp_path: Path) -> None:
    """By what describes the model: there are no weights. Of one that isn't here, or can't be read, nothing is known."""
    library("transformers")
    registry = Registry(allow=["tamis"], environ=False)
    query = {"input": {"type": "EMBEDDINGS", "text": "red"}, "strategy": {"type": "SIMILARITY"}}
    for kind in ("dinov2", "vit", "clip"):
        _copied(folder(kind), tmp_path / kind)
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "config.json").write_text('{"model_type": "nonsense"}')
    told = {}
    for kind in ("dinov2", "vit", "clip", "odd", "acme/none"):
        model = str(tmp_path / kind) if kind != "acme/none" else kind
        try:
            validate(
                {"n_samples": 1, "strategies": [query]},
                registry=registry,
                embedder={"type": "transformers", "model": model},
            )
        except errors.ConfigError as error:
            told[kind] = str(error)

    assert list(told) == ["dinov2", "vit"]
    where = str(tmp_path / "dinov2")
    assert told["dinov2"] == (
        f"strategies[0].input.text: model {where!r} (dinov2) makes vectors of images only, not of texts"
    )


@pytest.mark.parametrize("kind", ["timm", "open_clip", "dinov2"])
def test_a_byte_of_the_weights_is_another_version(kind: str, folder: Callable[[str], Path]) -> None:
    """And so is another way to feed the model; the same is the same."""
    library(EMBEDDERS[kind])
    where, registry = folder(kind), Registry(allow=["tamis"])
    version = lambda: choose(choice(kind, where), registry).version  # noqa: E731
    before = version()
    changed = [next(where.glob("*.safetensors"))]
    changed += [
        path for path in where.glob("*.json") if '"mean"' in path.read_text() or "image_mean" in path.read_text()
    ]
    assert len(changed) == 2
    for path in changed:
        content = path.read_bytes()
        try:
            place = content.index(b"0.", content.index(b"mean")) + 2 if path.suffix == ".json" else len(content) - 4
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            assert version() != before, path.name
        finally:
            path.write_bytes(content)
    assert version() == before


class Runs:
    """Something that runs code when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("kind", ["timm", "open_clip", "dinov2"])
def test_a_checkpoint_with_code_in_it_is_refused_and_runs_nothing(
    kind: str, folder: Callable[[str], Path], tmp_path: Path
) -> None:
    """In place of weights that are safe."""
    import torch

    library(EMBEDDERS[kind])
    _copied(folder(kind), tmp_path / "m")
    torch.save({"x": Runs(tmp_path / "ran")}, tmp_path / "m" / "pytorch_model.bin", pickle_module=pickle)

    with pytest.raises(errors.ConfigError, match="hold more than numbers, such as code"):
        vectors(choice(kind, tmp_path / "m"))
    assert not (tmp_path / "ran").exists()


def _copied(source: Path, target: Path) -> None:
    """All but the weights."""
    target.mkdir()
    for path in source.glob("*.json"):
        (target / path.name).write_bytes(path.read_bytes())


@pytest.mark.parametrize("kind", ["timm", "open_clip", "dinov2"])
def test_damaged_files_are_refused_with_the_model(kind: str, folder: Callable[[str], Path], tmp_path: Path) -> None:
    """Weights that are cut off, weights of another model, no weights, a description that is none."""
    library(EMBEDDERS[kind])
    weights = next(folder(kind).glob("*.safetensors"))
    other = next(folder("dinov2" if kind != "dinov2" else "vit").glob("*.safetensors"))
    config = "open_clip_config.json" if kind == "open_clip" else "config.json"
    cases: dict[str, tuple[bytes | None, str | None]] = {
        "cut": (weights.read_bytes()[:-100], None),
        "other": (other.read_bytes(), None),
        "none": (None, None),
        "nonsense": (weights.read_bytes(), "{"),
        "empty": (weights.read_bytes(), "{}"),
    }
    for case, (content, text) in cases.items():
        _copied(folder(kind), tmp_path / case)
        if content:
            (tmp_path / case / weights.name).write_bytes(content)
        if text:
            (tmp_path / case / config).write_text(text)
        with pytest.raises(errors.ConfigError) as caught:
            vectors(choice(kind, tmp_path / case))
        assert str(caught.value).startswith("embedder.model: "), case
        assert str(tmp_path / case) in str(caught.value), case
        assert "\n" not in str(caught.value), case


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"type": "timm", "model": "resnet5O.a1_in1k"}, "timm has no model 'resnet5O.a1_in1k'. Did you mean 'resnet50"),
        ({"type": "timm", "model": "resnet50.nonsense"}, "timm has no model 'resnet50.nonsense'. Did you mean"),
        ({"type": "timm", "model": "test_vit", "weights": "no.pth"}, "embedder.weights: 'no.pth' is not a file"),
        ({"type": "open_clip", "model": "ViT-B-23"}, "OpenCLIP has no model 'ViT-B-23'. Did you mean 'ViT-B-32'"),
        ({"type": "open_clip", "model": "ViT-B-32"}, "'ViT-B-32' needs weights=, which are openai, laion400m_e31"),
        ({"type": "open_clip", "model": "ViT-B-32", "weights": "openia"}, "no such file. Did you mean 'openai'?"),
        ({"type": "transformers", "model": "dinov2"}, "'dinov2' is neither a folder nor ORGANISATION/NAME of the hub"),
        ({"type": "transformers", "model": "facebook/dinov2-small"}, "is not on this machine, and TAMIS_OFFLINE says"),
        (
            {"type": "timm", "model": "resnet50.a1_in1k"},
            "'timm/resnet50.a1_in1k' is not on this machine, and TAMIS_OFF",
        ),
        ({"type": "timm", "model": "timm/resnet50.a1_in1k"}, "is not on this machine, and TAMIS_OFFLINE says"),
    ],
)
def test_a_model_that_is_not_there_is_named_with_the_nearest(
    options: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is downloaded where that isn't allowed."""
    library(options["type"])
    monkeypatch.setenv("TAMIS_OFFLINE", "1")
    with pytest.raises(errors.ConfigError) as caught:
        vectors(options)
    assert message in str(caught.value)


def test_weights_in_a_file_are_for_a_model_that_is_named(folder: Callable[[str], Path], tmp_path: Path) -> None:
    """The same vectors as from the folder, though timm's own description of it has another number of classes."""
    timm = library("timm")
    model = timm.create_model(f"local-dir:{folder('timm')}", pretrained=True)
    model.reset_classifier(timm.create_model("test_vit").num_classes)
    import torch

    torch.save(model.state_dict(), tmp_path / "w.pth")
    found = vectors({"type": "timm", "model": "test_vit", "weights": str(tmp_path / "w.pth")})

    assert near(found, vectors(choice("timm", folder("timm"))))


@pytest.mark.parametrize("kind", ["timm", "open_clip", "dinov2"])
def test_a_missing_library_is_named_with_the_command(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own, and PyTorch."""
    embedder = EMBEDDERS[kind]
    monkeypatch.setitem(__import__("sys").modules, embedder, None)
    with pytest.raises(errors.MissingDependencyError, match=rf"pip install 'tamis\[{embedder}\]'"):
        vectors({"type": embedder, "model": "x"})


def test_a_batch_that_memory_does_not_hold_is_halved(folder: Callable[[str], Path]) -> None:
    """Down to one image, after which the run ends with what the device says."""
    library("transformers")
    import torch

    from tamis_plugins.embedders import transformers as plugin

    params = {"device": "cpu", "precision": "full", "pooling": "own", "batch": 8, "model": str(folder("dinov2"))}
    model, sizes = plugin.load(params), []
    holds = 3

    def limited(batch: Any) -> Any:
        sizes.append(len(batch))
        if len(batch) > holds:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return model.module(batch)

    small = attrs.evolve(model, module=limited)
    images = [model.preprocessing.fit(np.asarray(image)) for image in IMAGES]
    assert near(small.preprocessing.run(images, small), model.preprocessing.run(images, model))
    assert sizes == [8, 4, 2, 2, 4, 2, 2]
    holds = 0
    with pytest.raises(MemoryError, match="out of memory"):
        run_model(images, small)


def test_what_the_processor_can_not_allocate_is_halved_too(folder: Callable[[str], Path]) -> None:
    """Where PyTorch itself fails: more than one image asks for more than any machine has."""
    library("transformers")
    import torch

    from tamis_plugins.embedders import transformers as plugin

    params = {"device": "cpu", "precision": "full", "pooling": "own", "batch": 4, "model": str(folder("dinov2"))}
    model, sizes, beside = plugin.load(params), [], 0

    def greedy(batch: Any) -> Any:
        sizes.append(len(batch))
        torch.empty((len(batch) - 1 + beside) << 46)
        return model.module(batch)

    small = attrs.evolve(model, module=greedy)
    images = [model.preprocessing.fit(np.asarray(image)) for image in IMAGES[:4]]
    assert near(small.preprocessing.run(images, small), model.preprocessing.run(images, model))
    assert sizes == [4, 2, 1, 1, 2, 1, 1]
    beside = 1
    with pytest.raises(MemoryError, match="allocate"):
        run_model(images, small)


def test_half_precision_is_near(folder: Callable[[str], Path]) -> None:
    """Within a hundredth of the largest number; and another version."""
    library("transformers")
    chosen = choice("clip", folder("clip"))
    full, half = vectors(chosen), vectors({**chosen, "precision": "half"})

    assert 0 < np.abs(half - full).max() < 0.01 * np.abs(full).max()
    registry = Registry(allow=["tamis"])
    assert choose(chosen, registry).version != choose({**chosen, "precision": "half"}, registry).version


@pytest.mark.parametrize("pooling", ["first", "mean"])
def test_the_user_can_choose_how_a_vector_is_made_of_tokens(pooling: str, folder: Callable[[str], Path]) -> None:
    """The first, or the mean of all, of what the model's last layer gives."""
    import torch

    transformers = library("transformers")
    where = folder("dinov2")
    processor = transformers.AutoImageProcessor.from_pretrained(where, backend="pil")
    with torch.inference_mode():
        tokens = transformers.AutoModel.from_pretrained(where).eval()(**processor(IMAGES[0], return_tensors="pt"))[0][0]
    expected = (tokens[0] if pooling == "first" else tokens.mean(dim=0)).numpy()

    assert near(vectors(choice("dinov2", where, pooling=pooling), IMAGES[:1])[0], expected)


def test_a_model_that_wants_to_be_fed_in_another_way_is_refused(folder: Callable[[str], Path], tmp_path: Path) -> None:
    """Rather than fed as none was trained."""
    library("transformers")
    where = folder("dinov2")
    _copied(where, tmp_path / "m")
    (tmp_path / "m" / "model.safetensors").write_bytes((where / "model.safetensors").read_bytes())
    path = tmp_path / "m" / "preprocessor_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "rescale_factor": 0.5}))

    with pytest.raises(errors.ConfigError, match="how it wants to be fed is not known here"):
        vectors(choice("dinov2", tmp_path / "m"))


def test_weights_are_found_among_the_files_of_a_folder() -> None:
    """Those that are safe before others; all parts, or none."""
    parts = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]

    assert hub.weights_among(["pytorch_model.bin", "model.safetensors"]) == ["model.safetensors"]
    assert hub.weights_among([*parts, "config.json"]) == parts
    assert hub.weights_among(parts[:1]) == []
    assert hub.weights_among(["README.md", "tf_model.h5"]) == []


def test_the_shorter_side_is_scaled_as_pillow_does_it() -> None:
    """By hand: 30 x 20 to 15 x 10, of which 10 columns from the third on, or from the second."""
    image = photograph(1, (30, 20))
    whole = np.asarray(image.resize((15, 10), Image.Resampling.BICUBIC))
    options = {"size": [10, 10], "resize": "shortest", "interpolation": "bicubic"}

    for rest, start in (("even", 2), ("down", 2)):
        found = Preprocessing.of({**options, "rest": rest}).fit(np.asarray(image))
        assert np.array_equal(found, whole[:, start : start + 10])
    whole = np.asarray(image.resize((19, 13), Image.Resampling.BICUBIC))
    for rest, top, left in (("even", 2, 4), ("down", 1, 4)):
        found = Preprocessing.of({**options, "edge": 13, "rest": rest}).fit(np.asarray(image))
        assert np.array_equal(found, whole[top : top + 10, left : left + 10])
