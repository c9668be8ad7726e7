"""The embedders onnx and torch, on one small network that is also computed here with numpy alone."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.helper
import onnx.numpy_helper
import pytest
from PIL import Image

from tamis import Dataset, Registry, embed, errors, export_embedder
from tamis.measuring.calling import is_passing
from tamis_plugins.models import preprocessing
from tamis_plugins.models.model import Model
from tamis_plugins.models.model import embed as run_model
from tamis_plugins.models.onnx_files import digest_of, external_files
from tamis_plugins.models.preprocessing import Preprocessing
from tamis_plugins.models.scaling import centred
from tests.conftest import photograph
from tests.plugins.test_embeddings import column, flat, run

RANDOM = np.random.default_rng(5)
KERNELS, WEIGHTS = RANDOM.normal(size=(4, 3, 1, 1)).astype("f4"), RANDOM.normal(size=(4, 6)).astype("f4")
OPTIONS = {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 0.4]}


def network(
    path: Path, size: Any = 8, batch: Any = "n", layout: str = "nchw", tokens: bool = False, **changes: Any
) -> Path:
    """A 1 x 1 convolution, rectified, averaged, and a matrix; with ``tokens``, without the average and the matrix."""
    tensor, constant, node = onnx.helper.make_tensor_value_info, onnx.numpy_helper.from_array, onnx.helper.make_node
    shape = [batch, 3, size, size] if layout == "nchw" else [batch, size, size, 3]
    first = [node("Transpose", ["image"], ["x"], perm=[0, 3, 1, 2])] if layout == "nhwc" else []
    nodes = [
        *first,
        node("Conv", ["x" if first else "image", "kernels"], ["convolved"]),
        node("Relu", ["convolved"], ["output" if tokens else "rectified"]),
    ]
    if not tokens:
        nodes += [
            node("GlobalAveragePool", ["rectified"], ["pooled"]),
            node("Flatten", ["pooled"], ["flat"]),
            node("MatMul", ["flat", "weights"], ["output"]),
        ]
    inputs = [tensor("image", changes.get("type", onnx.TensorProto.FLOAT), changes.get("shape", shape))]
    outputs = [tensor(name, onnx.TensorProto.FLOAT, None) for name in changes.get("outputs", ["output"])]
    constants = [constant(KERNELS, "kernels"), constant(WEIGHTS, "weights")]
    graph = onnx.helper.make_graph(nodes, "network", inputs, outputs, constants)
    path.write_bytes(
        onnx.helper.make_model(
            graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9
        ).SerializeToString()
    )
    return path


def expected(images: list[Image.Image], size: tuple[int, int] = (8, 8), box: Any = None) -> Any:
    """The network on images resized by Pillow, in float64."""
    vectors = []
    for image in images:
        pixels = np.asarray(image.resize(size, Image.Resampling.BILINEAR, box), dtype=np.float64) / 255
        values = (pixels - OPTIONS["mean"]) / OPTIONS["std"]
        vectors.append(np.maximum(values @ KERNELS[:, :, 0, 0].T.astype("f8"), 0).mean(axis=(0, 1)) @ WEIGHTS)
    return np.stack(vectors)


IMAGES = [photograph(seed, (30 + seed, 20)) for seed in range(7)]


def embedded(**options: Any) -> Any:
    """What an embedder makes of the images, not scaled."""
    dataset = Dataset.from_images([str(number) for number in range(len(IMAGES))], IMAGES)
    return column(dataset, embedder={**OPTIONS, **options}, normalize=False).values


def test_onnx_gives_what_the_network_gives(tmp_path: Path) -> None:
    """Resized, scaled, in the right order of axes."""
    assert embedded(type="onnx", model=str(network(tmp_path / "m.onnx"))) == pytest.approx(expected(IMAGES), abs=1e-5)


@pytest.mark.parametrize(
    ("made", "options"),
    [
        ({"layout": "nhwc"}, {"layout": "nhwc"}),
        ({"size": "s"}, {"size": [8, 8]}),
        ({"batch": 3}, {}),
        ({}, {"batch": 4}),
        ({}, {"threads": 0}),
    ],
)
def test_onnx_takes_models_of_several_forms(tmp_path: Path, made: dict[str, Any], options: dict[str, Any]) -> None:
    """Channels last, any size, a fixed batch that the images don't fill, batches of four."""
    path = network(tmp_path / "m.onnx", **made)

    assert embedded(type="onnx", model=str(path), **options) == pytest.approx(expected(IMAGES), abs=1e-5)


@pytest.mark.parametrize(
    ("said", "passing"),
    [
        ("CUDA out of memory. Tried to allocate 2 GiB", True),
        ("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Failed to allocate memory for requested buffer", True),
        ("std::bad_alloc", True),
        ("Got invalid dimensions for input", False),
    ],
)
def test_memory_that_ran_out_is_told_from_a_bad_image(said: str, passing: bool) -> None:
    """Runtimes have errors of their own for it; a store keeps what is wrong with an image only."""

    class Failing(Model):
        def __call__(self, batch: Any) -> Any:
            raise RuntimeError(said)

    params = {name: option["default"] for name, option in preprocessing.OPTIONS.items() if "default" in option}
    model = Failing(preprocessing=Preprocessing.of(params), version="1", on_device=False)
    with pytest.raises((MemoryError, RuntimeError), match=re.escape(said)) as caught:
        run_model([np.zeros((224, 224, 3), np.uint8)], model)

    assert is_passing(caught.value) == passing


def nested(constants: dict[str, str]) -> onnx.ModelProto:
    """A model with tensors in every place that has any, each in the file that is said."""
    made = {}
    for name, file in constants.items():
        made[name] = onnx.numpy_helper.from_array(np.ones(4, "f4"), name)
        made[name].data_location = onnx.TensorProto.EXTERNAL
        made[name].ClearField("raw_data")
        for key, value in (("offset", "0"), ("location", file), ("length", "16")):
            made[name].external_data.add(key=key, value=value)
    node, info = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    out = info("y", onnx.TensorProto.FLOAT, [4])
    branch = [
        onnx.helper.make_graph([node("Constant", [], ["y"], value=made[name])], name, [], [out])
        for name in ("then", "else")
    ]
    inner = onnx.helper.make_function(
        "own", "f", [], ["y"], [node("Constant", [], ["y"], value=made["function"])], [onnx.helper.make_opsetid("", 17)]
    )
    graph = onnx.helper.make_graph(
        [node("If", ["c"], ["y"], then_branch=branch[0], else_branch=branch[1])],
        "g",
        [info("c", onnx.TensorProto.BOOL, [])],
        [out],
        initializer=[made["initializer"]],
    )
    return onnx.helper.make_model(graph, functions=[inner])


def test_all_files_that_a_model_names_are_part_of_it(tmp_path: Path) -> None:
    """Whatever they are called, and wherever in the model; the package onnx finds the same."""
    from onnx.external_data_helper import ExternalDataInfo, _get_all_tensors, uses_external_data

    places = {"initializer": "weights.bin", "then": "sub/a", "else": "böse.dat", "function": "f.data"}
    model = nested(places)
    path = tmp_path / "m.onnx"
    path.write_bytes(model.SerializeToString())
    theirs = {ExternalDataInfo(each).location for each in _get_all_tensors(model) if uses_external_data(each)}

    assert set(external_files(path)) == set(places.values())
    assert theirs <= set(external_files(path))

    (tmp_path / "sub").mkdir()
    for name in places.values():
        (tmp_path / name).write_bytes(bytes(16))
    before = digest_of(path)
    assert digest_of(path) == before
    for name in (*places.values(), "m.onnx"):
        content = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        try:
            assert digest_of(path) != before, name
        finally:
            (tmp_path / name).write_bytes(content)
    assert digest_of(path) == before


@pytest.mark.parametrize("content", [b"", b"no model", b"\xff" * 40, b"\x3a\x7f", b"ORTM" + bytes(100)])
def test_a_file_that_is_no_model_names_none(tmp_path: Path, content: bytes) -> None:
    """It is for the runtime to say so."""
    (tmp_path / "m.onnx").write_bytes(content)

    assert external_files(tmp_path / "m.onnx") == ()


def test_new_weights_make_new_vectors(tmp_path: Path) -> None:
    """In a file beside the model, of whatever name: what is stored of the old ones isn't used."""
    Image.new("RGB", (8, 8), (200, 100, 50)).save(tmp_path / "a.png")
    model = onnx.load(network(tmp_path / "m.onnx"))
    dataset, found = Dataset.from_directory(tmp_path), []
    for factor in (1, -5):
        weights = next(each for each in model.graph.initializer if each.name == "weights")
        weights.CopyFrom(onnx.numpy_helper.from_array(WEIGHTS * np.float32(factor), "weights"))
        kept = onnx.ModelProto.FromString(model.SerializeToString())
        (tmp_path / "weights.bin").unlink(missing_ok=True)
        onnx.save_model(kept, tmp_path / "m.onnx", save_as_external_data=True, location="weights.bin", size_threshold=0)
        choice = {"type": "onnx", "model": str(tmp_path / "m.onnx")}
        vectors, _ = embed(dataset, choice, normalize=False, store=tmp_path / "store")
        found.append(vectors.values[0])

    assert found[1] == pytest.approx(found[0] * -5, rel=1e-4)
    assert external_files(tmp_path / "m.onnx") == ("weights.bin",)


def test_a_box_at_the_centre_is_always_within_the_image() -> None:
    """Whatever floats round to, for all sides from 1 to 1000; exact fractions say where it must be."""
    for size in ((224, 224), (299, 224), (7, 518)):
        for side in range(1, 1001):
            for image in ((side, side), (side, 1000), (1001, side)):
                left, top, right, bottom = centred(image, size)
                scale = min(Fraction(image[0], size[0]), Fraction(image[1], size[1]))

                assert 0 <= left < right <= image[0]
                assert 0 <= top < bottom <= image[1]
                assert right - left == pytest.approx(float(scale * size[0]), rel=1e-9)
                assert bottom - top == pytest.approx(float(scale * size[1]), rel=1e-9)


@pytest.mark.parametrize("side", [225, 226, 450, 900])
def test_images_of_any_size_can_be_cropped(side: int) -> None:
    """As Pillow takes the box."""
    params = {name: option["default"] for name, option in preprocessing.OPTIONS.items() if "default" in option}
    fitted = Preprocessing.of({**params, "resize": "crop"}).fit(np.full((side, side, 3), 7, np.uint8))

    assert fitted.shape == (224, 224, 3)
    assert (fitted == 7).all()


def test_onnx_crops_at_the_centre_and_swaps_channels(tmp_path: Path) -> None:
    """The largest square at the centre; blue first is red first of the mirrored image."""
    model = str(network(tmp_path / "m.onnx"))
    square = [expected([image], box=((image.width - 20) / 2, 0, (image.width + 20) / 2, 20))[0] for image in IMAGES]
    assert embedded(type="onnx", model=model, resize="crop") == pytest.approx(np.stack(square), abs=1e-5)

    mirrored = [Image.fromarray(np.asarray(image)[..., ::-1].copy()) for image in IMAGES]
    found = embedded(type="onnx", model=model, channels="bgr")
    assert found == pytest.approx(expected(mirrored), abs=1e-5)


def test_onnx_pools_what_is_no_vector(tmp_path: Path) -> None:
    """The mean over pixels of the network without its end, and its first pixel."""
    model = str(network(tmp_path / "m.onnx", tokens=True))
    pooled = embedded(type="onnx", model=model, pooling="mean")
    assert pooled @ WEIGHTS == pytest.approx(expected(IMAGES), abs=1e-4)

    first = embedded(type="onnx", model=model, pooling="first")
    corner = np.asarray(IMAGES[0].resize((8, 8), Image.Resampling.BILINEAR))[0, 0] / 255
    value = np.maximum(KERNELS[:, :, 0, 0] @ ((corner - OPTIONS["mean"]) / OPTIONS["std"]), 0)
    assert first[0] == pytest.approx(value, abs=1e-5)


def test_vectors_do_not_depend_on_the_other_images(tmp_path: Path) -> None:
    """Alone, together, and in batches that aren't full: to the last bit."""
    for batch in (1, 4):
        choice = {"type": "onnx", "model": str(network(tmp_path / "m.onnx")), "batch": batch}
        dataset = Dataset.from_images([str(number) for number in range(7)], IMAGES)
        together = column(dataset, embedder=choice).values
        alone = [column(dataset.subset([name]), embedder=choice).values[0] for name in dataset.samples]
        assert np.array_equal(together, np.stack(alone))


def test_the_version_is_of_the_file_and_not_of_its_name(tmp_path: Path) -> None:
    """A copy has the same, whatever lies beside it that it doesn't name; another network has another."""
    from tamis.embedding.choosing import choose

    registry = Registry(allow=["tamis"], environ=False)
    one, other = network(tmp_path / "one.onnx"), network(tmp_path / "other.onnx", size="s")
    (tmp_path / "copy.onnx").write_bytes(one.read_bytes())
    versions = [
        choose({"type": "onnx", "model": str(path), "size": [8, 8]}, registry).version
        for path in (one, tmp_path / "copy.onnx", other)
    ]

    assert versions[0] == versions[1] != versions[2]
    (tmp_path / "copy.onnx.data").write_bytes(b"weights")
    assert choose({"type": "onnx", "model": str(tmp_path / "copy.onnx")}, registry).version == versions[0]


@pytest.mark.parametrize(
    ("made", "options", "message"),
    [
        (None, {}, "embedder.model: '{path}' is not a file"),
        (b"no model", {}, "embedder.model: '{path}' can't be loaded"),
        (b"", {}, "embedder.model: '{path}' can't be loaded"),
        ({"shape": [1, 1, 8, 8]}, {}, "not (n, 3, H, W) float32"),
        ({}, {"layout": "nhwc"}, "not (n, H, W, 3) float32"),
        ({}, {"size": [9, 9]}, "embedder.size: is [9, 9], and the model takes [8, 8] only"),
        ({"batch": 3}, {"batch": 2}, "embedder.batch: is 2, and the model takes 3 images at a time"),
        ({"tokens": True}, {}, "embedder.model: it can't embed an image: the model gives shape (1, 4, 8, 8) for 1 im"),
        ({"outputs": ["output", "flat"]}, {}, "embedder.output: the model has 2 outputs: name one (output, flat)"),
        ({}, {"output": "outptu"}, "embedder.output: the model has no output 'outptu' (output)"),
        ({}, {"providers": ["CUDA"]}, "embedder.providers: 'CUDA' is not in this onnxruntime"),
        ({}, {"std": [0, 1, 1]}, "embedder.std[0]: 0 is less than the minimum"),
    ],
)
def test_a_model_that_does_not_fit_is_refused_before_any_image_is_opened(
    tmp_path: Path, made: Any, options: dict[str, Any], message: str
) -> None:
    """With the option; the image is not there at all."""
    path = tmp_path / "m.onnx"
    if isinstance(made, bytes):
        path.write_bytes(made)
    elif made is not None:
        network(path, **made)
    with pytest.raises(errors.ConfigError) as caught:
        run(Dataset.from_files(tmp_path, ["missing.png"]), embedder={"type": "onnx", "model": str(path), **options})
    assert message.format(path=path) in str(caught.value)


@pytest.mark.parametrize("name", ["onnxruntime", "torch"])
def test_the_extra_is_named_where_it_is_not_installed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the command."""
    monkeypatch.setitem(__import__("sys").modules, name, None)
    embedder = {"onnxruntime": "onnx", "torch": "torch"}[name]
    with pytest.raises(errors.MissingDependencyError, match=rf"pip install 'tamis\[{embedder}\]'"):
        run(flat((1, 2, 3)), embedder=f"{embedder}:model=x")


def torch_network() -> Any:
    """The network in torch; `torch` finds it as a factory in this module."""
    import torch

    class Network(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.convolution = torch.nn.Conv2d(3, 4, 1, bias=False)
            self.convolution.weight.data = torch.from_numpy(KERNELS.copy())
            self.dropout = torch.nn.Dropout(0.5)  # does nothing in evaluation
            self.register_buffer("matrix", torch.from_numpy(WEIGHTS.copy()))

        def forward(self, image: Any) -> Any:
            return self.dropout(torch.relu(self.convolution(image)).mean((2, 3))) @ self.matrix

    return Network()


def not_a_network() -> int:
    """No module."""
    return 3


FACTORY = f"{__name__}:torch_network"


def test_torch_onnx_and_numpy_agree(tmp_path: Path) -> None:
    """The same network in three ways."""
    pytest.importorskip("torch")
    found = embedded(type="torch", model=FACTORY, size=[8, 8])

    assert found == pytest.approx(expected(IMAGES), abs=1e-5)
    assert found == pytest.approx(embedded(type="onnx", model=str(network(tmp_path / "m.onnx"))), abs=1e-5)


def test_an_exported_torch_model_embeds_as_the_original_without_options(tmp_path: Path) -> None:
    """How images are fed to it stands in the file."""
    pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    export_embedder({"type": "torch", "model": FACTORY, "size": [8, 8], **OPTIONS}, tmp_path / "m.onnx")
    dataset = Dataset.from_images([str(number) for number in range(len(IMAGES))], IMAGES)
    found = column(dataset, embedder=f"onnx:model={tmp_path / 'm.onnx'}", normalize=False).values

    assert found == pytest.approx(expected(IMAGES), abs=1e-5)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_torch_runs_an_exported_program(tmp_path: Path) -> None:
    """Of a file, without the code that made it."""
    torch = pytest.importorskip("torch")
    program = torch.export.export(torch_network().eval(), (torch.zeros(1, 3, 8, 8),))
    torch.export.save(program, tmp_path / "m.pt2")

    assert embedded(type="torch", model=str(tmp_path / "m.pt2"), size=[8, 8]) == pytest.approx(
        expected(IMAGES), abs=1e-5
    )


def test_the_version_of_a_torch_model_is_of_its_weights() -> None:
    """The same twice; another weight, another version."""
    pytest.importorskip("torch")
    from tamis.embedding.choosing import choose

    registry = Registry(allow=["tamis"], environ=False)
    choice = {"type": "torch", "model": FACTORY, "size": [8, 8]}
    before = choose(choice, registry).version
    assert choose(choice, registry).version == before
    KERNELS[0, 0, 0, 0] += 1
    try:
        assert choose(choice, registry).version != before
    finally:
        KERNELS[0, 0, 0, 0] -= 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "nothing"}, "embedder.model: 'nothing' is neither module:factory nor a file .pt2"),
        ({"model": "no.such.module:x"}, "'no.such.module:x' can't be made: ModuleNotFoundError"),
        ({"model": f"{__name__}:no"}, "can't be made: AttributeError"),
        ({"model": f"{__name__}:not_a_network"}, "returns a int, not a torch.nn.Module"),
        ({"model": "no.pt2"}, "embedder.model: 'no.pt2' is not a file"),
        ({"model": "conftest.py.pt2"}, "is not a file"),
        ({"model": FACTORY, "device": "nonsense"}, "embedder.device: 'nonsense' can't be used"),
        ({"model": FACTORY, "layout": "nhwc"}, "embedder.model: it can't embed an image"),
    ],
)
def test_a_torch_model_that_does_not_fit_is_refused(options: dict[str, Any], message: str) -> None:
    """With the option."""
    pytest.importorskip("torch")
    with pytest.raises(errors.ConfigError) as caught:
        run(flat((1, 2, 3)), embedder={"type": "torch", **options})
    assert message in str(caught.value)
