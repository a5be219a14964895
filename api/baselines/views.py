"""Baselines put together for those who look at them."""

from api.baselines.models import Baseline
from api.baselines.schemas import BaselineFrame, BaselineView


def view_of(baseline: Baseline) -> BaselineView:
    """Return a baseline as it goes over the wire."""
    return BaselineView(
        **{
            name: getattr(baseline, name)
            for name in BaselineView.model_fields
            if name not in ("picture_url", "frames")
        },
        picture_url=f"/v1/sites/{baseline.camera_id}/baselines/{baseline.id}/picture",
        frames=[BaselineFrame.model_validate(frame) for frame in baseline.frames],
    )
