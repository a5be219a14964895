from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import h3
from hypothesis import given
from hypothesis import strategies as st

from api.counts.periods import Period, PeriodKind
from api.matters.gathering import Occurrence, gather, in_cells

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 2, 4, tzinfo=UTC)
CELL = h3.latlng_to_cell(30.25, 120.15, 9)
LATITUDE, LONGITUDE = h3.cell_to_latlng(CELL)


def seen(days: float, *, class_name: str = "pothole", east: float = 0.0) -> Occurrence:
    at = MONDAY + timedelta(days=days)
    return Occurrence(
        finding_id=f"{class_name} of day {days}",
        inspection="road_damage",
        class_name=class_name,
        latitude=LATITUDE,
        longitude=LONGITUDE + east,
        week=Period.of(PeriodKind.WEEK, at, ZONE),
        first_seen_at=at,
        open=False,
        reopened=0,
    )


def test_what_comes_back_is_one_matter_counted_by_week() -> None:
    (matter,) = gather([seen(14), seen(0), seen(1)], place_of=in_cells(9), least_weeks=2)

    assert (matter.class_name, matter.place.code) == ("pothole", CELL)
    assert matter.weeks == {"2026-W45": 2, "2026-W47": 1}
    assert [each.first_seen_at for each in matter.occurrences] == [
        MONDAY + timedelta(days=days) for days in (14, 1, 0)
    ]


def test_many_at_once_other_classes_and_other_places_are_no_matter() -> None:
    found = [seen(0), seen(1), seen(2), seen(14, class_name="crack"), seen(14, east=0.01)]

    assert gather(found, place_of=in_cells(9), least_weeks=2) == []


def test_a_week_is_the_citys() -> None:
    # Sunday 17:00 UTC is Monday in Shanghai.
    sunday = datetime(2026, 11, 8, 17, tzinfo=UTC)
    assert Period.of(PeriodKind.WEEK, sunday, ZONE).first == date(2026, 11, 9)


@given(
    st.lists(
        st.builds(
            seen,
            st.integers(0, 80),
            class_name=st.sampled_from(["pothole", "crack"]),
            east=st.sampled_from([0.0, 0.01]),
        ),
        max_size=25,
    ),
    st.integers(2, 5),
)
def test_matters_keep_every_occurrence_they_are_made_of(
    found: list[Occurrence], least_weeks: int
) -> None:
    matters = gather(found, place_of=in_cells(9), least_weeks=least_weeks)

    for matter in matters:
        assert len(matter.weeks) >= least_weeks
        assert sum(matter.weeks.values()) == len(matter.occurrences)
        assert {each.class_name for each in matter.occurrences} == {matter.class_name}
        (ring,) = matter.place.outline["coordinates"]
        assert ring[0] == ring[-1]
    assert [len(each.weeks) for each in matters] == sorted(
        (len(each.weeks) for each in matters), reverse=True
    )
    again = gather(reversed(found), place_of=in_cells(9), least_weeks=least_weeks)
    assert [(each.class_name, each.place.code, each.weeks) for each in again] == [
        (each.class_name, each.place.code, each.weeks) for each in matters
    ]
