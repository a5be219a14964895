"""Which looks of several passes are looks at the same thing."""

from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.findings.association import LEVER_ARM_SD_M, MapLook, estimate, match, settle

_keys = count()


def _look(
    pass_key: str,
    east: float,
    *,
    finding: str | None = None,
    gps: float = 3.0,
    own: float = 0.8,
    pinned: bool = False,
    group: str = "pothole",
    heading: float | None = 90.0,
) -> MapLook:
    number = next(_keys)
    return MapLook(
        key=f"look-{number}",
        pass_key=pass_key,
        group=group,
        mean=np.array([east, 0.0]),
        covariance=np.eye(2) * own**2,
        gps_sd_m=gps,
        heading_deg=heading,
        same_within_m=0.0,
        at_s=float(number),
        finding=finding,
        pinned=pinned,
    )


def test_looks_of_one_pass_do_not_make_its_gps_better() -> None:
    many = [_look("p", 10.0 * n, finding=str(n)) for n in range(6)]
    alone = estimate(many[:1]).covariance[0, 0]
    assert estimate(many).covariance[0, 0] == pytest.approx(alone)
    assert alone == pytest.approx(3.0**2 + LEVER_ARM_SD_M**2 + 0.8**2)


@settings(deadline=None)
@given(st.integers(1, 20))
def test_accuracy_is_bounded_by_gps_over_the_root_of_passes(passes: int) -> None:
    looks = [_look(f"p{n}", 0.0, finding="f") for n in range(passes)]
    variance = estimate(looks).covariance[0, 0]
    assert variance >= 3.0**2 / passes
    assert variance == pytest.approx((3.0**2 + LEVER_ARM_SD_M**2 + 0.8**2) / passes)


def test_a_pass_is_laid_on_the_map_as_a_whole() -> None:
    """The GPS is off by 11 m, so each look alone is nearer to the wrong pothole."""
    known = [_look("p", 0.0, finding="a", gps=8.0), _look("p", 12.0, finding="b", gps=8.0)]
    first, second = _look("q", 11.0, gps=8.0), _look("q", 23.0, gps=8.0)
    assert match([first, second], known) == {first.key: "a", second.key: "b"}


def test_two_looks_of_a_pass_are_never_at_one_finding() -> None:
    known = [_look("p", 0.0, finding="a")]
    assert len(match([_look("q", -0.5), _look("q", 0.5)], known)) == 1


def test_a_look_beyond_the_gate_or_of_another_group_is_new() -> None:
    known = [_look("p", 0.0, finding="a", gps=1.0)]
    assert match([_look("q", 12.0, gps=1.0)], known) == {}
    assert match([_look("q", 0.0, group="crack")], known) == {}


def test_however_bad_the_gps_the_gate_is_bounded() -> None:
    known = [_look("p", 0.0, finding="a", gps=50.0)]
    assert match([_look("q", 41.0, gps=50.0)], known) == {}
    assert match([_look("q", 39.0, gps=50.0)], known) != {}


def test_the_other_direction_is_the_same_place_less_surely() -> None:
    known = [_look("p", 0.0, finding="a", gps=1.0)]
    assert match([_look("q", 10.0, gps=1.0)], known) == {}
    assert match([_look("q", 10.0, gps=1.0, heading=270.0)], known) != {}


def test_a_pinned_look_keeps_its_finding_and_places_the_rest() -> None:
    known = [_look("p", 0.0, finding="a", gps=8.0), _look("p", 12.0, finding="b", gps=8.0)]
    pinned, free = _look("q", 12.0, finding="a", pinned=True, gps=8.0), _look("q", 24.0, gps=8.0)
    assert match([pinned, free], known)[free.key] == "b"


def _settle(looks: list[MapLook], current: str, reviewed: tuple[str, ...] = ()) -> list[str]:
    keys = [look.key for look in looks if look.pass_key == current]
    names = settle(looks, current=keys, reviewed=reviewed)
    return [names[look.key] for look in looks]


def test_what_was_never_seen_apart_becomes_one_the_older() -> None:
    looks = [_look("p", 0.0, finding="old"), _look("q", 1.0, finding="young"), _look("r", 0.5)]
    assert set(_settle(looks, "r")) == {"old"}


def test_what_one_pass_has_seen_as_two_stays_two() -> None:
    looks = [_look("p", 0.0, finding="a"), _look("p", 1.5, finding="b"), _look("q", 0.2)]
    assert _settle(looks, "q")[:2] == ["a", "b"]


def test_two_that_people_have_judged_are_never_made_one() -> None:
    looks = [
        _look("p", 0.0, finding="a", pinned=True),
        _look("q", 0.5, finding="b", pinned=True),
        _look("r", 0.2),
    ]
    assert _settle(looks, "r", reviewed=("a", "b"))[:2] == ["a", "b"]


def test_the_judged_one_keeps_its_name_also_when_younger() -> None:
    looks = [
        _look("p", 0.0, finding="a"),
        _look("q", 0.5, finding="b", pinned=True),
        _look("r", 0.2),
    ]
    assert set(_settle(looks, "r", reviewed=("b",))) == {"b"}


def test_an_earlier_look_moves_when_a_new_finding_explains_it_better() -> None:
    """Pass q saw only the second pothole and took it for the first; pass r sees both."""
    looks = [
        _look("p", 0.0, finding="a", gps=3.0),
        _look("q", 10.0, finding="a", gps=3.0),
        _look("r", 0.5, gps=1.0),
        _look("r", 10.5, gps=1.0),
    ]
    p, q, first, second = _settle(looks, "r")
    assert p == first != second == q
