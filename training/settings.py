"""How a training run goes."""

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Mixture:
    """How often a training sample is made in which way; what remains of 1 shows a background.

    Attributes:
        whole: A whole picture, scaled and shifted.
        mosaic: Four pictures side by side; turned off for the last epochs.
        zoom: A close view of one object, so that it fills much of the frame.
    """

    whole: float = 0.45
    mosaic: float = 0.20
    zoom: float = 0.20

    def without_mosaic(self) -> "Mixture":
        """The mixture for the last epochs: whole pictures take the mosaics' share."""
        return replace(self, whole=self.whole + self.mosaic, mosaic=0.0)


@dataclass(frozen=True)
class Settings:
    """The settings of one training run.

    Attributes:
        image_size: Longer side of the training frame in pixels, a multiple of 32.
        aspect: Width over height of the training frame.
        epochs: Passes over the training pictures.
        plain_epochs: The last epochs, which are trained without mosaics.
        batch: Pictures per optimiser step.
        learning_rate: Peak learning rate of AdamW; falls along a cosine to a fiftieth.
        freeze: How many of the network's first layers keep their weights.
        mixture: How samples are made.
        scales: Range of scales of a whole picture; 1 fits it into the frame.
        background_scales: The same for a background.
        seed: Makes the run repeatable on one device.
    """

    image_size: int = 640
    aspect: float = 16 / 10
    epochs: int = 12
    plain_epochs: int = 2
    batch: int = 12
    learning_rate: float = 1.5e-3
    freeze: int = 0
    mixture: Mixture = Mixture()
    scales: tuple[float, float] = (0.8, 2.2)
    background_scales: tuple[float, float] = (0.9, 2.2)
    seed: int = 0

    @property
    def frame(self) -> tuple[int, int]:
        """Width, height of the training frame in pixels, multiples of 32."""
        return self.image_size, round(self.image_size / self.aspect / 32) * 32

    def changed(self, **choices: int | None) -> "Settings":
        """The settings with those choices that are not None in place of its own."""
        made: dict[str, Any] = {name: one for name, one in choices.items() if one is not None}
        return replace(self, **made)
