"""A camera's days on disk: what stayed is told once, and what could not be looked at is told."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Self

import cv2
import pytest
from rich.console import Console

from inference.errors import InferenceError
from inference.inspections import Kind, SeriesInspection
from inference.series import Series, SeriesOutcome
from inference.series_command import inspect_camera
from inference.sites.baseline import Baseline
from inference.sites.frame import Frame
from inference.sites.light import LightMode
from inference.sites.regions import overlap
from inference.sites.site import Site, SiteSettings
from models.registry import ModelFile
from tests.unit.inference.sites.scene import SHED, baseline_frames, hours, photograph
from tests.unit.inference.sites.standin import Differencer


class Watching(SeriesInspection):
    """The inspection with a stand-in for its network."""

    name = "illegal_building"
    kind = Kind.PLACE
    model_names = ()

    @classmethod
    def load(cls, *_: Any, **__: Any) -> Self:
        return cls()

    def check_golden(self) -> None: ...

    @property
    def used(self) -> tuple[ModelFile, ...]:
        return ()

    def watch(
        self, baselines: Mapping[LightMode, Baseline], settings: SiteSettings | None = None
    ) -> Site:
        return Site(baselines, Differencer(20), settings)


def save(frames: Iterable[Frame], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for frame in frames:
        cv2.imwrite(str(folder / frame.ref.name), frame.image)
    return folder


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`baseline/`, and `frames/` of six days: a shed from the third day on."""
    folder = tmp_path_factory.mktemp("camera")
    save(baseline_frames(), folder / "baseline")
    days = [
        photograph(at, shed=day >= 4, light=1 - 0.04 * day, shift=(1.3, -0.8))
        for day in range(2, 8)
        for at in hours(day, 8, 9, 10, 14, 15, 16)
    ]
    save(days, folder / "frames")
    return folder


def inspect(camera: Path, *frames: Path, annotations: Path | None = None) -> SeriesOutcome:
    series = Series([camera / "baseline"], frames or [camera / "frames"])
    return series.inspect(Watching(), workers=2, annotations=annotations)


@pytest.fixture(scope="module")
def outcome(camera: Path) -> SeriesOutcome:
    return inspect(camera, annotations=camera / "seen")


def test_a_shed_is_told_once_with_the_day_it_began(camera: Path, outcome: SeriesOutcome) -> None:
    record = outcome.to_json()
    assert record["source"] == str(camera / "frames")
    (event,) = record["events"]
    assert Path(event["first_seen"]).name == "2026-06-05_08-00-00.jpg"
    assert Path(event["confirmed"]).name <= "2026-06-07"
    assert event["kind"] == "appeared"
    assert event["stage"] == "new_structure"
    assert overlap(tuple(event["box"]), SHED)[0] > 0.7
    assert 0 < event["score"] <= 1
    assert record["camera_health"] == []


def test_slow_drift_of_light_and_passers_by_alarm_nobody(camera: Path) -> None:
    quiet = sorted((camera / "frames").glob("2026-06-0[34]*"))
    assert inspect(camera, *quiet).to_json()["events"] == []


def test_pictures_of_before_after_and_changes_are_written(
    camera: Path, outcome: SeriesOutcome
) -> None:
    names = {path.name for path in (camera / "seen").iterdir()}
    assert names == {"latest-day.jpg", "001-appeared-2026-06-05_08-00-00.jpg"}
    drawn = cv2.imread(str(camera / "seen" / "001-appeared-2026-06-05_08-00-00.jpg"))
    assert drawn is not None
    assert drawn.shape[1] > 3 * 320


def test_the_order_of_the_files_changes_nothing_but_is_told(
    camera: Path, outcome: SeriesOutcome
) -> None:
    files = sorted((camera / "frames").iterdir(), reverse=True)
    series = Series([camera / "baseline"], [*files[::2], *files])
    assert any("sorted" in words for words in series.warnings)
    assert series.inspect(Watching()).events == outcome.events


def troubles(outcome: SeriesOutcome) -> dict[str, tuple[int, str]]:
    return {
        one["kind"]: (one["frames"], one["message"]) for one in outcome.to_json()["camera_health"]
    }


def test_whatever_was_not_looked_at_is_told(camera: Path, tmp_path: Path) -> None:
    good = [photograph(at) for at in hours(3, 8, 9, 10, 11, 13, 14, 15)]
    moved = [photograph(at, shift=(35, 10)) for at in hours(4, 8, 9)]
    other = [photograph(at, seed=7) for at in hours(5, 8, 9, 10)]
    nights = [photograph(at, night=True) for at in hours(3, 0, 1, 2, 3, 22, 23)]
    frames = save([*good, *moved, *other, *nights], tmp_path / "frames")
    (frames / "2026-06-09_08-00-00.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    (frames / "06-57-28.jpg").write_bytes((frames / good[0].ref.name).read_bytes())
    outcome = inspect(camera, frames)
    told = troubles(outcome)
    assert told["moved"][0] == 2
    assert "new baseline" in told["moved"][1]
    assert told["other_view"][0] == 3
    assert "another camera" in told["other_view"][1]
    assert told["no_baseline"][0] == 6
    assert told["undated"] == (1, told["undated"][1])
    assert "an hour but no day" in told["undated"][1]
    assert told["unreadable"][0] == 1
    assert outcome.failed == 2
    assert outcome.events == ()


def test_a_thin_baseline_and_too_few_frames_are_told(camera: Path, tmp_path: Path) -> None:
    thin = save(baseline_frames()[:3], tmp_path / "thin")
    few = save([photograph(at) for at in hours(3, 8, 9, 10)], tmp_path / "few")
    outcome = Series([thin], [few]).inspect(Watching())
    words = [one.message for one in outcome.troubles if one.kind == "thin_baseline"]
    assert any("fewer than 8" in one for one in words)
    assert any("of one day" in one for one in words)
    assert "too few for a composite of 6" in troubles(outcome)["few_frames"][1]


def test_frames_without_any_time_are_refused_until_a_list_says_it(
    camera: Path, tmp_path: Path
) -> None:
    days = [photograph(at, shed=day >= 4) for day in range(3, 7) for at in hours(day, 9, 11, 14)]
    folder = tmp_path / "frames"
    folder.mkdir()
    rows = ["file,captured_at"]
    for number, frame in enumerate(days):
        cv2.imwrite(str(folder / f"frame_{number:03d}.jpg"), frame.image)
        rows.append(f"frame_{number:03d}.jpg,{frame.ref.at.isoformat()}")
    with pytest.raises(InferenceError, match="cannot be told"):
        Series([camera / "baseline"], [folder])
    listed = tmp_path / "times.csv"
    listed.write_text("\n".join(rows))
    outcome = Series([camera / "baseline"], [folder], listed).inspect(Watching())
    assert [Path(event.first_seen.name).name for event in outcome.events] == ["frame_003.jpg"]


@pytest.mark.parametrize("format_", ["jsonl", "table"])
def test_the_command_prints_one_record(
    camera: Path, capsys: pytest.CaptureFixture[str], format_: Any
) -> None:
    inspect_camera(
        Watching(),
        baseline=[camera / "baseline"],
        frames=sorted((camera / "frames").glob("2026-06-0[56]*")),
        times=None,
        annotations=None,
        workers=2,
        format_=format_,
        messages=Console(stderr=True),
    )
    printed = capsys.readouterr().out
    if format_ == "jsonl":
        (line,) = printed.splitlines()
        assert set(json.loads(line)) == {"source", "events", "camera_health"}
    else:
        assert "appeared" in printed
