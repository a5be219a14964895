"""Which detections of one pass show the same thing."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.findings.tracking import Sighting, tracks


def _sighting(
    name: str,
    frame: int,
    east: float,
    *,
    box: tuple[float, float, float, float] | None = None,
    group: str = "pothole",
    same_within_m: float = 0.0,
    sd_m: float = 1.0,
) -> Sighting:
    return Sighting(
        detection_id=name,
        frame_id=f"frame-{frame}",
        at_s=float(frame),
        east_m=east,
        north_m=0.0,
        covariance=(sd_m**2, 0.0, sd_m**2),
        class_group=group,
        score=0.5,
        box=box or (east * 20, 0.0, east * 20 + 10, 10.0),
        size_m=0.5,
        same_within_m=same_within_m,
    )


def _names(found: list[Sighting]) -> set[str]:
    return {each.detection_id for each in found}


def _groups(sightings: list[Sighting]) -> set[frozenset[str]]:
    return {frozenset(_names(track.sightings)) for track in tracks(sightings)}


def test_frames_of_one_thing_are_one_track() -> None:
    assert len(tracks([_sighting(str(n), n, 20 + 0.3 * n) for n in range(5)])) == 1


def test_two_things_in_one_frame_are_two_however_near() -> None:
    pair = [
        _sighting(f"{n}{side}", n, 20 + off)
        for n in range(4)
        for side, off in (("a", 0), ("b", 1.2))
    ]
    assert len(tracks(pair)) == 2


def test_two_boxes_around_one_thing_are_one() -> None:
    inner = _sighting("inner", 0, 20.0, box=(110, 105, 190, 145))
    outer = _sighting("outer", 0, 20.4, box=(100, 100, 200, 150))
    assert _groups([inner, outer]) == {frozenset({"inner", "outer"})}


def test_near_fragments_of_a_crack_area_are_one_and_potholes_are_not() -> None:
    cracks = [_sighting(str(n), 0, 20 + 3.0 * n, group="crack", same_within_m=4.0) for n in (0, 1)]
    assert len(tracks(cracks)) == 1
    assert len(tracks([replace(each, same_within_m=0.0) for each in cracks])) == 2


def test_other_groups_are_other_things() -> None:
    assert len(tracks([_sighting("a", 0, 20), _sighting("b", 1, 20, group="crack")])) == 2


@settings(deadline=None)
@given(st.permutations(range(12)))
def test_the_order_of_arrival_does_not_matter(order: list[int]) -> None:
    sightings = [
        _sighting(f"{n}{side}", n, 20 + east + 0.2 * (n % 3))
        for n in range(6)
        for side, east in (("a", 0.0), ("b", 9.0))
    ]
    assert _groups([sightings[index] for index in order]) == _groups(sightings)


def test_what_a_person_judged_stays_together() -> None:
    """A look is fixed: neither its own sightings leave it, nor does another fixed look join."""
    fixed = [replace(_sighting(str(n), n, 20 + 8.0 * n), fixed="look") for n in range(2)]
    other = replace(_sighting("other", 3, 20.0), fixed="other")
    assert _groups([*fixed, other]) == {frozenset({"0", "1"}), frozenset({"other"})}


def test_a_track_is_no_surer_than_its_surest_sighting() -> None:
    (track,) = tracks([_sighting(str(n), n, 20, sd_m=2.0 - 0.3 * n) for n in range(5)])
    assert track.covariance[0, 0] == pytest.approx(0.8**2)
