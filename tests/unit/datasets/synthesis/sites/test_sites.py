"""Fixed cameras over days: what is built, when, and that its truth agrees with the pictures."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from datasets.commands import app
from datasets.synthesis.demo import SCENES
from datasets.synthesis.sites.site import START, Site, SiteWishes, demo_site, draw_site

SIZE = (320, 180)
NOON = datetime.combine(START, datetime.min.time(), UTC) + timedelta(hours=12)


@pytest.fixture(scope="module")
def site() -> Site:
    """A site where one structure is built and one demolished."""
    return draw_site(4, SiteWishes(size=SIZE, days=14, built=1, demolished=1))


def test_the_same_seed_and_time_give_the_same_frame(site: Site) -> None:
    again = draw_site(4, SiteWishes(size=SIZE, days=14, built=1, demolished=1))
    assert np.array_equal(again.frame(NOON), site.frame(NOON))
    assert again.description == site.description
    assert not np.array_equal(site.frame(NOON + timedelta(hours=1)), site.frame(NOON))


def test_a_structure_grows_from_its_first_day_to_its_complete_day(site: Site) -> None:
    built = next(one for one in site.truth if one.first_day is not None)
    assert built.first_day is not None
    assert built.complete_day is not None
    first = datetime.combine(built.first_day, datetime.min.time(), UTC)
    days = range((built.complete_day - built.first_day).days + 2)
    stages = [built.stage(first + timedelta(days=day, hours=12)) for day in days]
    assert built.stage(first - timedelta(minutes=1)) == 0
    assert stages == sorted(stages)
    assert 0 < stages[0] <= stages[-1] == 1


def test_a_demolished_structure_is_gone_on_its_day(site: Site) -> None:
    gone = next(one for one in site.truth if one.demolished_day is not None)
    assert gone.demolished_day is not None
    day = datetime.combine(gone.demolished_day, datetime.min.time(), UTC)
    assert gone.stage(day - timedelta(minutes=1)) == 1
    assert gone.stage(day) == 0


def test_truth_says_where_and_when(site: Site) -> None:
    described = site.description
    assert (described["width"], described["height"]) == SIZE
    assert len(described["structures"]) == len(site.truth) == 2
    for one, structure in zip(described["structures"], site.truth, strict=True):
        left, top, right, bottom = one["box"]
        assert 0 <= left < right <= SIZE[0]
        assert 0 <= top < bottom <= SIZE[1]
        drawn = np.zeros((SIZE[1], SIZE[0]), np.uint8)
        for outline in one["polygons"]:
            cv2.fillPoly(drawn, [np.array(outline, np.int32)], 255)
        mask = site.mask(structure)
        shared = np.count_nonzero(drawn & mask) / np.count_nonzero(drawn | mask)
        assert shared > 0.9


def test_a_structure_changes_the_median_of_its_days_where_truth_says_so() -> None:
    site = demo_site()
    built = site.truth[0]
    hours = (9, 11, 12, 13, 15)
    before, after = (
        np.median([site.frame(NOON + timedelta(days=day, hours=hour - 12)) for hour in hours], 0)
        for day in (0, 3)
    )
    difference = np.abs(after - before).mean(axis=2)
    mask = site.mask(built) > 0
    assert mask.mean() > 0.03
    assert difference[mask].mean() > 2.5 * difference[~mask].mean()


def test_written_sites_can_be_read_back(tmp_path: Path) -> None:
    arguments = ["synthesize", "sites", "--out", str(tmp_path), "--sites", "1", "--days", "4"]
    arguments += ["--frames-per-day", "4", "--width", "320"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    folder = tmp_path / "site-0000"
    names = sorted(path.stem for path in (folder / "baseline").iterdir())
    later = sorted(path.stem for path in (folder / "frames").iterdir())
    assert len(names) == len(later) == 8
    times = [datetime.strptime(name, "%Y-%m-%d_%H-%M-%S").replace(tzinfo=UTC) for name in names]
    assert times[0].date() == START
    assert names[-1] < later[0]
    assert json.loads((folder / "truth.json").read_text("utf-8"))["width"] == 320
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code != 0
    assert "already holds" in again.output


def test_the_demonstration_lists_its_frames_in_time_order(tmp_path: Path) -> None:
    written = SCENES["site"](tmp_path)
    rows = (tmp_path / "frames.csv").read_text("utf-8").splitlines()
    assert rows[0] == "file,camera,captured_at"
    times = [datetime.fromisoformat(row.split(",")[2]) for row in rows[1:]]
    assert len(times) == written
    assert times == sorted(times)
    assert all((tmp_path / row.split(",")[0]).is_file() for row in rows[1:])
    truth = json.loads((tmp_path / "truth.json").read_text("utf-8"))
    assert [one["type"] for one in truth["structures"]] == ["steel_shed"]
