"""What a training run does: the choices the card names."""

from dataclasses import dataclass

CLASSES = ("crack", "pothole")
POTHOLE = CLASSES.index("pothole")


@dataclass(frozen=True)
class Mixture:
    """How often a training sample is made in which way; what remains of 1 is a street background.

    Attributes:
        whole: A whole picture, scaled and shifted.
        mosaic: Four pictures side by side; turned off for the last epochs.
        zoom: A close view of one object, so that it fills much of the frame.
        pasted: Probability that a whole picture gets potholes pasted or painted in.
    """

    whole: float = 0.45
    mosaic: float = 0.20
    zoom: float = 0.20
    pasted: float = 0.30

    def without_mosaic(self) -> "Mixture":
        """The mixture for the last epochs: whole pictures take the mosaics' share."""
        return Mixture(self.whole + self.mosaic, 0.0, self.zoom, self.pasted)


@dataclass(frozen=True)
class Recipe:
    """The settings of one training run.

    Attributes:
        image_size: Longer side of the training frame in pixels, a multiple of 32.
        epochs: Passes over the training pictures.
        plain_epochs: The last epochs, which are trained without mosaics.
        batch: Pictures per optimiser step.
        learning_rate: Peak learning rate of AdamW; falls along a cosine to a fiftieth.
        freeze: How many of the network's first layers keep their weights.
        mixture: How samples are made.
        seed: Makes the run repeatable on one device.
    """

    image_size: int = 640
    epochs: int = 12
    plain_epochs: int = 2
    batch: int = 12
    learning_rate: float = 1.5e-3
    freeze: int = 0
    mixture: Mixture = Mixture()
    seed: int = 0

    @property
    def frame(self) -> tuple[int, int]:
        """Width, height of the training frame: 16:10, like most cameras, in multiples of 32."""
        return self.image_size, round(self.image_size * 10 / 16 / 32) * 32
