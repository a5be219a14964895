"""When a camera's frames are worked on: one job of the kind `site` per camera."""

from datetime import datetime

from sqlalchemy.orm import Session

from api.jobs.queue import enqueue

KIND = "site"


def schedule(session: Session, camera_id: str, *, not_before: datetime | None = None) -> None:
    """Have a camera's frames worked on, now or not before a moment; the earliest wish counts."""
    enqueue(session, kind=KIND, subject_id=camera_id, not_before=not_before)
