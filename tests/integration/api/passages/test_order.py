"""Frames in any order, and more than once: the same findings."""

import itertools
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.findings.models import Finding
from tests.integration.api.passages.gate import Gate, Vehicle

LISTED, SIMILAR, OTHER = "京A12345", "京A12346", "京B99999"
RULES = (
    {"code": "listed", "when": {"type": "register", "register": "名单"}},
    {"code": "twice", "when": {"type": "register", "register": "名单", "frames": 2}},
    {"code": "missing", "when": {"type": "plate_missing", "min_width_px": 100, "frames": 2}},
    {"code": "smoke", "when": {"type": "black_smoke", "frames": 2}, "window": "passage"},
)
_cameras = itertools.count()

readings = st.one_of(
    st.none(),
    st.just(("", 0.0)),
    st.tuples(st.sampled_from([LISTED, SIMILAR, OTHER]), st.sampled_from([0.4, 0.6, 0.8, 0.95])),
)


@st.composite
def drives(draw: st.DrawFn) -> list[tuple[float, list[Vehicle]]]:
    """Draw the frames of up to two vehicles side by side."""
    frames = []
    lanes = draw(st.integers(1, 2))
    for n in range(draw(st.integers(2, 6))):
        vehicles = []
        for lane in range(lanes):
            if draw(st.integers(0, 5)) == 0:
                continue  # not detected
            read = draw(readings)
            x, y = 150.0 + 30 * n, 30.0 + 340 * lane
            vehicles.append(
                Vehicle(
                    box=(x, y, x + 420, y + 300),
                    plate=read[0] if read else None,
                    plate_score=read[1] if read else 0.0,
                    smoke=draw(st.sampled_from([None, None, 0.7])),
                )
            )
        frames.append((0.5 * n, vehicles))
    return frames


def outcome(gate: Gate, camera: str) -> list[tuple[Any, ...]]:
    """Return what of the findings of a camera may not depend on the order of frames."""
    by_finding: dict[str, list[Any]] = {}
    for one in gate.violations():
        by_finding.setdefault(one.finding_id, []).append(
            (
                gate.plate_of(one) or "",
                one.similar,
                one.frames,
                one.first_at,
                one.last_at,
                round(one.confidence, 9),
            )
        )

    def told(finding: Finding) -> tuple[Any, ...]:
        return (
            finding.class_name,
            finding.state,
            finding.looks,
            finding.needs_review,
            round(finding.confidence, 9),
            finding.first_seen_at,
            finding.last_seen_at,
            sorted(by_finding[finding.id]),
        )

    camera_id = gate.camera(camera).id
    return sorted(told(one) for one in gate.findings() if one.camera_id == camera_id)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(frames=drives(), data=st.data())
def test_order_and_repetition_change_nothing(gate: Gate, frames: Any, data: st.DataObject) -> None:
    if not _known(gate):
        gate.register("名单", LISTED)
        gate.load(*(gate.rule(**rule) for rule in RULES))
    straight, shuffled = (f"camera {next(_cameras)}" for _ in range(2))
    gate.see(frames, camera=straight)
    order = data.draw(st.permutations(frames))
    again = data.draw(st.lists(st.sampled_from(frames), max_size=3))
    gate.see([*order, *again], camera=shuffled)
    assert outcome(gate, shuffled) == outcome(gate, straight)


def _known(gate: Gate) -> bool:
    return len(gate.cameras) > 1
