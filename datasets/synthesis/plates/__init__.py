"""Chinese licence plates, drawn to GA 36-2018 and worn, lit and photographed as cameras see them.

Example:
    >>> rng = np.random.default_rng(1)  # doctest: +SKIP
    >>> text, color = random_plate(rng)
    >>> plate = render_plate(text, color, rng)
    >>> sample = degrade(plate, rng)
"""

from datasets.synthesis.plates.degrade import PlatePicture, degrade
from datasets.synthesis.plates.render import render_plate
from datasets.synthesis.plates.text import random_plate

__all__ = ["PlatePicture", "degrade", "random_plate", "render_plate"]
