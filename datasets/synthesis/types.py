"""Array types shared by the synthesis modules."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.floating[Any]]
"""Numbers of any floating type."""

Image: TypeAlias = npt.NDArray[np.uint8]
"""A picture or mask: (H, W) or (H, W, channels), BGR."""

Whole: TypeAlias = npt.NDArray[np.integer[Any]]
"""Whole numbers."""

Mask: TypeAlias = npt.NDArray[np.bool_]
"""Yes or no."""
