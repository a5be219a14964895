"""Cracks and potholes, seen from the front of a bus."""

from inference.decode import Picture
from inference.detections import Detections
from inference.inspections.base import Kind, PictureInspection


class RoadDamage(PictureInspection):
    """Damage of the road surface: it stays where it is until somebody mends it."""

    name = "road_damage"
    kind = Kind.PLACE
    model_names = ("road_damage",)

    def inspect(self, picture: Picture) -> Detections:
        """Detect cracks and potholes in one picture."""
        return self.detectors["road_damage"].detect(picture)

    def inspect_with_faint(self, picture: Picture) -> tuple[Detections, Detections]:
        """Detect cracks and potholes, and faint potholes that tell missed ones from mended ones."""
        return self.detectors["road_damage"].detect_with_faint(picture)
