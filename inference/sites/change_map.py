"""What a change network says of two pictures of one camera."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ChangeMap:
    """How likely each place has changed, at a quarter of the pictures' size.

    Attributes:
        appeared: float32 (H/4, W/4), probability that a structure stands there now and did not.
        removed: float32 (H/4, W/4), probability that a structure stood there and does no more.
        structure: float32 (T, H/4, W/4), probability of each type of structure.
    """

    appeared: NDArray[np.float32]
    removed: NDArray[np.float32]
    structure: NDArray[np.float32]


class Comparer(Protocol):
    """Compares two aligned pictures; may be shared by threads."""

    @property
    def structures(self) -> tuple[str, ...]:
        """Names of the types of structure, in the order of `ChangeMap.structure`."""
        ...

    def compare(self, before: NDArray[np.uint8], after: NDArray[np.uint8]) -> ChangeMap:
        """Compare pictures, both uint8 (H, W, 3), BGR, of one size, aligned."""
        ...
