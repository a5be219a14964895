"""Takes the difference of light out of two pictures before they are compared."""

import numpy as np
from numpy.typing import NDArray

_MAD_TO_SIGMA = 1.4826
_GAIN = (0.5, 2.0)
_LEAST_SPREAD = 2.0
_STEP = 2


def match_light(image: NDArray[np.uint8], reference: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give a picture the brightness, contrast and white balance of another of the same view.

    Each channel is shifted and scaled as in Reinhard et al., "Color transfer between images" (IEEE
    Computer Graphics 21, 2001), by medians and median absolute deviations in place of means and
    standard deviations (Hampel, "The influence curve and its role in robust estimation", 1974), so
    that what was built, up to nearly half of the picture, does not count. A season's or an
    exposure's slow drift is such a shift.

    Args:
        image: uint8 (H, W, 3), BGR.
        reference: uint8 (H, W, 3), BGR, aligned.

    Returns:
        uint8 (H, W, 3), BGR. The gain stays between 0.5 and 2.
    """
    centre, spread = _statistics(image)
    wanted_centre, wanted_spread = _statistics(reference)
    gain = np.clip(wanted_spread / spread, *_GAIN)
    levels = np.arange(256, dtype=np.float32)[:, None]
    table = np.rint((levels - centre) * gain + wanted_centre).clip(0, 255).astype(np.uint8)
    return np.stack([table[image[:, :, channel], channel] for channel in range(3)], axis=2)


def _statistics(image: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Median and spread (3,) of each channel."""
    flat = image[::_STEP, ::_STEP].reshape(-1, 3).astype(np.float32)
    centre = np.median(flat, axis=0)
    spread = _MAD_TO_SIGMA * np.median(np.abs(flat - centre), axis=0)
    return centre, np.maximum(spread, _LEAST_SPREAD)
