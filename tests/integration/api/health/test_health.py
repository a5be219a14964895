from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from api.database import Database
from inference.errors import GoldenMismatch
from inference.inspections import INSPECTIONS, PictureInspection
from tests.conftest import GatewayToken, SignIn, sqlite_only


def _ready(client: httpx.Client) -> httpx.Response:
    answer = client.get("/readyz", timeout=60)
    for _ in range(100):
        if "being loaded" not in answer.text:
            break
        answer = client.get("/readyz", timeout=60)
    return answer


def test_a_service_that_can_take_frames_is_ready(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    answer = _ready(client)
    assert answer.status_code == 200
    checks = answer.json()["checks"]
    assert "xunjian work" in checks.pop("workers")  # which keeps no frame from being taken
    assert checks == {"database": "ok", "objects": "ok", "inspections": "ok"}


def test_missing_migrations_make_it_unready_and_say_what_to_do(
    client: httpx.Client, database: Database
) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    answer = _ready(client)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert "xunjian db upgrade" in answer.json()["checks"]["database"]
    assert client.get("/healthz").status_code == 200


@sqlite_only
def test_an_object_store_that_is_gone_makes_it_unready(
    client: httpx.Client, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ready(client)
    objects = app.state.services.settings.data_dir / "objects"
    for folder in sorted(objects.rglob("*"), reverse=True):
        folder.rmdir() if folder.is_dir() else folder.unlink()
    objects.rmdir()
    objects.write_text("not a folder")
    answer = _ready(client)
    assert answer.status_code == 503
    assert answer.json()["checks"]["objects"] != "ok"
    assert answer.json()["checks"]["database"] == "ok"


class TestWithAModelThatAnswersWrongly:
    @pytest.fixture(autouse=True)
    def _wrong_answer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def mismatch(*_: object) -> None:
            raise GoldenMismatch("the answer is another one", hint="Reinstall the model.")

        monkeypatch.setattr("inference.inspections.base.check_golden", mismatch)

    @sqlite_only
    def test_it_starts_is_not_ready_and_takes_no_frame(
        self,
        client: httpx.Client,
        make_gateway_token: Callable[[], GatewayToken],
        rendered_road_jpeg: bytes,
    ) -> None:
        answer = _ready(client)
        assert answer.status_code == 503
        assert "the answer is another one" in answer.json()["checks"]["inspections"]
        assert "Reinstall the model" in answer.json()["detail"]
        posted = client.post(
            "/v1/frames",
            content=rendered_road_jpeg,
            headers={
                **make_gateway_token().headers,
                "Idempotency-Key": "one",
                "Content-Type": "image/jpeg",
                "Xunjian-Camera": "any",
                "Xunjian-Captured-At": "2026-11-21T08:00:00Z",
            },
        )
        assert posted.status_code == 503
        assert int(posted.headers["retry-after"]) > 0


@sqlite_only
def test_requests_are_measured_by_route_never_by_path(client: httpx.Client) -> None:
    client.get("/v1/findings/some-id")
    client.get("/v1/no-such-path-with-a-secret")
    text_format = client.get("/metrics").text
    families = {f.name: f for f in text_string_to_metric_families(text_format)}
    samples = families["xunjian_http_request_duration_seconds"].samples
    routes = {(s.labels["route"], s.labels["status"]) for s in samples if s.name.endswith("_count")}
    assert ("/v1/findings/{finding_id}", "401") in routes
    assert ("other", "404") in routes
    assert "some-id" not in text_format
    assert "no-such-path" not in text_format
    assert "process_resident_memory_bytes" in families


@sqlite_only
def test_the_clock_is_utc(client: httpx.Client) -> None:
    before = datetime.now(UTC)
    told = datetime.fromisoformat(client.get("/v1/time").json()["now"])
    assert before <= told <= datetime.now(UTC)


def test_counters_of_an_empty_service(sign_in: SignIn) -> None:
    summary = sign_in("operator").get("/v1/summary").json()
    assert summary["frames"] == summary["detections"] == 0
    assert summary["findings"] == summary["cases"] == {}
    assert summary["deliveries"] == {"delivered": 0, "pending": 0, "dead": 0}
    assert summary["queue"]["waiting"] == 0
    assert summary["queue"]["workers"] >= 1


@sqlite_only
def test_the_models_in_use_are_told_with_their_digest(
    sign_in: SignIn, client: httpx.Client
) -> None:
    _ready(client)
    models = sign_in("ml_engineer").get("/v1/models").json()["items"]
    looking_at_pictures = {
        name for name, kind in INSPECTIONS.items() if issubclass(kind, PictureInspection)
    }
    assert {model["inspection"] for model in models} == looking_at_pictures
    assert all(len(model["digest"]) == 64 for model in models)
    [road] = [model for model in models if model["inspection"] == "road_damage"]
    assert {c["name"] for c in road["classes"]} == {"crack", "pothole"}
