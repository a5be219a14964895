"""Makes up what stands on a plate."""

import numpy as np

from models.plate_text import COLORS, PATTERNS

_SHARES = {"blue": 0.36, "green": 0.26, "yellow": 0.24, "white": 0.06, "black": 0.08}


def random_plate(rng: np.random.Generator) -> tuple[str, str]:
    """Make up a plate, with every province as likely as any other.

    Args:
        rng: Where the randomness comes from.

    Returns:
        Text as `京A12345`, and one of `models.plate_text.COLORS`.
    """
    color = str(rng.choice(COLORS, p=[_SHARES[color] for color in COLORS]))
    patterns = PATTERNS[color]
    # Most yellow plates are plain ones; the other colours take each of their patterns alike.
    plain = color == "yellow" and rng.random() < 0.7
    pattern = patterns[0] if plain else patterns[int(rng.integers(len(patterns)))]
    return "".join(admitted[int(rng.integers(len(admitted)))] for admitted in pattern), color
