"""How quickly the service gives findings to review and takes words on them, with 50,000 waiting.

`python -m benchmarks.reviewing` prints it as JSON. The database is filled directly: every finding
has a frame, a detection, a look and a picture's row. Then operators review over HTTP on loopback,
one at a time and eight at once: each draws six findings, says its word on the first, tells the
service what it still holds and draws the next. Every answer is a durable commit. On SQLite by
default; `--database URL` names an empty PostgreSQL database.
"""

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from api import migrations
from api.accounts import service as accounts
from api.cameras import service as cameras
from api.cameras.models import CameraKind
from api.database import Database, new_id, now
from api.dispatch.models import Destination, DestinationKind
from api.evidence.models import Evidence
from api.findings.locks import map_cell
from api.findings.models import Finding, FindingDetection, Look
from api.findings.states import FindingState
from api.frames.models import Detection, Frame, InspectingModel
from api.gateways import service as gateways
from api.permissions import Role
from benchmarks.machine import cpu_name
from benchmarks.services import serve_xunjian

FINDINGS = 50_000
CAMERAS = 50
OPERATORS = 8
WORDS = 200
HELD = 6
_PASSWORD = "a password for the benchmark"  # noqa: S105
_DIGEST = "d" * 64
_AT_ONCE = 1_000
_VERDICTS = (
    {"verdict": "confirm"},
    {"verdict": "reject", "reason": "not_a_problem"},
    {"verdict": "reject", "reason": "already_repaired"},
    {"verdict": "defer"},
)


@dataclass(frozen=True, slots=True)
class Times:
    """How long requests took.

    Attributes:
        requests: how many.
        p50_ms: half took no longer.
        p99_ms: 99 of 100 took no longer.
        most_ms: the longest.
    """

    requests: int
    p50_ms: float
    p99_ms: float
    most_ms: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Times":
        """Return the figures of some durations."""
        cuts = statistics.quantiles(seconds, n=100, method="inclusive")
        figures = (cuts[49], cuts[98], max(seconds))
        return cls(len(seconds), *(round(1000 * each, 1) for each in figures))


def fill(database: Database, count: int) -> None:
    """Fill an empty database with findings that wait for review, in a grid of a city."""
    chance = random.Random(7)  # noqa: S311 - a grid of a city
    with database.write() as session:
        gateway = gateways.create_gateway(session, name="depot", actor="system")
        ids = [
            cameras.create_camera(
                session,
                name=f"bus {number}",
                kind=CameraKind.BUS,
                gateway_id=gateway.id,
                inspections=["road_damage"],
                actor="system",
            ).id
            for number in range(CAMERAS)
        ]
        session.add(
            InspectingModel(digest=_DIGEST, name="road_damage", version="1", variant="fp32")
        )
        session.add(
            Destination(
                name="roads",
                kind=DestinationKind.WEBHOOK,
                url="https://127.0.0.1:9/",
                classes=["pothole"],
            )
        )
        for number in range(OPERATORS):
            accounts.create_user(
                session,
                username=f"operator-{number}",
                display_name=f"operator {number}",
                password_hash=accounts.new_password_hash(_PASSWORD),
                role=Role.OPERATOR,
                camera_ids=None,
                actor="system",
            )
    for start in range(0, count, _AT_ONCE):
        with database.write() as session:
            numbers = range(start, min(count, start + _AT_ONCE))
            _fill(session, gateway.id, ids, numbers, chance)
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def _fill(
    session: Session,
    gateway_id: str,
    camera_ids: Sequence[str],
    numbers: Sequence[int],
    chance: random.Random,
) -> None:
    rows: dict[type, list[dict[str, Any]]] = {
        table: [] for table in (Frame, Detection, Finding, Look, FindingDetection, Evidence)
    }
    for number in numbers:
        frame, detection, finding, look = new_id(), new_id(), new_id(), new_id()
        camera_id = chance.choice(camera_ids)
        at = now() - timedelta(seconds=chance.uniform(0, 30 * 86_400))
        latitude, longitude = 30.1 + chance.random() / 3, 120.0 + chance.random() / 3
        score = chance.uniform(0.2, 0.95)
        place = {"latitude": latitude, "longitude": longitude}
        rows[Frame].append(
            {
                "id": frame,
                "gateway_id": gateway_id,
                "camera_id": camera_id,
                "idempotency_key": str(number),
                "request_digest": "r" * 64,
                "sha256": "f" * 64,
                "content_type": "image/jpeg",
                "width": 1280,
                "height": 720,
                "captured_at": at,
                "reply": {},
                **place,
            }
        )
        rows[Detection].append(
            {
                "id": detection,
                "frame_id": frame,
                "model_digest": _DIGEST,
                "inspection": "road_damage",
                "class_name": "pothole",
                "class_group": "pothole",
                "score": score,
                "x1": 100.0,
                "y1": 100.0,
                "x2": 300.0,
                "y2": 200.0,
                **place,
            }
        )
        rows[Finding].append(
            {
                "id": finding,
                "inspection": "road_damage",
                "kind": "place",
                "class_name": "pothole",
                "class_group": "pothole",
                "state": FindingState.PENDING_REVIEW,
                "open_key": f"road_damage/pothole/{number}",
                "camera_id": camera_id,
                "accuracy_m": 3.0,
                "cell": map_cell(latitude, longitude),
                "size_m": 0.5,
                "severity": chance.randint(1, 4),
                "confidence": score,
                "looks": 1,
                "first_seen_at": at,
                "last_seen_at": at,
                "best_detection_id": detection,
                **place,
            }
        )
        rows[Look].append(
            {
                "id": look,
                "finding_id": finding,
                "inspection": "road_damage",
                "class_group": "pothole",
                "camera_id": camera_id,
                "pass_key": str(number),
                "first_at": at,
                "last_at": at,
                "gps_sd_m": 3.0,
                "var_east": 1.0,
                "var_east_north": 0.0,
                "var_north": 1.0,
                "size_m": 0.5,
                "score": score,
                "best_detection_id": detection,
                "frames": 2,
                "cell": map_cell(latitude, longitude),
                **place,
            }
        )
        rows[FindingDetection].append(
            {"detection_id": detection, "finding_id": finding, "look_id": look}
        )
        rows[Evidence].append(
            {
                "id": new_id(),
                "finding_id": finding,
                "frame_id": frame,
                "camera_id": camera_id,
                "object_key": "none",
                "content_type": "image/jpeg",
            }
        )
    for table, values in rows.items():
        session.execute(insert(table), values)


def review(url: str, operator: int, words: int) -> Iterator[tuple[str, float]]:
    """Review as an operator does; give the request and its seconds, one after the other."""
    with httpx.Client(base_url=url, timeout=60) as client:
        answer = client.post(
            "/v1/session", json={"username": f"operator-{operator}", "password": _PASSWORD}
        )
        client.headers["X-CSRF-Token"] = answer.raise_for_status().json()["csrf_token"]
        holding: list[str] = []
        for number in range(words):
            started = time.perf_counter()
            queue = client.post(
                "/v1/review-queue",
                json={"state": "pending_review", "count": HELD, "holding": holding},
            )
            yield "draw", time.perf_counter() - started
            first, *rest = queue.raise_for_status().json()["items"]
            path = f"/v1/findings/{first['id']}/review"
            if first["second_review"]:
                path = f"/v1/second-reviews/{first['second_review']['id']}"
            started = time.perf_counter()
            said = client.post(path, json=_VERDICTS[number % len(_VERDICTS)])
            yield "review", time.perf_counter() - started
            said.raise_for_status()
            holding = [item["id"] for item in rest]
        client.delete("/v1/review-queue").raise_for_status()


def measure(url: str, operators: int, words: int) -> dict[str, dict[str, float]]:
    """Let operators review at the same time; return the times of each request."""
    with ThreadPoolExecutor(operators) as pool:
        done = pool.map(lambda number: list(review(url, number, words)), range(operators))
        times = [each for one in done for each in one]
    return {
        name: asdict(Times.of([seconds for kind, seconds in times if kind == name]))
        for name in ("draw", "review")
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", help="URL of an empty PostgreSQL database")
    parser.add_argument("--findings", type=int, default=FINDINGS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="xunjian-bench-") as folder:
        url = asked.database or f"sqlite:///{folder}/xunjian.sqlite3"
        database = Database(url)
        migrations.upgrade(database)
        fill(database, asked.findings)
        environment = {
            "XUNJIAN_DATA_DIR": folder,
            "XUNJIAN_DATABASE_URL": url,
            "XUNJIAN_DELIVERY_THREADS": "0",
            "XUNJIAN_WORKER_PROCESSES": "0",
        }
        load_before = os.getloadavg()[0]
        with serve_xunjian(environment) as running:
            base = f"http://127.0.0.1:{running.port}"
            measure(base, 1, 20)
            figures = {
                "database": database.url.get_backend_name(),
                "findings": asked.findings,
                "one_operator": measure(base, 1, WORDS),
                "eight_operators": measure(base, OPERATORS, WORDS // 2),
                "cpu": cpu_name(),
                "cores": os.cpu_count(),
                "load_before": round(load_before, 1),
                "measured_at": now().isoformat(timespec="seconds"),
            }
        database.close()
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
