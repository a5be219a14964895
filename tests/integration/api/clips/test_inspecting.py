"""Clips looked at by a worker: what comes of good, bad and malicious ones."""

from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy import select

from api.cameras.models import Camera, CameraPicture
from api.clips.models import JOB_KIND
from api.clips.removal import remove_expired
from api.database import Database, now
from api.evidence.errors import StoreUnavailable
from api.evidence.objects import ObjectStore
from api.falls.models import Fall
from api.jobs.models import Job, JobState
from api.settings import Settings
from inference.clips import ClipLimits
from tests.conftest import sqlite_only
from tests.integration.api.clips.yard import Yard, clip_handler, counts, work_all, worker
from tests.unit.inference.clips.films import film, sound


def objects_left(settings: Settings) -> int:
    return len(list((settings.data_dir / "objects" / "sha256").glob("*/*")))


def test_what_falls_becomes_a_finding_and_the_video_goes(
    yard: Yard, database: Database, objects: ObjectStore, folder: Path, clip: bytes
) -> None:
    location = yard.post(clip).headers["Location"]
    work_all(database, objects, folder)
    view = yard.get(location).json()
    assert view["state"] == "done"
    assert (view["width"], view["height"], view["fps"]) == (160, 96, 25)
    assert view["models"][0]["name"] == "falling_object"
    [event] = view["events"]
    assert event["status"] == "confirmed"
    assert event["track"][0] == [0, pytest.approx(17.5, abs=1), pytest.approx(49.5, abs=1)]
    assert len(view["finding_ids"]) == 1
    assert counts(database) == {"clips": 1, "clip_parts": 0, "jobs": 1, "findings": 1}
    with database.read() as session:
        assert session.scalars(select(Fall.finding_id)).one() == view["finding_ids"][0]
    assert not list(folder.iterdir())


@sqlite_only
def test_a_clip_without_a_fall_leaves_its_row_only(
    yard: Yard, database: Database, objects: ObjectStore, folder: Path, settings: Settings
) -> None:
    location = yard.post(film(frames=3)).headers["Location"]
    work_all(database, objects, folder)
    view = yard.get(location).json()
    assert (view["state"], view["events"], view["finding_ids"]) == ("done", [], [])
    assert view["sha256"]
    assert objects_left(settings) == 0


def test_a_fall_below_the_cameras_threshold_is_told_and_nothing_is_kept_of_it(
    yard: Yard,
    database: Database,
    objects: ObjectStore,
    folder: Path,
    settings: Settings,
    clip: bytes,
) -> None:
    with database.write() as session:
        camera = session.get_one(Camera, yard.camera.id)
        camera.thresholds = {"falling_object": 1.0}
    location = yard.post(clip).headers["Location"]
    work_all(database, objects, folder)
    view = yard.get(location).json()
    assert (len(view["events"]), view["finding_ids"]) == (1, [])
    assert counts(database)["findings"] == 0
    assert objects_left(settings) == 0


@sqlite_only
def test_of_a_clip_the_camera_shows_coarse_squares_only(
    yard: Yard, database: Database, objects: ObjectStore, folder: Path
) -> None:
    yard.post(film(frames=3))
    work_all(database, objects, folder)
    with database.read() as session:
        picture = session.get_one(CameraPicture, yard.camera.id)
        assert (picture.width, picture.height) == (160, 96)
        image = cv2.imdecode(np.frombuffer(picture.picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    # 24 squares from top to bottom, four pixels each: within them next to nothing varies.
    squares = image.reshape(24, 4, 40, 4).swapaxes(1, 2).astype(float)
    assert squares.std(axis=(2, 3)).max() < 6


@sqlite_only
def test_the_same_clip_under_two_keys_is_one_finding(
    yard: Yard,
    database: Database,
    objects: ObjectStore,
    folder: Path,
    settings: Settings,
    clip: bytes,
) -> None:
    """They share their objects, of which none goes while the other is needed."""
    first = yard.post(clip).headers["Location"]
    second = yard.post(clip).headers["Location"]
    handler = clip_handler(database, objects, folder)
    one = worker(database, objects, {JOB_KIND: handler})
    assert one.run_once()
    handler.tidy()
    assert one.run_once()
    handler.tidy()
    views = [yard.get(location).json() for location in (first, second)]
    assert [view["state"] for view in views] == ["done", "done"]
    assert views[0]["finding_ids"] == views[1]["finding_ids"]
    assert counts(database)["findings"] == 1


MALICIOUS = {
    "garbage": (b"\x00" * 5000, "clip-unsupported"),
    "a playlist": (b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n", "clip-unsupported"),
    "truncated": (film(frames=12)[:-200], "clip-truncated"),
    "sound only": (sound(), "clip-unsupported"),
    "another codec": (film(codec="mpeg2video", frames=3), "clip-unsupported"),
    "too large": (film(size=(640, 480), frames=1), "clip-too-large"),
    "an hour": (film(frames=2, times_ms=[0, 3_600_000]), "clip-too-long"),
    "damaged inside": (
        film(frames=12)[:900] + b"\xff" * 600 + film(frames=12)[1500:],
        None,
    ),
}


@sqlite_only
def test_malicious_clips_are_refused_and_the_worker_lives(
    yard: Yard, database: Database, objects: ObjectStore, folder: Path, clip: bytes
) -> None:
    locations = {name: yard.post(data).headers["Location"] for name, (data, _) in MALICIOUS.items()}
    good = yard.post(clip).headers["Location"]
    limits = ClipLimits(max_pixels=320 * 240, max_seconds=60)
    handler = clip_handler(database, objects, folder, limits)
    one = worker(database, objects, {JOB_KIND: handler})
    while one.run_once():
        pass
    for name, (_, code) in MALICIOUS.items():
        view = yard.get(locations[name]).json()
        if code is not None:
            assert view["state"] == "refused", (name, view)
            assert view["problem"]["code"] == code, (name, view)
            assert len(view["problem"]["detail"]) > 10
        else:
            assert view["state"] in ("refused", "done"), (name, view)
    assert yard.get(good).json()["state"] == "done"
    handler.tidy()
    assert counts(database)["clip_parts"] == 0


def test_what_fails_three_times_is_given_up_and_said(
    yard: Yard,
    database: Database,
    objects: ObjectStore,
    folder: Path,
    clip: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    location = yard.post(clip).headers["Location"]
    handler = clip_handler(database, objects, folder)
    monkeypatch.setattr(handler, "_load", lambda: 1 / 0)
    one = worker(database, objects, {JOB_KIND: handler})
    for attempt in range(3):
        assert yard.get(location).json()["state"] == "waiting"
        assert one.run_once(), attempt
        assert not one.run_once(), "it is tried again at once"
        _hurry(database)
    view = yard.get(location).json()
    assert (view["state"], view["problem"]["code"]) == ("failed", "inspection-failed")
    with database.read() as session:
        assert session.scalars(select(Job.state)).all() == [JobState.FAILED]


@sqlite_only
def test_a_store_that_is_down_is_waited_for(
    yard: Yard,
    database: Database,
    objects: ObjectStore,
    folder: Path,
    clip: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def down(_: str) -> bytes:
        raise StoreUnavailable("the store does not answer")

    location = yard.post(clip).headers["Location"]
    one = worker(database, objects, {JOB_KIND: clip_handler(database, objects, folder)})
    with monkeypatch.context() as patch:
        patch.setattr(objects, "get", down)
        for _ in range(5):
            assert one.run_once()
            _hurry(database)
    assert yard.get(location).json()["state"] == "waiting"
    assert one.run_once()
    assert yard.get(location).json()["state"] == "done"


def test_an_upload_that_nobody_goes_on_with_is_deleted(
    yard: Yard, database: Database, objects: ObjectStore, settings: Settings, clip: bytes
) -> None:
    location = yard.begin(clip[:1000])
    assert not remove_expired(database, objects)
    assert remove_expired(database, objects, at=now() + timedelta(hours=25))
    assert counts(database)["clips"] == 0
    assert objects_left(settings) == 0
    assert yard.head(location).status_code == 404


def _hurry(database: Database) -> None:
    with database.write() as session:
        for job in session.scalars(select(Job)):
            job.not_before = now()
