"""EfficientNet-Lite0 up to its features, as an ONNX graph made from its weights.

Tan and Le, 2019 (arXiv 1905.11946); the Lite variant of March 2020 leaves out squeeze-and-excitation and bounds what
neurons give at 6. Batch normalisation is folded into the convolution before it, in float64.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: The stages: blocks, stride of the first.
STAGES = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1))
SIZE, DIM, EPSILON = 224, 1280, 1e-3


def model(weights: Mapping[str, Array]) -> bytes:
    """The graph: ``(n, 3, 224, 224)`` float32, ``(v - 127) / 128`` of RGB values, to ``(n, 1280)`` features.

    The features are the means over the last layer of convolutions, which a classifier of 1,000 classes of ImageNet
    was trained on.

    Args:
        weights: Arrays by the names of the PyTorch model.

    Raises:
        KeyError: they lack one.
    """
    import onnx

    graph = _Graph(weights)
    value = graph.convolution("image", "_conv_stem", "_bn0", stride=2)
    number = 0
    for blocks, stride in STAGES:
        for position in range(blocks):
            value = graph.block(value, f"_blocks.{number}", stride if position == 0 else 1)
            number += 1
    value = graph.convolution(value, "_conv_head", "_bn1")
    features = graph.add("ReduceMean", [value], axes=[2, 3], keepdims=0)
    proto = onnx.helper.make_graph(
        graph.nodes,
        "efficientnet-lite0",
        [onnx.helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, ["n", 3, SIZE, SIZE])],
        [onnx.helper.make_tensor_value_info(features, onnx.TensorProto.FLOAT, ["n", DIM])],
        graph.tensors,
    )
    opset = onnx.helper.make_opsetid("", 13)
    content: bytes = onnx.helper.make_model(proto, opset_imports=[opset], ir_version=8).SerializeToString()
    return content


class _Graph:
    """Nodes and weights as they are added."""

    def __init__(self, weights: Mapping[str, Array]) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.tensors: list[Any] = []
        self._six = [self._constant("zero", np.float32(0)), self._constant("six", np.float32(6))]

    def add(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        """Add a node, and return the name of what it gives."""
        import onnx

        output = f"value{len(self.nodes)}"
        self.nodes.append(onnx.helper.make_node(kind, inputs, [output], **attributes))
        return output

    def convolution(self, value: str, name: str, norm: str, *, stride: int = 1, bounded: bool = True) -> str:
        """A convolution, its normalisation and, unless it is linear, the bounds 0 and 6."""
        kernel = self.weights[f"{name}.weight"].astype(np.float64)
        deviation = np.sqrt(self.weights[f"{norm}.running_var"].astype(np.float64) + EPSILON)
        scale = self.weights[f"{norm}.weight"] / deviation
        shift = self.weights[f"{norm}.bias"] - self.weights[f"{norm}.running_mean"] * scale
        inputs = [
            value,
            self._constant(f"{name}.kernel", kernel * scale[:, None, None, None]),
            self._constant(f"{name}.shift", shift),
        ]
        groups = len(kernel) if "depthwise" in name else 1
        value = self.add("Conv", inputs, strides=[stride, stride], group=groups, auto_pad="SAME_UPPER")
        return self.add("Clip", [value, *self._six]) if bounded else value

    def block(self, value: str, name: str, stride: int) -> str:
        """An inverted residual block: wider, across each channel, narrower; what it was given is added if it fits."""
        wide = value
        if f"{name}._expand_conv.weight" in self.weights:
            wide = self.convolution(value, f"{name}._expand_conv", f"{name}._bn0")
        wide = self.convolution(wide, f"{name}._depthwise_conv", f"{name}._bn1", stride=stride)
        narrow = self.convolution(wide, f"{name}._project_conv", f"{name}._bn2", bounded=False)
        return self.add("Add", [value, narrow]) if stride == 1 and self._keeps_width(name) else narrow

    def _keeps_width(self, name: str) -> bool:
        """Whether a block gives as many channels as it takes. The first one, which doesn't widen, takes what it has."""
        narrowed = self.weights[f"{name}._project_conv.weight"]
        widened = self.weights.get(f"{name}._expand_conv.weight", narrowed)
        return bool(len(narrowed) == widened.shape[1])

    def _constant(self, name: str, value: Array) -> str:
        """Weights of the graph."""
        import onnx

        self.tensors.append(onnx.numpy_helper.from_array(np.asarray(value, dtype=np.float32), name))
        return name
