"""Verifications put together for those who look at them."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.cameras.models import Camera
from api.evidence.models import Evidence
from api.evidence.signing import Rendition, picture_path
from api.frames.models import Frame
from api.verification.models import Verification, VerificationLook
from api.verification.schemas import LookPicture, LookView, VerificationDetail, VerificationView


def newest_of(session: Session, case_ids: Collection[str]) -> dict[str, VerificationView]:
    """Return the newest verification of each case that was ever claimed done, by the case's id."""
    newest = (
        select(func.max(Verification.id))
        .where(Verification.case_id.in_(case_ids))
        .group_by(Verification.case_id)
    )
    rows = session.scalars(select(Verification).where(Verification.id.in_(newest)))
    return {row.case_id: VerificationView.model_validate(row) for row in rows}


def details(
    session: Session, rows: Sequence[Verification], *, visible: Collection[str] | None
) -> list[VerificationDetail]:
    """Return verifications with every look, oldest first.

    Args:
        session: the open transaction.
        rows: which.
        visible: ids of the cameras whose pictures may be shown; None means every camera.
    """
    looks = _looks(session, rows, visible)
    return [
        VerificationDetail(**dict(VerificationView.model_validate(row)), looks=looks[row.id])
        for row in rows
    ]


def _looks(
    session: Session, rows: Sequence[Verification], visible: Collection[str] | None
) -> dict[str, list[LookView]]:
    pictures = _pictures(session, {row.finding_id for row in rows}, visible)
    found = session.execute(
        select(VerificationLook, Camera.name)
        .join(Camera, Camera.id == VerificationLook.camera_id)
        .where(VerificationLook.verification_id.in_([row.id for row in rows]))
        .order_by(VerificationLook.first_at, VerificationLook.id)
    ).tuples()
    looks: defaultdict[str, list[LookView]] = defaultdict(list)
    for look, camera_name in found:
        looks[look.verification_id].append(
            LookView(
                id=look.id,
                camera_id=look.camera_id,
                camera_name=camera_name,
                first_at=look.first_at,
                last_at=look.last_at,
                outcome=look.outcome,
                counted=look.counted,
                frames=look.frames,
                sightings=look.sightings,
                score=look.score,
                picture=next(
                    (
                        picture
                        for camera_id, picture in pictures
                        if camera_id == look.camera_id
                        and look.first_at <= picture.captured_at <= look.last_at
                    ),
                    None,
                ),
            )
        )
    return looks


def _pictures(
    session: Session, finding_ids: Collection[str], visible: Collection[str] | None
) -> list[tuple[str, LookPicture]]:
    """Return the kept pictures of findings with the cameras that took them, the newest first."""
    query = (
        select(Evidence.id, Evidence.camera_id, Frame.captured_at)
        .join(Frame, Frame.id == Evidence.frame_id)
        .where(Evidence.finding_id.in_(finding_ids), Evidence.removed_at.is_(None))
        .order_by(Frame.captured_at.desc())
    )
    if visible is not None:
        query = query.where(Evidence.camera_id.in_(visible))
    return [
        (
            camera_id,
            LookPicture(
                evidence_id=evidence_id,
                plain_url=picture_path(evidence_id, Rendition.PLAIN),
                annotated_url=picture_path(evidence_id, Rendition.ANNOTATED),
                captured_at=captured_at,
            ),
        )
        for evidence_id, camera_id, captured_at in session.execute(query).tuples()
    ]
