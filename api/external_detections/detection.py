"""What a device says of one thing in its picture."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from api.registers.plates import normalise
from models.plate_text import PROVINCES

PLATE = "plate"
"""The class of what carries a plate."""
PLATE_COLOR = "plate_color"
"""The attribute that tells a plate's colour, in the words of `models.plate_text.COLORS`."""

_LONGEST_CLASS, _LONGEST_NAME, _LONGEST_VALUE = 60, 40, 120
_MOST_ATTRIBUTES = 30
_READABLE = re.compile(r"[0-9A-Z\u4e00-\u9fff]{5,12}")
_PLATE_LIKE = re.compile(f"[{PROVINCES}][A-Z][0-9A-Z]{{4}}")

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class ExternalDetection:
    """What a device says of one thing in its picture. It is kept as it was said, never edited.

    Attributes:
        class_name: the device's class in our words where there is one (`car`, `plate`, …).
        box: x1, y1, x2, y2 in pixels of the picture as displayed, None where it gave none.
        score: how sure it is, 0 to 1, of a plate how sure of its text; None where it does not say.
        plate: what the plate says. It names a person: never log it, nor put it in `attributes`.
        attributes: whatever else it says, by our names.
    """

    class_name: str
    box: Box | None = None
    score: float | None = None
    plate: str | None = field(default=None, repr=False)
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def readable_plate(self) -> str | None:
        """Return the plate as it is compared, None where the device says that it read none."""
        text = normalise(self.plate or "")
        # "UNKNOWN", "无车牌", "未识别": words and no numbers.
        readable = _READABLE.fullmatch(text) and any(one.isdigit() for one in text)
        return text if readable else None

    @property
    def told(self) -> dict[str, str]:
        """Return the attributes that may be kept: short, few, and none that looks like a plate."""
        kept = {
            name[:_LONGEST_NAME]: value[:_LONGEST_VALUE]
            for name, value in self.attributes.items()
            if value and "\0" not in name + value and not names_a_vehicle(value)
        }
        return dict(list(kept.items())[:_MOST_ATTRIBUTES])

    def box_within(self, width: int, height: int) -> Box | None:
        """Return the box without what lies outside a picture, None where nothing is left."""
        if self.box is None or not all(abs(side) < float("inf") for side in self.box):
            return None
        x1, x2 = (min(max(side, 0.0), float(width)) for side in self.box[::2])
        y1, y2 = (min(max(side, 0.0), float(height)) for side in self.box[1::2])
        return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None

    @property
    def kept_class(self) -> str:
        """Return the class as far as it is kept."""
        named = self.class_name.replace("\0", "")[:_LONGEST_CLASS]
        return "other" if not named or names_a_vehicle(named) else named


def names_a_vehicle(text: str) -> bool:
    """Say whether a text has what looks like a plate in it."""
    return _PLATE_LIKE.search(normalise(text)) is not None
