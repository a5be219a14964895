"""Noisy and quiet gateways, live frames and backfill, and the memory of bodies: over HTTP."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from api.database import Database
from api.settings import Settings
from benchmarks.load import unlike
from tests.conftest import GatewayToken, MakeCamera, sqlite_only
from tests.integration.api.frames.conftest import Poster, rows

JPEG = cv2.imencode(".jpg", np.full((96, 128, 3), 110, np.uint8))[1].tobytes()
_QUEUE = 14  # with two workers there are sixteen places


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        data_dir=tmp_path / "var",
        database_url=database_url,
        workers=2,
        max_queue=_QUEUE,
        max_picture_bytes=64 * 1024,
        max_batch_bytes=64 * 1024,
        max_ingest_bytes=128 * 1024,
        patience_s=300,
    )


class Held:
    """Lets the inspector look at one picture at a time, when it is told to, and notes whose."""

    def __init__(self, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
        self.services = app.state.services
        self.order: list[str] = []
        self._turns = threading.Semaphore(0)
        look = self.services.intake._look

        def wait_and_look(posted: Any, received_at: datetime) -> Any:
            self.order.append(posted.metadata.idempotency_key.split("/")[0])
            self._turns.acquire()
            return look(posted, received_at)

        monkeypatch.setattr(self.services.intake, "_look", wait_and_look)

    def wait_until(self, waiting: int) -> None:
        while self.services.intake.in_progress < waiting:
            threading.Event().wait(0.005)

    def let_go(self, times: int = 1000) -> None:
        self._turns.release(times)


@pytest.fixture
def held(poster: Poster, app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    held = Held(app, monkeypatch)
    yield held
    held.let_go()


@pytest.fixture
def quiet(
    poster: Poster, make_gateway_token: Callable[[], GatewayToken], make_camera: MakeCamera
) -> Poster:
    """Give another gateway."""
    gateway = make_gateway_token()
    return Poster(poster.client, make_camera(gateway=gateway.gateway), gateway)


@pytest.fixture
def senders() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(40) as pool:
        yield pool


def send(
    senders: ThreadPoolExecutor, poster: Poster, name: str, number: int, **changes: str | None
) -> Future[httpx.Response]:
    headers = poster.headers(idempotency_key=f"{name}/{number}", **changes)
    body = b"".join(unlike(JPEG, number))
    url = f"{poster.client.base_url}/v1/frames"
    return senders.submit(httpx.post, url, content=body, headers=headers, timeout=60)


def statuses(sent: list[Future[httpx.Response]]) -> list[int]:
    return sorted(one.result().status_code for one in sent)


@sqlite_only
def test_a_noisy_gateway_takes_no_quiet_ones_place_nor_its_turn(
    poster: Poster, quiet: Poster, held: Held, senders: ThreadPoolExecutor, database: Database
) -> None:
    noisy = [send(senders, poster, "noisy", number) for number in range(30)]
    refused = [one for one in noisy if _is_refused(one, held)]
    kept = len(noisy) - len(refused)
    assert 2 <= kept < 16 - 2
    assert all(int(one.result().headers["Retry-After"]) >= 1 for one in refused)

    mine = [send(senders, quiet, "quiet", 100 + number) for number in range(2)]
    held.wait_until(kept + 2)
    held.let_go()
    assert statuses(mine) == [200, 200]
    assert statuses([one for one in noisy if one not in refused]) == [200] * kept
    turns = [turn for turn, name in enumerate(held.order) if name == "quiet"]
    # Two were being looked at; then both gateways take turns.
    assert turns[1] <= 6
    assert rows(database)["frames"] == kept + 2


def _is_refused(one: Future[httpx.Response], held: Held) -> bool:
    """Say whether a frame was refused; what was taken has no answer before it is let go."""
    try:
        return one.result(timeout=2).status_code == 429
    except TimeoutError:
        return False


@sqlite_only
def test_what_is_live_goes_before_what_is_brought_up_later(
    poster: Poster, quiet: Poster, held: Held, senders: ThreadPoolExecutor
) -> None:
    first = [send(senders, poster, "first", number) for number in range(2)]
    held.wait_until(2)
    rest = [
        *(send(senders, poster, "backfill", 10 + number) for number in range(3)),
        *(
            send(senders, quiet, "backfill", 20 + n, xunjian_priority="backfill", **_now())
            for n in range(2)
        ),
    ]
    held.wait_until(7)
    live = [
        send(senders, quiet, "live", 30, **_now()),
        send(senders, poster, "live", 31, xunjian_priority="alert"),
    ]
    held.wait_until(9)
    held.let_go()
    assert statuses([*first, *rest, *live]) == [200] * 9
    assert held.order[2:4] == ["live", "live"]


def _now() -> dict[str, str]:
    return {"xunjian_captured_at": datetime.now(UTC).isoformat()}


@sqlite_only
def test_what_would_be_answered_too_late_is_refused_at_once(
    poster: Poster, held: Held, senders: ThreadPoolExecutor
) -> None:
    held.services.inspector.pool._mean_job_s = 8.0
    taken = [send(senders, poster, "taken", number) for number in range(3)]
    held.wait_until(3)
    late = send(senders, poster, "late", 9, prefer="respond-async, wait=3").result()
    assert late.status_code == 429
    assert late.json()["type"] == "urn:xunjian:problem:wait-too-long"
    assert int(late.headers["Retry-After"]) >= 8
    patient = send(senders, poster, "patient", 10, prefer="wait=120")
    held.wait_until(4)
    held.let_go()
    assert statuses([*taken, patient]) == [200] * 4


@sqlite_only
def test_what_was_not_begun_when_its_gateway_gives_up_is_given_up(
    poster: Poster, held: Held, senders: ThreadPoolExecutor, database: Database
) -> None:
    taken = [send(senders, poster, "taken", number) for number in range(2)]
    held.wait_until(2)
    given_up = send(senders, poster, "given up", 9, prefer="wait=1").result()
    assert given_up.status_code == 429
    assert held.services.inspector.pool.waiting(urgent=False) == 0
    held.let_go()
    assert statuses(taken) == [200, 200]
    assert "given up" not in held.order
    assert rows(database)["frames"] == 2
    assert send(senders, poster, "given up", 9).result().status_code == 200


@sqlite_only
def test_the_bodies_of_all_requests_take_no_more_memory_than_they_may(
    poster: Poster, quiet: Poster, held: Held, senders: ThreadPoolExecutor
) -> None:
    admission = held.services.intake.admission
    large = JPEG[:2] + (b"\xff\xfe\xf0\x00" + b"x" * 0xEFFE) + JPEG[2:]

    def post(who: Poster, number: int) -> Future[httpx.Response]:
        headers = who.headers(idempotency_key=f"large/{number}")
        body = b"".join(unlike(large, number))
        url = f"{who.client.base_url}/v1/frames"
        return senders.submit(httpx.post, url, content=body, headers=headers, timeout=60)

    first = post(poster, 1)
    held.wait_until(1)
    assert len(large) < admission.bytes_held <= 128 * 1024
    second = post(poster, 2).result()
    assert second.status_code == 429
    assert second.json()["type"] == "urn:xunjian:problem:memory-full"
    assert int(second.headers["Retry-After"]) >= 1
    small = send(senders, quiet, "small", 3)
    held.wait_until(2)
    assert admission.bytes_held <= 128 * 1024
    held.let_go()
    assert statuses([first, small]) == [200, 200]
    assert admission.bytes_held == 0
    assert post(poster, 2).result().status_code == 200


@sqlite_only
def test_frames_of_one_request_wait_for_room_instead_of_being_refused(
    poster: Poster, held: Held, senders: ThreadPoolExecutor
) -> None:
    frames = [
        {
            "camera": poster.camera.id,
            "captured_at": f"2026-11-21T08:00:{number:02d}Z",
            "idempotency_key": f"batch/{number}",
        }
        for number in range(24)
    ]
    answer = senders.submit(
        httpx.post,
        f"{poster.client.base_url}/v1/frames",
        headers=poster.gateway.headers,
        files=[
            ("metadata", (None, json.dumps({"frames": frames}), "application/json")),
            *(
                ("picture", ("p.jpg", b"".join(unlike(JPEG, number)), "image/jpeg"))
                for number in range(24)
            ),
        ],
        timeout=60,
    )
    held.let_go()
    assert answer.result().status_code == 200
    assert len(held.order) == 24


@sqlite_only
def test_the_measurements_say_who_waits_and_why_who_was_refused(
    poster: Poster, held: Held, senders: ThreadPoolExecutor
) -> None:
    taken = [send(senders, poster, "taken", number) for number in range(3)]
    held.wait_until(3)
    measured = poster.client.get("/metrics").text
    assert 'xunjian_frames_waiting{priority="backfill"} 1.0' in measured
    assert 'xunjian_frames_waiting{priority="alert"} 0.0' in measured
    assert "xunjian_ingest_requests 3.0" in measured
    held.let_go()
    assert statuses(taken) == [200] * 3
    poster.post(b"hello")
    measured = poster.client.get("/metrics").text
    gateway = poster.gateway.gateway.id
    assert f'xunjian_gateway_frames_total{{gateway="{gateway}",outcome="taken"}} 3.0' in measured
    assert 'xunjian_frames_refused_total{reason="picture-unsupported"}' in measured
