"""A detector's boxes in, what the plates say out."""

from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inference.choices import VariantChoice
from inference.decode import DecodeLimits, Picture, decode
from inference.detections import PlateReading
from inference.errors import GoldenMismatch, PictureError
from inference.plates.crops import CROP_HEIGHT, CROP_WIDTH, crop_regions, cut
from inference.plates.decoding import decode_plate
from inference.policy import PROVIDERS, ExecutionPolicy
from models.descriptions import ReaderDescription
from models.errors import ModelInvalid
from models.plate_text import CHARSET, COLORS, colors_of
from models.registry import DescribedModel, load_described

_INPUT, _OUTPUTS = "crops", ("corners", "characters", "colors")
_PICTURE, _ANSWER = "golden.jpg", "golden.json"
_SURE_OF_COLOR = 0.5
_SCORE_TOLERANCE = 0.15
_CORNER_TOLERANCE = 0.1  # of the plate's width


class PlateReader:
    """Reads the plates of a picture as one batch; safe to share between threads.

    One network finds the four corners near a box, straightens the plate, whether it has one row or
    two, and gives characters and colour. It is so small (a few milliseconds a plate on one core)
    that it runs on the CPU whatever runs the detectors.

    Args:
        model: The reader to run.

    Raises:
        ModelInvalid: The file is no ONNX model, or not one of a plate reader.

    Example:
        >>> reader = PlateReader.load(choose_policy(), "auto", None)  # doctest: +SKIP
        >>> [reading.text for reading in reader.read(picture, boxes)]  # doctest: +SKIP
        ['京A12345']
    """

    def __init__(self, model: DescribedModel[ReaderDescription]) -> None:
        if (model.about.charset, model.about.colors) != (CHARSET, COLORS):
            raise ModelInvalid(
                f"{model.folder / ReaderDescription.file} has other characters or colours than"
                " this version",
                hint="Reinstall the model, or export it again with this version.",
            )
        self.model = model
        self._session = _open_session(model.path)

    @classmethod
    def load(
        cls,
        policy: ExecutionPolicy,  # noqa: ARG003
        variant: VariantChoice = "auto",  # noqa: ARG003
        root: Path | None = None,
    ) -> Self:
        """Load the reader that ships, or the one in `root`.

        Args:
            policy: How models run here; the reader runs on the CPU under each.
            variant: Which variant; there is but one, which is taken for all.
            root: Folder that holds the models; by default Xunjian's own.

        Raises:
            ModelError: As `models.registry.load_described`.
        """
        return cls(load_described(ReaderDescription, "plate_reader", root))

    def read(self, picture: Picture, boxes: NDArray[np.float32]) -> list[PlateReading]:
        """Read the plates in the given boxes.

        Args:
            picture: The decoded picture.
            boxes: float32 (N, 4), x1, y1, x2, y2 in pixels of the original picture, each round one
                plate; a little too large or too small does no harm.

        Returns:
            One reading per box, in their order. Where the score is below the model's threshold the
            text is empty and the score what it was; colour and polygon are given all the same.
        """
        if not len(boxes):
            return []
        height, width = picture.image.shape[:2]
        scale = np.array([width / picture.width, height / picture.height] * 2)
        regions = crop_regions(boxes * scale)
        crops = np.stack([cut(picture.image, region) for region in regions])
        corners, characters, colors = self.infer(crops)
        places = regions[:, None, :2] + corners * (regions[:, None, 2:] - regions[:, None, :2])
        return [
            self._reading(*one) for one in zip(places / scale[:2], characters, colors, strict=True)
        ]

    def check_golden(self) -> None:
        """Ask the model for its golden picture, a rendered plate whose text is known.

        Raises:
            GoldenMismatch: It reads another text or colour, scores it otherwise, or finds the
                plate elsewhere.
            ModelInvalid: `golden.jpg` or `golden.json` is missing or damaged.
        """
        folder = self.model.folder
        try:
            golden = Golden.model_validate_json((folder / _ANSWER).read_bytes())
            data = (folder / _PICTURE).read_bytes()
            picture = decode(data, DecodeLimits(), max(CROP_WIDTH, CROP_HEIGHT))
        except (OSError, ValidationError, PictureError) as error:
            raise ModelInvalid(
                f"the golden picture of {self.model.name} is unusable: {error}"
            ) from error
        (found,) = self.read(picture, np.array([golden.box], np.float32))
        apart = np.linalg.norm(np.subtract(found.polygon, golden.polygon), axis=1).max()
        if (
            (found.text, found.color) != (golden.text, golden.color)
            or abs(found.text_score - golden.text_score) > _SCORE_TOLERANCE
            or apart > _CORNER_TOLERANCE * (golden.box[2] - golden.box[0])
        ):
            raise GoldenMismatch(
                f"{self.model.name} reads its golden plate {golden.text} ({golden.color},"
                f" {golden.text_score:.2f}) as {found.text or 'unreadable'} ({found.color},"
                f" {found.text_score:.2f}), with a corner {apart:.1f} pixels off",
                hint="The model file or this machine's arithmetic is damaged; reinstall the model.",
            )

    def infer(self, crops: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Run the network on crops, for evaluation and calibration.

        Args:
            crops: uint8 (N, 96, 192, 3), BGR, as `inference.plates.crops.cut` gives them.

        Returns:
            Corners float32 (N, 4, 2) as fractions of the crop, log probabilities (N, 32,
            characters + 1) along the plate, probabilities of colours (N, colours).
        """
        outputs: list[Any] = self._session.run(list(_OUTPUTS), {_INPUT: crops})
        return outputs

    def _reading(
        self,
        corners: NDArray[np.float64],
        characters: NDArray[np.float32],
        colors: NDArray[np.float32],
    ) -> PlateReading:
        found = decode_plate(soften(characters, self.model.about.temperature))
        text = found.text if found.score >= self.model.about.threshold else ""
        first, second, third, fourth = ((float(x), float(y)) for x, y in corners)
        return PlateReading(
            text, found.score, _color(colors, text), polygon=(first, second, third, fourth)
        )


class Golden(BaseModel):
    """What a reader must read on its golden picture, `golden.json`."""

    model_config = ConfigDict(frozen=True)

    box: tuple[float, float, float, float]
    text: str = Field(min_length=1)
    text_score: float = Field(ge=0, le=1)
    color: str
    polygon: tuple[
        tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]
    ]


def soften(log_probs: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    """Divide log probabilities (columns, classes) by the temperature and normalise them again."""
    soft = log_probs.astype(np.float64) / temperature
    soft -= np.log(np.exp(soft).sum(axis=1, keepdims=True))
    return soft


def _color(probabilities: NDArray[np.float32], text: str) -> str:
    """The likeliest colour among those that plates of this text have; `unknown` if unsure."""
    admitted = colors_of(text) or COLORS
    shares = {name: float(probabilities[COLORS.index(name)]) for name in admitted}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= _SURE_OF_COLOR * sum(shares.values()) else "unknown"


def _open_session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=[PROVIDERS["cpu"]])
    except Exception as error:  # ONNX Runtime's exceptions share no public base
        raise ModelInvalid(f"{path} does not load: {error}") from error
    inputs = [(value.name, value.type, value.shape[1:]) for value in session.get_inputs()]
    outputs = tuple(value.name for value in session.get_outputs())
    if inputs != [(_INPUT, "tensor(uint8)", [CROP_HEIGHT, CROP_WIDTH, 3])] or outputs != _OUTPUTS:
        raise ModelInvalid(
            f"{path} is no plate reader: it has {inputs} and gives {outputs}",
            hint="Export it again with this version.",
        )
    return session
