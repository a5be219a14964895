"""Series, greenness and counts of plots: what charts and spreadsheets get."""

import csv
import io

import httpx
import pytest

from api.database import Database
from inference.greenness import Greenness
from tests.conftest import SignIn, sqlite_only
from tests.integration.api.plots.field import BLURRED, Field, at


@pytest.fixture
def path(database: Database) -> str:
    """Give where a plot is that was looked at in two weeks, with one between them."""
    with database.write() as session:
        field = Field(session)
        for day, count in enumerate([4, 8, 30]):
            green = Greenness(0.1 * (day + 1), 0.2 * (day + 1))
            field.post(at(day), {"leaf_folder": count, "stem_borer": 1}, green=green)
        field.post(at(3), 99, quality=BLURRED, green=Greenness(2.0, 1.0))
        for day in (14, 15, 16):
            field.post(at(day), 20)
        return f"/v1/plots/{field.plot.id}"


@pytest.fixture
def reader(sign_in: SignIn) -> httpx.Client:
    """Give somebody who may look."""
    return sign_in("ml_engineer")


RANGE = {"from": "2026-07-06", "to": "2026-07-26"}


def test_a_series_has_every_week_with_its_threshold(reader: httpx.Client, path: str) -> None:
    answer = reader.get(f"{path}/series", params={"pest": "leaf_folder", **RANGE})
    assert answer.status_code == 200, answer.text
    series = answer.json()
    assert (series["unit"], series["time_zone"]) == ("per_m2", "Asia/Shanghai")
    points = [
        (one["period"], one["value"], one["frames"], one["severity"]) for one in series["points"]
    ]
    assert points == [
        ("2026-W28", 8, 3, None),
        ("2026-W29", None, 0, None),
        ("2026-W30", 20, 3, 3),
    ]
    first = series["points"][0]
    assert (first["lowest"], first["highest"], first["start"]) == (4, 30, "2026-07-05T16:00:00Z")
    assert (first["stage"], first["bbch"], first["threshold_missing"]) == ("booting", 40, None)
    assert first["threshold"]["value"] == 10
    assert first["threshold"]["published_unit"] == "per_100_hills"
    assert first["threshold"]["version"] == "rice-example-2026.1"
    assert series["trend"]["slope"] > 0


def test_days_and_pests_without_a_threshold(reader: httpx.Client, path: str) -> None:
    query = {"pest": "whorl_maggot", "from": "2026-07-06", "to": "2026-07-08", "period": "day"}
    series = reader.get(f"{path}/series", params=query).json()
    assert [(one["period"], one["value"]) for one in series["points"]] == [
        ("2026-07-06", 0),
        ("2026-07-07", 0),
        ("2026-07-08", 0),
    ]
    assert {one["threshold_missing"] for one in series["points"]} == {"no_threshold"}
    long_ago = query | {"pest": "leaf_folder", "from": "2026-01-01", "to": "2026-01-01"}
    (point,) = reader.get(f"{path}/series", params=long_ago).json()["points"]
    assert (point["threshold_missing"], point["bbch"]) == ("no_stage", None)


def test_a_series_as_a_table_says_the_same(reader: httpx.Client, path: str) -> None:
    query = {"pest": "leaf_folder", **RANGE}
    points = reader.get(f"{path}/series", params=query).json()["points"]
    answer = reader.get(f"{path}/series", params=query | {"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["period"] for row in rows] == [one["period"] for one in points]
    assert [row["value"] for row in rows] == ["8.0", "", "20.0"]
    assert {row["threshold"] for row in rows} == {"10.0"}
    assert rows[0]["threshold_source"] == points[0]["threshold"]["source"]


def test_greenness_is_the_median_of_usable_close_frames(reader: httpx.Client, path: str) -> None:
    query = {**RANGE, "period": "week"}
    points = reader.get(f"{path}/greenness", params=query).json()["points"]
    assert [(one["frames"], one["canopy_cover"]) for one in points] == [
        (3, 0.4),
        (0, None),
        (0, None),
    ]
    table = reader.get(f"{path}/greenness", params=query | {"format": "csv"}).text
    assert len(table.splitlines()) == 4


def test_counts_are_listed_by_frame_and_page(reader: httpx.Client, path: str) -> None:
    first = reader.get(f"{path}/counts", params={**RANGE, "limit": 4}).json()
    rest = reader.get(
        f"{path}/counts", params={**RANGE, "limit": 4, "cursor": first["next_cursor"]}
    ).json()
    frames = first["items"] + rest["items"]
    assert rest["next_cursor"] is None
    assert [frame["usable"] for frame in frames] == [True, True, True, False, True, True, True]
    folders = [
        (one["count"], one["density"])
        for frame in frames
        for one in frame["pests"]
        if one["pest"] == "leaf_folder"
    ]
    assert folders[2:5] == [(30, 30), (99, None), (20, 20)]


@pytest.mark.parametrize(
    "query",
    [
        {"pest": "ghost"},
        {},
        {"pest": "insect", "from": "2026-07-06", "to": "2026-07-05"},
        {"pest": "insect", "from": "2020-01-01", "to": "2026-07-05"},
        {"pest": "insect", "from": "July"},
        {"pest": "insect", "to": "9999-12-31"},
        {"pest": "insect", "to": "0001-01-01"},
        {"pest": "insect", "period": "month"},
        {"pest": "insect", "format": "xlsx"},
    ],
)
@sqlite_only
def test_a_question_that_makes_no_sense_is_refused(
    reader: httpx.Client, path: str, query: dict[str, str]
) -> None:
    answer = reader.get(f"{path}/series", params=query)
    assert answer.status_code == 422, answer.text
