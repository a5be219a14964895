"""What findings of camera health are called; nothing looks at pictures for them but the watch."""

from api.camera_health.models import CameraTrouble
from inference.inspections import INSPECTIONS

INSPECTION = "camera_health"
FINDS = (*INSPECTIONS, INSPECTION)
"""The inspections that a finding can be of."""

SEVERITY = {
    "camera_silent": 3,
    "camera_frozen": 3,
    "camera_dark": 3,
    "camera_blocked": 3,
    "camera_moved": 2,
    "camera_other_view": 2,
    "camera_blurred": 2,
    "gateway_silent": 3,
    "gateway_losing": 3,
}
"""How severe each class is: 3 where nothing is seen any more, 2 where something still is."""


def class_of(row: CameraTrouble) -> str:
    """Return the class of findings that a trouble is told as."""
    return f"{'gateway' if row.gateway_id else 'camera'}_{row.trouble}"
