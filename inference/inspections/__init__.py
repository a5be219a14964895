"""The inspections that Xunjian knows: one file each, the same contract."""

from pathlib import Path

from inference.choices import VariantChoice
from inference.errors import InspectionUnknown
from inference.inspections.base import (
    ClipInspection,
    Inspection,
    Kind,
    PictureInspection,
    SeriesInspection,
)
from inference.inspections.checkpoint_vehicle import CheckpointVehicle
from inference.inspections.crop_pest import CropPest
from inference.inspections.falling_object import FallingObject
from inference.inspections.illegal_building import IllegalBuilding
from inference.inspections.road_damage import RoadDamage
from inference.policy import ExecutionPolicy, choose_policy

__all__ = [
    "INSPECTIONS",
    "ClipInspection",
    "Inspection",
    "Kind",
    "PictureInspection",
    "SeriesInspection",
    "get_inspection",
    "inspection_type",
]

INSPECTIONS: dict[str, type[Inspection]] = {
    kind.name: kind
    for kind in (RoadDamage, CheckpointVehicle, CropPest, FallingObject, IllegalBuilding)
}


def inspection_type(name: str) -> type[Inspection]:
    """Return an inspection's class, for its name, kind and model names; loads nothing.

    Raises:
        InspectionUnknown: There is none of that name.
    """
    try:
        return INSPECTIONS[name]
    except KeyError:
        raise InspectionUnknown(
            f"no inspection {name!r}", hint=f"Known inspections: {', '.join(INSPECTIONS)}."
        ) from None


def get_inspection(
    name: str,
    policy: ExecutionPolicy | None = None,
    *,
    variant: VariantChoice = "auto",
    threshold: float | None = None,
    root: Path | None = None,
) -> Inspection:
    """Load an inspection's models and make it ready to look at what it takes.

    Args:
        name: Which inspection, e.g. `road_damage`.
        policy: How its models run; by default what suits this machine.
        variant: Which variant of its models; by default what the policy prefers.
        threshold: Lowest score (0 to 1) reported; by default each class's operating point.
        root: Folder that holds the models; by default Xunjian's own.

    Returns:
        The inspection, shared by all threads.

    Raises:
        InspectionUnknown: There is none of that name.
        ModelError: One of its models is missing or damaged.
        ProviderUnavailable: The device's provider did not load.
    """
    wanted = inspection_type(name)
    return wanted.load(policy or choose_policy(), variant=variant, threshold=threshold, root=root)
