"""What devices say, written beside what our models say, and shown again."""

from collections.abc import Collection, Mapping, Sequence
from math import isfinite

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.external_detections.detection import ExternalDetection
from api.external_detections.models import PLATE_PURPOSE, ExternalDetectionRow
from api.external_detections.schemas import ExternalDetectionView
from api.registers.plates import PlateKeys

_MOST_SHOWN = 200


def record(
    session: Session,
    *,
    frame_id: str,
    size_wh: tuple[int, int],
    external: Sequence[ExternalDetection],
) -> None:
    """Write what a device said of a frame, but for what plates say (see `keep_plates`).

    Args:
        session: the open transaction; the frame is in it.
        frame_id: which.
        size_wh: width and height of the frame as displayed, in pixels; boxes are cut to it.
        external: in the device's order.
    """
    for position, one in enumerate(external):
        x1, y1, x2, y2 = one.box_within(*size_wh) or (None, None, None, None)
        session.add(
            ExternalDetectionRow(
                frame_id=frame_id,
                position=position,
                class_name=one.kept_class,
                score=_share(one.score),
                x1=x1,
                y1=y1,
                x2=x2,
                y2=y2,
                attributes=one.told or None,
                has_plate=one.readable_plate is not None,
            )
        )


def keep_plates(
    session: Session,
    *,
    frame_id: str,
    of_suspects: Mapping[int, tuple[str, str]],
    plates: PlateKeys,
) -> None:
    """Keep what plates of suspect vehicles say, in the transaction that wrote the frame.

    Args:
        session: the open transaction.
        frame_id: the frame.
        of_suspects: sighting and plate by position; of all others nothing is kept.
        plates: seals.
    """
    for position, (sighting_id, plate) in of_suspects.items():
        session.execute(
            update(ExternalDetectionRow)
            .where(
                ExternalDetectionRow.frame_id == frame_id,
                ExternalDetectionRow.position == position,
            )
            .values(sighting_id=sighting_id, sealed_plate=plates.seal(PLATE_PURPOSE, plate))
        )


def name_passage(session: Session, *, passage_id: str, sighting_ids: Collection[str]) -> None:
    """Note of which passage the plates of some sightings are."""
    session.execute(
        update(ExternalDetectionRow)
        .where(ExternalDetectionRow.sighting_id.in_(sighting_ids))
        .values(passage_id=passage_id)
    )


def forget_plates(
    session: Session, *, sighting_ids: Collection[str], but_of: Collection[str]
) -> None:
    """Erase what plates say, but for those of passages that break a rule.

    Args:
        session: the open transaction.
        sighting_ids: whose passages are over.
        but_of: the passages that break a rule.
    """
    session.execute(
        update(ExternalDetectionRow)
        .where(
            ExternalDetectionRow.sighting_id.in_(sighting_ids),
            ExternalDetectionRow.passage_id.is_(None)
            | ExternalDetectionRow.passage_id.not_in(but_of),
        )
        .values(sealed_plate=None, sighting_id=None, passage_id=None)
    )


def plates_of(session: Session, *, passage_id: str, plates: PlateKeys) -> list[str]:
    """Return what a device read on the plate of a passage, each reading once, oldest first.

    Raises:
        PlateUnreadable: one was sealed with another key.
    """
    sealed = session.scalars(
        select(ExternalDetectionRow.sealed_plate)
        .where(
            ExternalDetectionRow.passage_id == passage_id,
            ExternalDetectionRow.sealed_plate.is_not(None),
        )
        .order_by(ExternalDetectionRow.id)
    )
    return list(dict.fromkeys(plates.open(PLATE_PURPOSE, one) for one in sealed if one))


def of_frames(session: Session, frame_ids: Collection[str]) -> list[ExternalDetectionView]:
    """Return what devices said of frames, in their order; the first 200."""
    rows = session.scalars(
        select(ExternalDetectionRow)
        .where(ExternalDetectionRow.frame_id.in_(frame_ids))
        .order_by(ExternalDetectionRow.frame_id, ExternalDetectionRow.position)
        .limit(_MOST_SHOWN)
    )
    return [
        ExternalDetectionView(
            id=row.id,
            frame_id=row.frame_id,
            class_name=row.class_name,
            score=row.score,
            box=_box(row),
            attributes=row.attributes or {},
            has_plate=row.has_plate,
        )
        for row in rows
    ]


def _box(row: ExternalDetectionRow) -> tuple[float, float, float, float] | None:
    if row.x1 is None or row.y1 is None or row.x2 is None or row.y2 is None:
        return None
    return row.x1, row.y1, row.x2, row.y2


def _share(score: float | None) -> float | None:
    return min(max(score, 0.0), 1.0) if score is not None and isfinite(score) else None
