"""How often a fresh patch on a rendered road is taken for the pothole that it covers.

`python -m benchmarks.patches` prints it as JSON, beside how often the potholes themselves are seen
on the same drives: 16 roads with five potholes each, driven three times, each time in other light;
about four minutes of CPU. A pass reopens a case when it sees what would be enough to ask an
operator about a finding (`GroupRule.is_enough`). Rendered roads say nothing about real ones: there
is no real set with repairs that are known as such.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

import cv2

from api.findings.scoring import confidence, rule_for
from datasets.synthesis.road import DriveFrame, RoadScene, render_drive, simulate_looks
from inference.decode import DecodeLimits, decode
from inference.detections import Detection
from inference.inspections import PictureInspection, get_inspection

ROADS = 16
PASSES = (0, 1, 2)
_SEED = 91_000
_SPACING_M = 7.0
_LIMITS = DecodeLimits(max_bytes=1 << 24, max_pixels=1 << 24)
_RULE = rule_for("road_damage", "pothole")

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Figures:
    """What passes said of places, repaired or not.

    Attributes:
        places: how many.
        frames: pictures near enough to show one, counted for each place.
        frames_seen: of these, with a detection of a pothole there.
        passes: passes by a place.
        passes_hit: of these, that would reopen a case.
        places_never: places that no pass would reopen.
        places_always: places that every pass would reopen.
    """

    places: int
    frames: int
    frames_seen: int
    passes: int
    passes_hit: int
    places_never: int
    places_always: int


def measure(inspection: PictureInspection, *, repaired: bool, roads: int = ROADS) -> Figures:
    """Drive along roads whose potholes are all repaired, or all open.

    Args:
        inspection: what looks for them.
        repaired: whether patches lie in their place.
        roads: how many roads.
    """
    seen: dict[tuple[str, str], dict[int, list[float]]] = defaultdict(dict)
    frames = frames_seen = 0
    for number in range(roads):
        scene = RoadScene.random(_SEED + number, potholes=5, cracks=0, length_m=60.0)
        boxes = {
            look.name: [(truth.defect_id, truth.box) for truth in look.truth]
            for look in simulate_looks(scene, passes=PASSES, spacing_m=_SPACING_M, seed=number)
        }
        for frame in _drive(scene, number, repaired=repaired):
            found = inspection.inspect(decode(frame.jpeg, _LIMITS, inspection.input_size))
            for defect_id, box in boxes[frame.name]:
                scores = [one.score for one in found if _shows(one, box)]
                passes = seen[f"{number}", defect_id]
                passes.setdefault(frame.pass_index, []).extend(sorted(scores)[-1:])
                frames += 1
                frames_seen += bool(scores)
    hits = [[_reopens(scores) for scores in passes.values()] for passes in seen.values()]
    return Figures(
        places=len(hits),
        frames=frames,
        frames_seen=frames_seen,
        passes=sum(map(len, hits)),
        passes_hit=sum(map(sum, hits)),
        places_never=sum(not any(each) for each in hits),
        places_always=sum(all(each) for each in hits),
    )


def _drive(scene: RoadScene, seed: int, *, repaired: bool) -> Iterator[DriveFrame]:
    if repaired:
        mended = tuple(replace(defect, repaired_at=0) for defect in scene.defects)
        scene = replace(scene, defects=mended)
    yield from render_drive(scene, passes=PASSES, spacing_m=_SPACING_M, seed=seed)


def _shows(detection: Detection, box: Box) -> bool:
    x1, y1, x2, y2 = detection.box
    inside = box[0] <= (x1 + x2) / 2 <= box[2] and box[1] <= (y1 + y2) / 2 <= box[3]
    return detection.class_name == "pothole" and inside


def _reopens(scores: list[float]) -> bool:
    return bool(scores) and _RULE.is_enough(confidence([max(scores)]), len(scores))


def main() -> None:
    """Print the figures of repaired and of open potholes."""
    cv2.setNumThreads(1)
    inspection = get_inspection("road_damage")
    assert isinstance(inspection, PictureInspection)  # noqa: S101 - it looks at pictures
    print(
        json.dumps(
            {
                "model": [model.digest for model in inspection.models],
                "repaired": asdict(measure(inspection, repaired=True)),
                "open": asdict(measure(inspection, repaired=False)),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
