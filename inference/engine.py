"""Owns the ONNX Runtime sessions of one model; callers hand it arrays and wait."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from inference.batching import Batcher
from inference.errors import ProviderUnavailable
from inference.gpu import gpu_providers, half_precision_copy
from inference.policy import PROVIDERS, ExecutionPolicy
from models.errors import ModelInvalid
from models.registry import Model

_INPUT, _OUTPUT = "images", "detections"


class Engine:
    """Runs one model, from as many threads as the policy has workers.

    On a CPU each call runs on the caller's own core; where the policy asks for batches, calls are
    gathered by one thread that owns the device. The answer is the same.

    Args:
        model: The model to run.
        policy: How to run it.

    Raises:
        ModelInvalid: The file is no ONNX model, or not one with Xunjian's input and output.
        ProviderUnavailable: The policy's provider did not load for this model.
    """

    def __init__(self, model: Model, policy: ExecutionPolicy) -> None:
        self.model = model
        self.policy = policy
        self._session = _open_session(model, policy)
        self._batcher: Batcher | None = None
        if policy.max_batch > 1:
            run = BoundRunner(self._session, "cpu" if policy.device == "cpu" else "cuda")
            self._batcher = Batcher(run, policy.max_batch, policy.batch_patience_s)

    def infer(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run the model on one letterboxed picture; may be called from many threads at once.

        Args:
            image: uint8 (H, W, 3), BGR, C-contiguous, H and W multiples of 32.

        Returns:
            float32 (300, 6): x1, y1, x2, y2 in pixels of `image`, score (0 to 1), class index;
            highest score first.
        """
        if self._batcher is not None:
            return self._batcher.infer(image)
        outputs: list[Any] = self._session.run([_OUTPUT], {_INPUT: image[None]})
        detections: NDArray[np.float32] = outputs[0][0]
        return detections

    def infer_many(self, images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
        """Run the model on letterboxed pictures of one size, as many at once as the policy says.

        On a CPU one after the other: six tiles of 640 pixels took a third longer as one batch, and
        twice the memory.

        Args:
            images: Each as `infer` takes it, all of one shape.

        Returns:
            One answer for each, as `infer` gives it.
        """
        if self._batcher is not None:
            return self._batcher.infer_many(images)
        return [self.infer(image) for image in images]

    def warm_up(self) -> None:
        """Run once on an empty picture, so that the first caller does not pay for planning."""
        side = self.model.input_size
        self.infer(np.zeros((side, side, 3), np.uint8))

    def close(self) -> None:
        """Answer what is waiting and stop; only batching engines have anything to stop."""
        if self._batcher is not None:
            self._batcher.close()


class BoundRunner:
    """Runs batches with inputs and outputs bound to the device, reusing its memory per shape.

    Args:
        session: The session; only one thread may use the runner.
        device: `cpu` or `cuda`.
    """

    def __init__(self, session: onnxruntime.InferenceSession, device: str) -> None:
        self._session = session
        self._device = device
        self._bound: dict[tuple[int, ...], tuple[Any, Any]] = {}

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run uint8 (N, H, W, 3) and return float32 (N, 300, 6)."""
        if images.shape not in self._bound:
            self._bound[images.shape] = self._bind(images.shape)
        value, binding = self._bound[images.shape]
        value.update_inplace(images)
        self._session.run_with_iobinding(binding)
        outputs: list[NDArray[np.float32]] = binding.copy_outputs_to_cpu()
        return outputs[0]

    def _bind(self, shape: tuple[int, ...]) -> tuple[Any, Any]:
        value = onnxruntime.OrtValue.ortvalue_from_shape_and_type(shape, np.uint8, self._device)
        binding = self._session.io_binding()
        binding.bind_ortvalue_input(_INPUT, value)
        binding.bind_output(_OUTPUT, self._device)
        return value, binding


def _open_session(model: Model, policy: ExecutionPolicy) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Patterns reserve one block per call and shape: 80 MB more for four callers, and no quicker.
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    path = half_precision_copy(model) if policy.half else model.path
    providers: list[Any] = (
        [PROVIDERS["cpu"]] if policy.device == "cpu" else gpu_providers(model, policy)
    )
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:  # ONNX Runtime's exceptions share no public base
        raise ModelInvalid(f"{path} does not load: {error}") from error
    loaded = session.get_providers()
    if PROVIDERS[policy.device] not in loaded:
        raise ProviderUnavailable(
            f"{PROVIDERS[policy.device]} did not load for {model.name}: got {', '.join(loaded)}",
            hint="Check the NVIDIA driver, CUDA, cuDNN and TensorRT, or ask for --device cpu.",
        )
    _check_contract(session, path)
    return session


def _check_contract(session: onnxruntime.InferenceSession, path: object) -> None:
    check: list[tuple[Callable[[], list[Any]], str, str, int, int]] = [
        (session.get_inputs, _INPUT, "tensor(uint8)", 4, 3),
        (session.get_outputs, _OUTPUT, "tensor(float)", 3, 6),
    ]
    for values, name, kind, rank, last in check:
        (value, *others) = values()
        if (value.name, value.type, len(value.shape), value.shape[-1]) != (
            name,
            kind,
            rank,
            last,
        ) or others:
            raise ModelInvalid(
                f"{path}: expected one {kind} {name!r} with {rank} axes, the last of {last},"
                f" but it has {value.type} {value.name!r} {value.shape}",
                hint="Export it again with this version: xunjian export NAME --weights FILE.",
            )
