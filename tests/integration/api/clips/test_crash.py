"""kill -9 of a worker in mid-clip, and of the service in mid-upload: all is done, once."""

import multiprocessing
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select, update

from api.cameras.models import Camera
from api.clips.models import JOB_KIND, ClipPart
from api.clips.parts import PART_BYTES
from api.database import Database, now
from api.evidence.objects import ObjectStore, open_object_store
from api.falls.models import Fall
from api.jobs.models import Job
from api.jobs.scratch import scratch
from api.jobs.supervisor import supervised
from api.settings import Settings
from tests.conftest import sqlite_only
from tests.integration.api.clips import victim
from tests.integration.api.clips.looker import Looker
from tests.integration.api.clips.yard import (
    Yard,
    clip_handler,
    counts,
    digest,
    stored_bytes,
    worker,
)
from tests.integration.test_crash import Service, patiently, prepare, service_in

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([victim.__name__])
LONG = bytes(range(256)) * (PART_BYTES * 3 // 256)


def _url(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


def _die_at(database: Database, settings: Settings, step: str) -> None:
    process = _processes.Process(
        target=victim.run,
        args=(_url(database), settings.data_dir, step, None),
        kwargs={"once": True},
    )
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize(
    "step", ["after lease", "mid-clip", "before record", "inside record", "after record"]
)
def test_a_worker_killed_at_any_step_leaves_the_clip_to_another_once(
    yard: Yard,
    database: Database,
    objects: ObjectStore,
    settings: Settings,
    clip: bytes,
    step: str,
) -> None:
    location = yard.post(clip).headers["Location"]
    process = _processes.Process(
        target=victim.run,
        args=(_url(database), settings.data_dir, step, None),
        kwargs={"once": True},
    )
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    assert yard.get(location).json()["state"] == (
        "done" if step == "after record" else "inspecting"
    )

    folder = settings.data_dir / "second"
    folder.mkdir()
    handler = clip_handler(database, objects, folder)
    one = worker(database, objects, {JOB_KIND: handler})
    assert not one.run_once(), "the dead worker's lease has not ended"
    with database.write() as session:  # now it has
        session.execute(update(Job).values(lease_until=now()))
    while one.run_once():
        pass
    handler.tidy()

    view = yard.get(location).json()
    assert (view["state"], len(view["finding_ids"])) == ("done", 1)
    assert counts(database) == {"clips": 1, "clip_parts": 0, "jobs": 1, "findings": 1}
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Fall)) == 1


@sqlite_only
def test_a_clip_that_kills_each_worker_is_given_up(
    yard: Yard, database: Database, settings: Settings, objects: ObjectStore, clip: bytes
) -> None:
    location = yard.post(clip).headers["Location"]
    for _ in range(3):
        _die_at(database, settings, "mid-clip")
        with database.write() as session:
            session.execute(update(Job).values(lease_until=now()))
    one = worker(database, objects, {JOB_KIND: clip_handler(database, objects, settings.data_dir)})
    assert one.run_once()
    view = yard.get(location).json()
    assert view["state"] == "failed"
    assert "died 3 times" in view["problem"]["detail"]
    with scratch(settings.data_dir / "work") as mine:
        assert list((settings.data_dir / "work").glob("worker-*")) == [mine], "video was left"


@sqlite_only
def test_the_supervisor_frees_the_job_of_a_child_that_died_and_starts_another(
    yard: Yard, database: Database, settings: Settings, clip: bytes, tmp_path: Path
) -> None:
    marker = tmp_path / "died"
    command = [sys.executable, "-m", victim.__name__, _url(database), str(settings.data_dir)]
    location = yard.post(clip).headers["Location"]
    started = time.monotonic()
    with supervised([*command, "mid-clip", str(marker)], processes=1, database=database):
        for _ in patiently():
            if yard.get(location).json()["state"] == "done":
                break
        ready = yard.client.get("/readyz").json()
        assert "workers" not in str(ready.get("detail", ""))
        metrics = yard.client.get("/metrics").text
        assert "xunjian_workers 1.0" in metrics
        assert 'xunjian_jobs_ended_recently{kind="clip",state="done"} 1.0' in metrics
    assert marker.exists()
    assert counts(database)["findings"] == 1
    assert time.monotonic() - started < 200
    assert "xunjian_workers 0.0" in yard.client.get("/metrics").text


def _half(service: Service, sent: threading.Event) -> Iterator[bytes]:
    yield LONG[: PART_BYTES + 1000]
    sent.set()
    for _ in patiently():
        if service.process is not None and service.process.poll() is not None:
            return
        yield b""


def test_an_upload_goes_on_after_kill_9_of_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XUNJIAN_WORKER_PROCESSES", "0")
    database = Database(f"sqlite:///{tmp_path / 'xunjian.sqlite3'}")
    headers = {"Authorization": f"Bearer {prepare(database)}"}
    with database.write() as session:
        session.scalars(select(Camera)).one().inspections = [Looker.name]
    about = {
        "Content-Type": "video/mp4",
        "Idempotency-Key": "one",
        "Xunjian-Camera": "front",
        "Xunjian-Captured-At": "2026-11-21T08:00:00Z",
        "Upload-Length": str(len(LONG)),
        "Repr-Digest": digest(LONG),
    }
    objects = open_object_store(str(tmp_path / "objects"))
    with service_in(tmp_path) as service, httpx.Client(timeout=60, headers=headers) as client:
        _wait_until_alive(client, service)
        sent = threading.Event()

        def begin() -> None:
            with pytest.raises(httpx.TransportError):
                client.post(f"{service.url}/v1/clips", content=_half(service, sent), headers=about)

        posting = threading.Thread(target=begin)
        posting.start()
        sent.wait(60)
        for _ in patiently():
            with database.read() as session:
                if session.scalar(select(func.count()).select_from(ClipPart)):
                    break
        service.kill()
        posting.join()
        service.start()
        _wait_until_alive(client, service)
        found = client.post(
            f"{service.url}/v1/clips", headers=about | {"Upload-Complete": "?0"}, content=b""
        )
        offset = int(found.headers["Upload-Offset"])
        assert found.status_code == 201
        assert offset in (0, PART_BYTES)
        location = service.url + found.headers["Location"]
        done = client.patch(
            location,
            content=LONG[offset:],
            headers={
                "Content-Type": "application/partial-upload",
                "Upload-Offset": str(offset),
                "Upload-Complete": "?1",
            },
        )
        assert done.status_code == 202, done.text
        clip_id = done.json()["clip_id"]
    assert stored_bytes(database, objects, clip_id) == LONG
    assert counts(database)["jobs"] == 1
    database.close()


def _wait_until_alive(client: httpx.Client, service: Service) -> None:
    for _ in patiently():
        try:
            if client.get(f"{service.url}/healthz").is_success:
                return
        except httpx.TransportError:
            pass
