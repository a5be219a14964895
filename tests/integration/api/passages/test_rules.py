"""Every other kind of rule, on both sides of each of its thresholds."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import sqlite_only
from tests.integration.api.passages.gate import Gate, Vehicle, passing

pytestmark = sqlite_only  # judging knows of no database

LISTED = "京A12345"
Frames = list[tuple[float, list[Vehicle]]]


@pytest.fixture
def judged(gate: Gate) -> Callable[..., int]:
    """Give a function that counts the findings of a rule in some frames."""

    def judged(when: dict[str, Any], frames: Frames, *, flags: Any = None, **rule: Any) -> int:
        gate.load(gate.rule(when=when, **rule))
        gate.see(frames, flags=flags)
        return len(gate.findings())

    return judged


def wide(frames: Frames, width: float) -> Frames:
    """Return frames whose vehicles have another width."""
    return [
        (at, [replace(v, box=(v.box[0], v.box[1], v.box[0] + width, v.box[3])) for v in vehicles])
        for at, vehicles in frames
    ]


MISSING = {"type": "plate_missing", "min_width_px": 300, "frames": 3, "min_score": 0.5}


@pytest.mark.parametrize(
    ("frames", "found"),
    [
        (passing(None, frames=3), 1),
        (passing(None, frames=2), 0),
        (wide(passing(None, frames=3), 300.0), 1),
        (wide(passing(None, frames=3), 299.0), 0),
        (passing(None, frames=3, score=0.5), 1),
        (passing(None, frames=3, score=0.49), 0),
        (passing(None, frames=3, kind="motorcycle"), 0),
        (passing("", frames=3), 0),  # there is one, though nobody can read it
        (passing(None, frames=4)[:3] + passing("京B99999", frames=4)[3:], 0),
        (passing("京B99999", frames=4)[:1] + passing(None, frames=4)[1:], 0),
    ],
)
def test_plate_missing(judged: Callable[..., int], frames: Frames, found: int) -> None:
    assert judged(MISSING, frames) == found


def test_a_vehicle_cut_by_the_edge_may_hide_its_plate(judged: Callable[..., int]) -> None:
    cut = [
        (at, [replace(v, box=(0.0, *v.box[1:])) for v in vehicles])
        for at, vehicles in passing(None, frames=4)
    ]
    assert judged(MISSING, cut) == 0


UNREADABLE = {"type": "plate_unreadable", "min_width_px": 300, "frames": 3, "readable": 0.5}


@pytest.mark.parametrize(
    ("frames", "found"),
    [
        (passing("", frames=3), 1),
        (passing("", frames=2), 0),
        (passing("京B99999", frames=3, scores=[0.49]), 1),
        (passing("京B99999", frames=3, scores=[0.5]), 0),
        (passing("京B99999", frames=4, scores=[0.1, 0.1, 0.1, 0.9]), 0),
        (passing(None, frames=3), 0),
    ],
)
def test_plate_unreadable(judged: Callable[..., int], frames: Frames, found: int) -> None:
    assert judged(UNREADABLE, frames) == found


COLOR = {"type": "plate_color", "vehicles": ["bus"], "colors": ["yellow", "green"], "frames": 2}


@pytest.mark.parametrize(
    ("frames", "found"),
    [
        (passing("京B99999", kind="bus", color="blue", frames=2), 1),
        (passing("京B99999", kind="bus", color="blue", frames=1), 0),
        (passing("京B99999", kind="bus", color="yellow"), 0),
        (passing("京B99999", kind="bus", color="green"), 0),
        (passing("京B99999", kind="bus", color="unknown"), 0),
        (passing("京B99999", kind="car", color="blue"), 0),
        (
            passing("京B99999", kind="bus", color="blue", frames=4)[:2]
            + passing("京B99999", kind="bus", color="yellow", frames=4)[2:],
            0,  # as many the one as the other
        ),
        (
            passing("京B99999", kind="bus", color="blue", frames=5)[:3]
            + passing("京B99999", kind="bus", color="yellow", frames=5)[3:],
            1,
        ),
    ],
)
def test_plate_color(judged: Callable[..., int], frames: Frames, found: int) -> None:
    assert judged(COLOR, frames) == found


SMOKE = {"type": "black_smoke", "frames": 3, "min_score": 0.5}


@pytest.mark.parametrize(
    ("frames", "found"),
    [
        (passing("京B99999", smoke=0.5, frames=3), 1),
        (passing("京B99999", smoke=0.49, frames=3), 0),
        (passing("京B99999", smoke=0.9, frames=2), 0),
        (passing(None, kind=None, smoke=0.9, frames=3), 1),  # the vehicle itself was not seen
    ],
)
def test_black_smoke(judged: Callable[..., int], frames: Frames, found: int) -> None:
    assert judged(SMOKE, frames) == found


BANNED = {"type": "banned_class", "vehicles": ["truck"], "frames": 2, "min_score": 0.6}


@pytest.mark.parametrize(
    ("frames", "found"),
    [
        (passing("京B99999", kind="truck", frames=2), 1),
        (passing("京B99999", kind="truck", frames=1), 0),
        (passing("京B99999", kind="truck", score=0.59), 0),
        (passing("京B99999", kind="car"), 0),
        (
            passing("京B99999", kind="car", frames=5)[:3]
            + passing("京B99999", kind="truck", frames=5)[3:],
            0,  # mostly taken for a car
        ),
    ],
)
def test_banned_class(judged: Callable[..., int], frames: Frames, found: int) -> None:
    assert judged(BANNED, frames) == found


def test_a_permit_excuses_from_a_ban(gate: Gate) -> None:
    gate.register("通行证", LISTED)
    gate.load(gate.rule(when={**BANNED, "except_register": "通行证"}))
    gate.see(passing(LISTED, kind="truck"))
    assert gate.findings(withdrawn=True) == []
    # A plate that cannot be read at first speaks for the vehicle when it can.
    late = (
        passing("", kind="truck", frames=4, at=60)[:3]
        + passing(LISTED, kind="truck", frames=4, at=60)[3:]
    )
    gate.see(late)
    assert gate.findings() == []
    gate.see(passing("京B99999", kind="truck", at=120))
    assert len(gate.findings()) == 1


@pytest.mark.parametrize(
    ("value", "flags", "found"),
    [
        ("exceeded", {"emission": "exceeded"}, 1),
        ("exceeded", {"emission": "ok"}, 0),
        ("exceeded", {"noise": "exceeded"}, 0),
        (None, {"emission": "whatever"}, 1),
        ("exceeded", None, 0),
    ],
)
def test_flag(judged: Callable[..., int], value: str | None, flags: Any, found: int) -> None:
    when = {"type": "flag", "name": "emission", "value": value}
    assert judged(when, passing("京B99999", frames=1), flags=flags) == found


def test_a_flag_without_a_vehicle_is_kept_for_a_person(gate: Gate) -> None:
    gate.load(gate.rule(when={"type": "flag", "name": "emission"}))
    (reply,) = gate.see([(0.0, [])], flags={"emission": "exceeded"})
    (finding,) = gate.findings()
    assert finding.best_detection_id is None
    assert [one["id"] for one in reply["findings"]] == [finding.id]


@pytest.mark.parametrize(
    ("seconds", "found"),  # the frames lie half a second apart from 10:00 on in Shanghai
    [(-2.0, 0), (-0.5, 1), (0.0, 1), (3600 * 2 - 0.5, 1), (3600 * 2, 0)],
)
def test_frames_count_within_the_hours_only(gate: Gate, seconds: float, found: int) -> None:
    when = {"type": "banned_class", "vehicles": ["truck"], "frames": 1}
    gate.load(gate.rule(when=when, hours=["10:00-12:00"]))
    gate.see(passing("京B99999", kind="truck", at=seconds, frames=2))
    assert len(gate.findings()) == found
    if found:
        assert gate.violations()[0].frames == (1 if seconds in (-0.5, 7199.5) else 2)


def test_hours_are_those_of_the_site(gate: Gate) -> None:
    when = {"type": "banned_class", "vehicles": ["truck"], "frames": 1}
    sites = {"far_west": {"cameras": ["gate"], "time_zone": "Asia/Urumqi"}}
    gate.load(gate.rule(when=when, hours=["08:00-09:00"]), sites=sites)
    gate.see(passing("京B99999", kind="truck"))  # 10:00 in Shanghai, 08:00 in Urumqi
    assert len(gate.findings()) == 1


@pytest.mark.parametrize(
    ("window", "apart_s", "found"),
    [
        ("passage", 60, 2),
        ("hour", 3599, 1),
        ("hour", 3600, 2),
        ("day", 14 * 3600 - 1, 1),
        ("day", 14 * 3600, 2),
        ("week", 6 * 86400, 1),
        ("week", 7 * 86400, 2),
    ],
)
def test_windows(gate: Gate, window: str, apart_s: float, found: int) -> None:
    gate.register("名单", LISTED)
    gate.load(gate.rule(window=window, when={"type": "register", "register": "名单"}))
    gate.see(passing(LISTED, frames=1))
    gate.see(passing(LISTED, frames=1, at=apart_s))
    assert len(gate.findings()) == found


def test_rules_are_for_their_cameras(gate: Gate) -> None:
    gate.camera("other")
    when = {"type": "banned_class", "vehicles": ["truck"], "frames": 1}
    gate.load(gate.rule(when=when, cameras=["other"]))
    gate.see(passing("京B99999", kind="truck"))
    assert gate.findings() == []
    gate.see(passing("京B99999", kind="truck"), camera="other")
    assert len(gate.findings()) == 1


def test_one_vehicle_may_break_two_rules(gate: Gate) -> None:
    gate.load(gate.rule(code="smoke", when=SMOKE), gate.rule(code="ban", when=BANNED))
    replies = gate.see(passing("京B99999", kind="truck", smoke=0.8))
    assert {one.class_name for one in gate.findings()} == {"smoke", "ban"}
    assert {one["class"] for one in replies[-1]["findings"]} == {"smoke", "ban"}


def test_without_rules_nothing_is_a_violation(gate: Gate) -> None:
    arrival = gate.arrival(0.0, passing(None)[0][1])
    assert not arrival.keeps_picture
    gate.see(passing(None, smoke=0.9))
    assert gate.findings() == []


def test_two_vehicles_side_by_side_are_two(gate: Gate) -> None:
    gate.load(gate.rule(when=MISSING, window="passage"))
    gate.see(
        [
            (
                0.5 * n,
                [
                    Vehicle(box=(100.0 + 20 * n, 300.0, 420.0 + 20 * n, 560.0)),
                    Vehicle(box=(700.0 + 20 * n, 300.0, 1020.0 + 20 * n, 560.0)),
                ],
            )
            for n in range(4)
        ]
    )
    assert len(gate.findings()) == 2


def test_a_vehicle_that_comes_after_a_pause_is_another_passage(gate: Gate) -> None:
    gate.load(gate.rule(when=MISSING, window="passage"))
    gate.see(passing(None, frames=2))
    gate.see(passing(None, frames=2, at=5.0))  # 4.5 s later: two and two make no three
    assert gate.findings() == []
