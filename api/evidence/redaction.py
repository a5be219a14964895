"""Bystanders in evidence: their plates and heads are made unrecognisable before anybody sees it.

Where they are is known from the detections of the frame. A head is the upper fifth of a person's
box. The picture itself stays as it was received in the object store and leaves it only through
here.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from api.evidence.models import Evidence
from api.findings.models import FindingDetection
from api.frames.models import Detection
from inference.decode import Picture

Box = tuple[float, float, float, float]

_PLATE, _PERSON = "plate", "person"
_HEAD = 0.2  # of a person's box; a standing adult's head is an eighth
_MARGIN = 0.1  # of the box, on every side
_CELLS = 3


def bystanders(session: Session, evidence: Evidence) -> list[Box]:
    """Return what must not be recognised in a picture: x1, y1, x2, y2 in pixels.

    That is every plate but those of the finding, and the heads of all persons.
    """
    found = session.scalars(
        select(Detection)
        .where(Detection.frame_id == evidence.frame_id, _is_bystander(evidence.finding_id))
        .order_by(Detection.id)
    )
    return [_hidden(one) for one in found]


def with_bystanders(session: Session, finding_id: str) -> set[str]:
    """Return the frames of a finding's pictures in which something is made unrecognisable."""
    return set(
        session.scalars(
            select(Detection.frame_id)
            .join(Evidence, Evidence.frame_id == Detection.frame_id)
            .where(Evidence.finding_id == finding_id, _is_bystander(finding_id))
        )
    )


def _is_bystander(finding_id: str) -> ColumnElement[bool]:
    """Say of a detection in SQL that it is a plate or a person, and not the finding's."""
    shown = select(FindingDetection.detection_id).where(FindingDetection.finding_id == finding_id)
    return and_(Detection.class_name.in_((_PLATE, _PERSON)), Detection.id.not_in(shown))


def redact(picture: Picture, boxes: Sequence[Box]) -> NDArray[np.uint8]:
    """Return a copy of a picture in which boxes are a few plain squares.

    Squares, not a blur: a blurred plate can be sharpened again.

    Args:
        picture: at any size.
        boxes: x1, y1, x2, y2 in pixels of the original.

    Returns:
        uint8 (H, W, 3), BGR, of the size of `picture.image`.
    """
    image = picture.image.copy()
    height, width = image.shape[:2]
    scale_x, scale_y = width / picture.width, height / picture.height
    for x1, y1, x2, y2 in boxes:
        left, right = max(0, int(x1 * scale_x)), min(width, int(np.ceil(x2 * scale_x)))
        top, bottom = max(0, int(y1 * scale_y)), min(height, int(np.ceil(y2 * scale_y)))
        if left < right and top < bottom:
            part = image[top:bottom, left:right]
            cells = cv2.resize(part, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
            size = (right - left, bottom - top)
            image[top:bottom, left:right] = cv2.resize(cells, size, interpolation=cv2.INTER_NEAREST)
    return image


def spread(box: Box) -> Box:
    """Return a box with a tenth of its width and height added on every side."""
    x1, y1, x2, y2 = box
    dx, dy = _MARGIN * (x2 - x1), _MARGIN * (y2 - y1)
    return x1 - dx, y1 - dy, x2 + dx, y2 + dy


def _hidden(one: Detection) -> Box:
    bottom = one.y1 + _HEAD * (one.y2 - one.y1) if one.class_name == _PERSON else one.y2
    return spread((one.x1, one.y1, one.x2, bottom))
