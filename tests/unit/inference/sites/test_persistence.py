"""What stays is believed, once; what comes and goes is not; a restart forgets nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.sites.frame import FrameRef
from inference.sites.light import LightMode
from inference.sites.persistence import Persistence, Sighted, SiteState, observe
from inference.sites.regions import Box, ChangeKind, Region
from inference.sites.zones import Zone, severity, zones_over
from tests.unit.inference.sites.scene import START

SIZE_WH = (320, 180)
SETTINGS = Persistence()
BOX: Box = (100, 60, 140, 90)


def region(box: Box = BOX, kind: ChangeKind = "appeared", score: float = 0.9) -> Region:
    x1, y1, x2, y2 = box
    return Region(
        kind=kind,
        box=box,
        outline=((x1, y1), (x2, y1), (x2, y2), (x1, y2)),
        area=(x2 - x1) * (y2 - y1) / (SIZE_WH[0] * SIZE_WH[1]),
        score=score,
        structure="shed",
    )


def ref(at: datetime) -> FrameRef:
    return FrameRef(at=at, name=f"{at:%d-%H}.jpg")


def run(
    composites: Sequence[Sequence[Region]],
    *,
    modes: Sequence[LightMode] = ("day",),
    state: SiteState | None = None,
    first: int = 0,
    zones: Sequence[Zone] = (),
    settings: Persistence = SETTINGS,
) -> SiteState:
    """Take composites in, two a day; each region is seen from its composite's first frame on."""
    state = state or SiteState()
    for number, regions in enumerate(composites, start=first):
        end = START + timedelta(hours=12 * (number + 1))
        since = ref(end - timedelta(hours=10))
        state = observe(
            state,
            [Sighted(region=one, since=since) for one in regions],
            mode=modes[number % len(modes)],
            end=end,
            last=ref(end - timedelta(hours=1)),
            size_wh=SIZE_WH,
            settings=settings,
            zones=zones,
        )
    return state


def test_a_structure_is_told_once_with_its_first_frame_and_the_one_that_confirmed_it() -> None:
    state = run([[], [], *[[region()]] * 6])
    (event,) = state.events
    assert event.first_seen.at == START + timedelta(days=1, hours=2)
    assert event.confirmed is not None
    assert event.confirmed.at == START + timedelta(days=2, hours=11)  # the third, 33 hours on
    assert event.stage == "new_structure"
    assert event.box == BOX
    assert event.structure == "shed"


@pytest.mark.parametrize(
    ("days", "nights", "believed"),
    [
        ("....", "XXXX", False),
        ("XXXX", "....", False),
        ("XXXXX", ".....", True),  # the nights may be too dark
        (".X..", "XXXX", True),
    ],
)
def test_what_one_light_shows_the_other_must_not_deny(
    days: str, nights: str, believed: bool
) -> None:
    signs = "".join(night + day for night, day in zip(nights, days, strict=True))
    state = run([[region()] if sign == "X" else [] for sign in signs], modes=("night", "day"))
    assert [event.confirmed is not None for event in state.events] == [believed]


def test_nights_alone_are_not_believed_against_a_day() -> None:
    """Two half days of each night have composites, and one of each day."""
    signs = "XX.XX.XX."
    state = run(
        [[region()] if sign == "X" else [] for sign in signs], modes=("night", "night", "day")
    )
    assert [event.confirmed for event in state.events] == [None]


@pytest.mark.parametrize(
    "pattern", ["X", "X.X", "X..X..X", "XX..", "X...X...X...X"], ids=lambda one: f"[{one}]"
)
def test_what_comes_and_goes_is_not_believed(pattern: str) -> None:
    state = run([[region()] if sign == "X" else [] for sign in pattern])
    assert all(event.confirmed is None for event in state.events)


def test_three_of_four_suffice() -> None:
    state = run([[region()], [region()], [], [region()]])
    assert state.events[0].confirmed is not None


def test_a_lorry_parked_overnight_is_not_believed_yet() -> None:
    assert run([[region()]] * 2).events[0].confirmed is None


def test_growing_is_activity_until_it_stays() -> None:
    grown = [region((100, 60, 100 + wide, 90)) for wide in (12, 18, 28, 44, 46, 46)]
    stages = [
        (state.events[0].confirmed is not None, state.events[0].stage)
        for count in range(2, 7)
        if (state := run([[one] for one in grown[:count]])).events
    ]
    assert stages[0] == (False, "construction_activity")
    assert (True, "construction_activity") in stages
    assert stages[-1] == (True, "new_structure")
    assert len(run([[one] for one in grown]).tracks) == 1


def test_what_shrinks_is_not_believed() -> None:
    smaller = region((100, 60, 112, 72))
    assert run([[region()], [region()], [smaller], [smaller]]).events[0].confirmed is None


def test_parts_that_grow_together_are_one_event_with_the_first_day_of_the_oldest() -> None:
    left, right = region((100, 60, 112, 90)), region((128, 60, 140, 90))
    state = run([[left], [left, right], [region()], [region()], [region()]])
    (event,) = state.events
    assert event.first_seen.at == START + timedelta(hours=2)


def test_a_demolished_structure_is_gone_after_so_many_composites_and_may_come_back() -> None:
    state = run([[region()]] * 4)
    for absent in (1, 2):
        state = run([[]], state=state, first=3 + absent)
        assert state.events[0].gone is None
        assert state.events[0].absent == absent
    state = run([[]], state=state, first=6)
    assert state.events[0].gone is not None
    again = run([[region()]] * 4, state=state, first=7)
    assert [event.number for event in again.events] == [1, 2]


def test_a_light_that_cannot_see_it_neither_confirms_nor_clears_it() -> None:
    by_day = [[region()] if number % 2 == 0 else [] for number in range(10)]
    (event,) = run(by_day, modes=("day", "night")).events
    assert event.confirmed is not None
    assert event.gone is None


def test_removed_is_told_as_such() -> None:
    (event,) = run([[region(kind="removed")]] * 5).events
    assert (event.kind, event.stage) == ("removed", "structure_removed")


COMPOSITES = st.lists(
    st.lists(st.sampled_from([0, 70, 150, 230]), max_size=3, unique=True), min_size=1, max_size=14
)


@settings(max_examples=15, deadline=None)
@given(composites=COMPOSITES, cuts=st.sets(st.integers(0, 13)), again=st.sets(st.integers(0, 13)))
def test_restarts_and_repeated_composites_give_the_same_events(
    composites: list[list[int]], cuts: set[int], again: set[int]
) -> None:
    regions = [[region((x, 60, x + 40, 90)) for x in one] for one in composites]
    modes: tuple[LightMode, ...] = ("day", "night")
    straight = run(regions, modes=modes)
    state = SiteState()
    for number, one in enumerate(regions):
        if number in cuts:
            state = SiteState.model_validate_json(state.model_dump_json())
        state = run([one], modes=modes, state=state, first=number)
        if number in again:
            state = run([[]], modes=modes, state=state, first=number)
    assert state == straight


@settings(max_examples=15, deadline=None)
@given(composites=COMPOSITES, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_a_composites_regions_changes_nothing_that_is_told(
    composites: list[list[int]], shuffle: object
) -> None:
    def told(state: SiteState) -> set[tuple[object, ...]]:
        return {(one.box, one.first_seen, one.confirmed, one.stage) for one in state.events}

    regions = [[region((x, 60, x + 40, 90)) for x in one] for one in composites]
    mixed = [list(one) for one in regions]
    for one in mixed:
        shuffle.shuffle(one)  # type: ignore[attr-defined]
    assert told(run(mixed)) == told(run(regions))


def zone(kind: str, *, until_h: float | None = None, name: str = "z") -> Zone:
    return Zone.model_validate(
        {
            "name": name,
            "kind": kind,
            "polygon": [(0.25, 0.25), (0.5, 0.25), (0.5, 0.6), (0.25, 0.6)],
            "ends": None if until_h is None else START + timedelta(hours=until_h),
            "permit": "2026-17",
        }
    )


@pytest.mark.parametrize("kind", ["works", "excluded"])
def test_registered_works_suppress_but_keep_the_record(kind: str) -> None:
    state = run([[region()]] * 5, zones=[zone(kind)])
    assert state.events == ()
    (record,) = state.suppressed
    assert record.suppressed_by == "z"
    assert record.confirmed is not None


def test_what_still_stands_when_the_permit_has_ended_is_told() -> None:
    state = run([[region()]] * 8, zones=[zone("works", until_h=60)])
    assert len(state.events) == 1
    assert state.suppressed == ()


def test_a_zone_counts_where_it_covers_half() -> None:
    beside = region((150, 60, 190, 90))
    assert zones_over(region(), [zone("works")], START, SIZE_WH)
    assert not zones_over(beside, [zone("works")], START, SIZE_WH)


def test_severity_grows_with_area_and_in_watched_zones() -> None:
    assert [severity(area, []) for area in (0.001, 0.005, 0.02, 0.2)] == [1, 2, 3, 4]
    assert severity(0.005, [zone("watched")]) == 3
    assert severity(0.2, [zone("watched")]) == 4
