"""Routing tables as they are written: read, judged, compared."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import Unprocessable
from api.routing.differences import differences
from api.routing.document import RouteEntry, RoutingDocument, example, read_table
from inference.inspections import INSPECTIONS

MONDAY_NOON = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001 - local time of the city
TABLE = """
name: test
admin: 330106
classes:
  - {inspection: road_damage, class: pothole, code: 02-080, label: {zh: 坑槽, en: Pothole}}
  - {inspection: road_damage, code: 02-081, label: {zh: 道路, en: Road}}
routes:
  - {name: danger, codes: [02-080], severity: [3, 4], department: A, term: 24h}
  - {name: night, codes: ["02"], hours: ["20:00-06:00"], department: B, review: always}
  - {name: here, grids: ["330106001"], department: C, term: 3 working days}
  - {name: rest}
"""


def fitting(
    code: str | None = "02-081",
    severity: int = 1,
    grids: tuple[str, ...] = (),
    moment: datetime = MONDAY_NOON,
) -> list[str]:
    """Return the names of the routes that a finding fits."""
    return [
        route.name
        for route in read_table(TABLE).routes
        if route.fits(code=code, severity=severity, grids=grids, moment=moment, is_work=True)
    ]


def test_the_example_covers_every_inspection_in_the_layout_of_the_standard() -> None:
    document = read_table(example())
    assert document.warnings == []
    for inspection in INSPECTIONS:
        entry = document.entry(inspection, "whatever a county calls it")
        if inspection == "road_damage":
            entry = document.entry(inspection, "pothole")
        assert entry is not None
        code = document.full_code(entry)
        assert (len(code), code[:6]) == (11, "330106")
        assert int(code[8:]) >= 80, "the range that the standard leaves to counties"
        assert document.label_of(code) == entry.label


def test_a_class_has_its_own_code_or_that_of_its_inspection() -> None:
    document = read_table(TABLE)
    codes = [
        (entry := document.entry("road_damage", name)) and document.full_code(entry)
        for name in ("pothole", "crack")
    ]
    assert codes == ["33010602080", "33010602081"]
    assert document.entry("crop_pest", "pothole") is None


def test_code_severity_area_and_time_decide() -> None:
    assert fitting() == ["rest"]
    assert fitting("02-080", 3) == ["danger", "rest"]
    assert fitting("02-080", 2) == ["rest"]
    assert fitting(grids=("330106001007", "330106001")) == ["here", "rest"]
    assert fitting(moment=MONDAY_NOON.replace(hour=20)) == ["night", "rest"]
    assert fitting(moment=MONDAY_NOON.replace(hour=6)) == ["rest"]
    assert fitting(None, moment=MONDAY_NOON.replace(hour=23)) == ["rest"]


@pytest.mark.parametrize(
    ("was", "becomes", "location", "message"),
    [
        (
            "class: pothole, code: 02-080",
            "class: pothole, code: 2-80",
            "line 5, classes[0].code",
            "pattern",
        ),
        ("term: 24h", "term: soon", "line 8, routes[0].term", "is no term"),
        (
            "severity: [3, 4]",
            "severity: [5]",
            "line 8, routes[0].severity[0]",
            "less than or equal",
        ),
        ('night, codes: ["02"]', 'night, codes: ["07"]', "routing", "no class has the code 07"),
        ("name: night", "name: danger", "routing", "the route danger is there twice"),
        (
            'hours: ["20:00-06:00"]',
            'hours: ["25:00-06:00"]',
            "line 9, routes[1].hours[0]",
            "no time of day",
        ),
        ("admin: 330106", "admin: 3301", "line 3, admin", "pattern"),
        ("review: always", "review: never", "line 9, routes[1].review", "policy"),
        (
            "inspection: road_damage, code",
            "inspection: roads, code",
            "line 6, classes[1].inspection",
            "is none of",
        ),
        (
            "{name: rest}",
            "{name: rest, departement: A}",
            "line 11, routes[3].departement",
            "not permitted",
        ),
        (
            "code: 02-081, label: {zh: 道路",
            "code: 02-080, label: {zh: 道路",
            "routing",
            "02-080 has two labels",
        ),
    ],
)
def test_every_mistake_is_named_with_its_line(
    was: str, becomes: str, location: str, message: str
) -> None:
    assert was in TABLE
    with pytest.raises(Unprocessable) as caught:
        read_table(TABLE.replace(was, becomes))
    (error,) = caught.value.extra["errors"]
    assert error["location"] == location
    assert message in error["message"]
    assert caught.value.code == "routing-invalid"


def test_a_route_that_nothing_takes_is_pointed_out() -> None:
    assert read_table(TABLE).warnings == []
    moved = TABLE.replace("  - {name: rest}\n", "").replace(
        "routes:\n", "routes:\n  - {name: rest}\n"
    )
    assert len(read_table(moved).warnings) == 3
    assert "nothing takes the route danger" in read_table(moved).warnings[0]


severities = st.none() | st.lists(st.integers(1, 4), min_size=1, max_size=4)
codes = st.none() | st.lists(st.sampled_from(["02", "02-080", "02-081", "03-080"]), min_size=1)
areas = st.none() | st.lists(st.sampled_from(["a", "b", "c"]), min_size=1)
hours = st.sampled_from([[], ["07:00-09:00"], ["mon-fri 07:00-09:00"], ["22:00-06:00"]])
routes = st.builds(
    lambda **values: RouteEntry.model_validate({"name": "r", **values}),
    codes=codes,
    severity=severities,
    grids=areas,
    hours=hours,
    during=st.sampled_from([None, "work", "off_work"]),
)


@given(
    one=routes,
    two=routes,
    code=st.sampled_from([None, "02-080", "02-081", "03-080"]),
    severity=st.integers(1, 4),
    grids=st.lists(st.sampled_from(["a", "b", "c"])),
    hour=st.integers(0, 23),
    is_work=st.booleans(),
)
def test_what_fits_a_covered_route_fits_the_one_that_covers_it(
    one: RouteEntry,
    two: RouteEntry,
    code: str | None,
    severity: int,
    grids: list[str],
    hour: int,
    is_work: bool,
) -> None:
    def fits(route: RouteEntry) -> bool:
        moment = MONDAY_NOON.replace(hour=hour)
        return route.fits(code=code, severity=severity, grids=grids, moment=moment, is_work=is_work)

    if one.covers(two) and fits(two):
        assert fits(one)


def changed(was: str, becomes: str) -> list[tuple[str, str, object, object]]:
    """Return what a change of the text changes."""
    assert was in TABLE
    before, after = read_table(TABLE), read_table(TABLE.replace(was, becomes))
    return [(one.part, one.key, one.before, one.after) for one in differences(before, after)]


def test_differences_name_what_changed_and_nothing_else() -> None:
    assert changed("name: test", "name: test") == []
    assert changed("term: 24h", "term: 24 hours") == []
    (route,) = changed("term: 24h", "term: 2h")
    assert route[:2] == ("routes", "danger")
    assert isinstance(route[2], dict)
    assert isinstance(route[3], dict)
    assert (route[2]["term"], route[3]["term"]) == ("24h", "2h")
    assert changed("admin: 330106", "admin: 330110") == [("table", "admin", "330106", "330110")]
    gone = changed("  - {name: rest}\n", "")
    assert (*gone[0][:2], gone[0][3]) == ("routes", "rest", None)
    assert gone[1][:2] == ("order", "routes")
    assert {part for part, *_ in whole(read_table(TABLE))} >= {"table", "classes", "routes"}


def whole(document: RoutingDocument) -> list[tuple[str, str]]:
    """Return what a table is against none."""
    return [(one.part, one.key) for one in differences(None, document)]
