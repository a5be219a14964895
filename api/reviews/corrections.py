"""What a reviewer puts right: the class, and the boxes. What the model said stays as it is."""

from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import service as audit
from api.errors import Unprocessable
from api.evidence.models import Evidence
from api.findings.models import Finding
from api.principal import Principal
from api.reviews.models import ReviewBox
from api.reviews.schemas import DrawnBox
from inference.inspections import Kind, PictureInspection, inspection_type


def correct_class(
    session: Session,
    finding: Finding,
    class_name: str,
    *,
    known: Collection[str],
    actor: str,
) -> None:
    """Give a finding the class that a reviewer says is right.

    Args:
        session: the open transaction.
        finding: locked.
        class_name: the right class.
        known: the classes that the models of its inspection tell apart.
        actor: who says so.

    Raises:
        Unprocessable: the inspection's findings are not of a model's class, or not of this one.
    """
    inspection = inspection_type(finding.inspection)
    if not issubclass(inspection, PictureInspection) or inspection.kind is not Kind.PLACE:
        raise Unprocessable(
            f"The class of a finding of {finding.inspection} cannot be corrected: reject it as "
            "wrong_class.",
            code="class-not-correctable",
        )
    _check_known([class_name], known, finding.inspection)
    audit.record(
        session,
        actor=actor,
        action="finding.correct_class",
        object_type="finding",
        object_id=finding.id,
        before={"class": finding.class_name},
        after={"class": class_name},
    )
    finding.class_name = finding.corrected_class = class_name


def keep_boxes(
    session: Session,
    finding: Finding,
    review_id: str,
    boxes: Iterable[DrawnBox],
    *,
    known: Collection[str],
    principal: Principal,
) -> None:
    """Keep the boxes that a reviewer drew.

    Args:
        session: the open transaction.
        finding: in whose pictures they are.
        review_id: of the review that they come with.
        boxes: what was drawn.
        known: the classes that the models of its inspection tell apart.
        principal: who drew them.

    Raises:
        Unprocessable: a picture is none of the finding's frames, or a class is unknown.
    """
    boxes = list(boxes)
    _check_known({box.class_name for box in boxes}, known, finding.inspection)
    pictures = {
        row.id
        for row in session.execute(
            select(Evidence.id, Evidence.camera_id).where(
                Evidence.finding_id == finding.id, Evidence.frame_id.is_not(None)
            )
        )
        if principal.may_see(row.camera_id)
    }
    if unknown := {box.evidence_id for box in boxes} - pictures:
        raise Unprocessable(
            f"The finding has no picture of a frame with the id {', '.join(sorted(unknown))}.",
            code="picture-not-found",
        )
    session.add_all(ReviewBox(review_id=review_id, **box.model_dump()) for box in boxes)


def _check_known(names: Collection[str], known: Collection[str], inspection: str) -> None:
    if unknown := set(names) - set(known):
        raise Unprocessable(
            f"{inspection} has no class {', '.join(sorted(unknown))}; it has: "
            f"{', '.join(sorted(known)) or 'none that a model of pictures tells apart'}.",
            code="class-unknown",
        )
