"""Static INT8 quantization of an exported detector, for CPUs with INT8 dot products."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from training.errors import TrainingError

QUANTIZED = ("Conv", "Add", "Mul", "Sigmoid", "Concat", "MaxPool", "Resize", "Split")
"""Everything between convolutions too: going back to float round each SiLU costs more than INT8
gains. Attention, the detection head and all after it stay float."""
PERCENTILE = 99.99
"""Activations are scaled so that this share of the calibration's values, in percent, is not cut."""


def quantize(source: Path, target: Path, calibration: Sequence[NDArray[np.uint8]]) -> None:
    """Write an INT8 model in QDQ form: uint8 activations, int8 weights per channel.

    Weights keep 7 bits, so that CPUs without VNNI, whose 16-bit sums would saturate, give the same
    answers (ONNX Runtime, "Quantize ONNX models", on reduce_range).

    Args:
        source: The FP32 model, as `training.export` writes it.
        target: The file to write.
        calibration: Letterboxed pictures of the training split, each uint8 (1, H, W, 3), BGR, all
            of one size.
    """
    model = onnx.load(source)
    quantize_static(
        str(source),
        str(target),
        _Calibration(calibration),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=list(QUANTIZED),
        nodes_to_exclude=_kept_float(model.graph),
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.Percentile,
        extra_options={"CalibPercentile": PERCENTILE},
    )
    quantized = onnx.load(target)
    _feed_picture_as_quantized(quantized.graph)
    onnx.checker.check_model(quantized)
    onnx.save(quantized, target)


class _Calibration(CalibrationDataReader):
    def __init__(self, pictures: Sequence[NDArray[np.uint8]]) -> None:
        self._pictures: Iterator[NDArray[np.uint8]] = iter(pictures)

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        picture = next(self._pictures, None)
        return None if picture is None else {"images": picture}


def _kept_float(graph: onnx.GraphProto) -> list[str]:
    """Names of the nodes of the detection head, after it, and inside attention blocks."""
    producer = {output: node for node in graph.node for output in node.output}
    before: set[str] = set()
    waiting = [node for node in graph.node if node.op_type == "Conv"]
    head = re.search(r"/model\.\d+/", waiting[-1].name)
    if head is None:
        raise TrainingError("the model's layers are not named as training.export names them")
    while waiting:
        node = waiting.pop()
        if node.name not in before:
            before.add(node.name)
            waiting += [producer[name] for name in node.input if name in producer]
    return [
        node.name
        for node in graph.node
        if node.name not in before or "/attn/" in node.name or head.group() in node.name
    ]


def _feed_picture_as_quantized(graph: onnx.GraphProto) -> None:
    """Let the uint8 picture be the quantized tensor: scale 1, zero point 0, nothing to compute.

    The export reads Transpose, Cast to float; quantization adds QuantizeLinear, DequantizeLinear.
    The Cast and the QuantizeLinear undo each other once the scale is 1.
    """
    initializers = {tensor.name: tensor for tensor in graph.initializer}
    cast = next(node for node in graph.node if node.op_type == "Cast")
    quantizer = next(
        node
        for node in graph.node
        if node.op_type == "QuantizeLinear" and node.input[0] == cast.output[0]
    )
    scale, zero = quantizer.input[1], quantizer.input[2]
    initializers[scale].CopyFrom(numpy_helper.from_array(np.array(1, np.float32), scale))
    initializers[zero].CopyFrom(numpy_helper.from_array(np.array(0, np.uint8), zero))
    for node in graph.node:
        for place, name in enumerate(node.input):
            if name == quantizer.output[0]:
                node.input[place] = cast.input[0]
    graph.node.remove(quantizer)
    graph.node.remove(cast)
