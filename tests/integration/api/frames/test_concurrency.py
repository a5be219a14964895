"""Back-pressure, and two services on one database."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.database import Database
from api.settings import Settings
from tests.conftest import serving
from tests.integration.api.frames.conftest import Poster, rows

JPEG = cv2.imencode(".jpg", np.full((96, 128, 3), 110, np.uint8))[1].tobytes()


class TestBackPressure:
    @pytest.fixture
    def settings(self, tmp_path: Path, database_url: str) -> Settings:
        return Settings(
            data_dir=tmp_path / "var", database_url=database_url, workers=1, max_queue=1
        )

    def test_a_full_queue_is_told_at_once_and_what_was_taken_is_finished(
        self, poster: Poster, app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        services = app.state.services
        gate, look = threading.Event(), services.inspector.look

        def slow_look(*arguments: Any, **options: Any) -> Any:
            gate.wait()
            return look(*arguments, **options)

        monkeypatch.setattr(services.inspector, "look", slow_look)
        headers = [poster.headers() for _ in range(3)]

        def post(number: int) -> httpx.Response:
            return httpx.post(
                f"{poster.client.base_url}/v1/frames",
                content=JPEG,
                headers=headers[number],
                timeout=60,
            )

        with ThreadPoolExecutor(2) as pool:
            taken = [pool.submit(post, number) for number in range(2)]
            while services.intake.in_progress < 2:
                assert not any(one.done() for one in taken)
                threading.Event().wait(0.01)
            refused = post(2)
            gate.set()
            assert [one.result().status_code for one in taken] == [200, 200]
        assert refused.status_code == 429
        assert refused.json()["type"] == "urn:xunjian:problem:queue-full"
        assert int(refused.headers["Retry-After"]) >= 1
        assert rows(database)["frames"] == 2
        assert post(2).status_code == 200


@pytest.mark.parametrize("same", [True, False], ids=["same frame", "another frame"])
def test_two_services_that_take_one_key_at_once_keep_one_frame(
    poster: Poster,
    app: FastAPI,
    settings: Settings,
    database: Database,
    rendered_road_jpeg: bytes,
    monkeypatch: pytest.MonkeyPatch,
    same: bool,
) -> None:
    other = create_app(settings)
    with serving(other) as other_url:
        assert other.state.services.inspector.check() is None
        # Both have asked whether the key is known before either writes.
        both_looked = threading.Barrier(2)
        for service in (app, other):
            inspector = service.state.services.inspector

            def look_together(*arguments: Any, look: Any = inspector.look, **options: Any) -> Any:
                looked = look(*arguments, **options)
                both_looked.wait()
                return looked

            monkeypatch.setattr(inspector, "look", look_together)
        headers = poster.headers()
        pictures = [rendered_road_jpeg, rendered_road_jpeg if same else JPEG]
        urls = [str(poster.client.base_url), other_url]

        def post(number: int) -> httpx.Response:
            return httpx.post(
                f"{urls[number]}/v1/frames", content=pictures[number], headers=headers, timeout=60
            )

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(post, range(2)))
    assert rows(database)["frames"] == 1
    if same:
        bodies = [answer.json() for answer in answers]
        assert sorted(body.pop("duplicate") for body in bodies) == [False, True]
        assert bodies[0] == bodies[1]
        assert rows(database)["detections"] == len(bodies[0]["detections"]) > 0
    else:
        assert sorted(answer.status_code for answer in answers) == [200, 409]
