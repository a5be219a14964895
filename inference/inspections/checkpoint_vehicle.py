"""Vehicles at a checkpoint: what they are, whether they smoke, and what their plates say."""

from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np

from inference.choices import VariantChoice
from inference.decode import Picture
from inference.detections import Detections
from inference.detector import Detector
from inference.engine import Engine
from inference.inspections.base import Kind, PictureInspection
from inference.plates import PlateReader
from inference.policy import ExecutionPolicy, load_model_for
from models.descriptions import ReaderDescription
from models.registry import DescribedModel, Model

SMALLEST_PLATE = 40
"""Plates less wide than this many pixels of the original are found but not read: a character of
GA 36-2018 takes a tenth of a plate's width and needs four pixels at least."""
MOST_PLATES = 16
"""At most so many plates of a picture are read, the surest first, whatever the threshold."""
DECODED_SIDE = 3840
"""Pictures are decoded whole up to this long side: plates are read from all the pixels there are,
the street model makes do with fewer."""

_STREET, _PLATE_READER = "street", "plate_reader"


class CheckpointVehicle(PictureInspection):
    """Road users, licence plates and black exhaust smoke. Rules decide what is a violation.

    A detection of class `plate` carries its reading in `Detections.plates`: an empty text means
    that it could not be read, no reading that it is too small to be.

    Args:
        street: Finds vehicles, persons, plates and smoke.
        reader: Reads the plates found.
    """

    name = "checkpoint_vehicle"
    kind = Kind.SUBJECT
    model_names = (_STREET, _PLATE_READER)

    def __init__(self, street: Detector, reader: PlateReader) -> None:
        super().__init__({_STREET: street})
        self._reader = reader

    @classmethod
    def load(
        cls,
        policy: ExecutionPolicy,
        *,
        variant: VariantChoice,
        threshold: float | None,
        root: Path | None,
    ) -> Self:
        """Load both models; the threshold is the street model's."""
        street = Engine(load_model_for(policy, _STREET, variant, root), policy)
        return cls(Detector(street, threshold), PlateReader.load(policy, variant, root))

    def check_golden(self) -> None:
        """Ask the street model and the plate reader for their golden pictures."""
        super().check_golden()
        self._reader.check_golden()

    @property
    def models(self) -> tuple[Model, ...]:
        """The street model."""
        return (self.detectors[_STREET].model,)

    @property
    def readers(self) -> tuple[DescribedModel[ReaderDescription], ...]:
        """The plate reader."""
        return (self._reader.model,)

    @property
    def input_size(self) -> int:
        """Long side in pixels that pictures should keep when they are decoded."""
        return DECODED_SIDE

    def inspect(self, picture: Picture) -> Detections:
        """Find what is on the road, and read the plates that are large enough."""
        found = self.detectors[_STREET].detect(picture)
        plate = found.class_names.index("plate")
        wide = found.boxes[:, 2] - found.boxes[:, 0] >= SMALLEST_PLATE
        large = np.flatnonzero((found.class_ids == plate) & wide)[:MOST_PLATES]
        if not len(large):
            return found
        readings = self._reader.read(picture, found.boxes[large])
        return replace(found, plates=dict(zip(large.tolist(), readings, strict=True)))
