"""How long the figures take with 100,000 findings of 90 days, on SQLite or PostgreSQL.

`python -m benchmarks.figures` prints the median of several rounds in milliseconds, of the last 28
days and of 90.
"""

import argparse
import json
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

import api.tables
from api import migrations
from api.accounts.models import User
from api.audit.models import AuditRecord
from api.cameras.models import Camera, CameraKind
from api.cases.models import Case, CaseEntry
from api.cases.states import CaseState
from api.counts.periods import local_day
from api.database import Base, Database, new_id, now
from api.deadlines.models import CaseClock
from api.dispatch.models import (
    Destination,
    DestinationKind,
    MessageType,
    OutboxMessage,
    OutboxState,
)
from api.figures.backlog import backlog
from api.figures.deliveries import deliveries
from api.figures.lights import lights
from api.figures.precision import By, precision
from api.figures.scope import Scope
from api.figures.times import times
from api.findings.models import Finding
from api.findings.states import FindingState
from api.gateways.models import Gateway
from api.permissions import Role
from api.reviews.models import RejectReason, Review, Verdict
from api.routing.models import RoutingTable
from benchmarks.machine import cpu_name

assert api.tables.metadata is Base.metadata  # noqa: S101 - every table is known

FINDINGS = 100_000
CAMERAS = 40
DAYS = 90
ROUNDS = 5
_BATCH = 5_000
_ZONE = ZoneInfo("Asia/Shanghai")
# Of each class: its inspection, and the share of it that people confirm.
_CLASSES = {
    "pothole": ("road_damage", 0.86),
    "crack": ("road_damage", 0.71),
    "road_patch": ("road_damage", 0.55),
    "no_helmet": ("checkpoint_vehicle", 0.93),
    "brown_planthopper": ("crop_pest", 0.64),
    "falling_object": ("falling_object", 0.38),
    "new_structure": ("illegal_building", 0.47),
}
_DEPARTMENTS = ("道路养护处", "交警支队", "农业农村局", "城管执法局")
_STEPS = (
    ("open", None, CaseState.OPENED, 0.0),
    ("send", CaseState.OPENED, CaseState.DISPATCHING, 0.01),
    ("delivered", CaseState.DISPATCHING, CaseState.DISPATCHED, 0.02),
    ("accept", CaseState.DISPATCHED, CaseState.ACCEPTED, 0.1),
    ("claim_done", CaseState.ACCEPTED, CaseState.CLAIMED_DONE, 0.7),
    ("verify", CaseState.CLAIMED_DONE, CaseState.VERIFYING, 0.7),
    ("pass", CaseState.VERIFYING, CaseState.CLOSED, 1.0),
)


class _City:
    """Draws what happened in a city, as rows of the tables."""

    def __init__(self, session: Session, seed: int = 7) -> None:
        self._drawn = random.Random(seed)  # noqa: S311 - a drawn city, no secret
        self._until = now()
        gateway = Gateway(id=new_id(), name="depot")
        self._user = User(
            id=new_id(),
            username="reviewer",
            display_name="reviewer",
            password_hash="",
            role=Role.OPERATOR,
        )
        session.add_all([gateway, self._user])
        session.flush()
        self._cameras = [
            Camera(
                name=f"{number + 1}路",
                kind=CameraKind.BUS,
                gateway_id=gateway.id,
                inspections=["road_damage"],
            )
            for number in range(CAMERAS)
        ]
        self._departments = [
            Destination(name=name, kind=DestinationKind.WEBHOOK, url="https://department.example")
            for name in _DEPARTMENTS
        ]
        self._table = RoutingTable(
            number=1, name="table", text="", departments={}, loaded_by="system"
        )
        session.add_all([*self._cameras, *self._departments, self._table])
        session.flush()

    def rows(self, findings: int) -> Iterator[tuple[type[Base], dict[str, Any]]]:
        """Give every row with its table, each after those that it needs."""
        for number in range(findings):
            seen = self._until - timedelta(days=DAYS * (1 - number / findings))
            yield from self._finding(number, seen)

    def _finding(self, number: int, seen: datetime) -> Iterator[tuple[type[Base], dict[str, Any]]]:
        name, (inspection, share) = self._drawn.choice(list(_CLASSES.items()))
        judged = seen + timedelta(seconds=self._drawn.lognormvariate(7, 1.6))
        is_judged = judged < self._until and self._drawn.random() < 0.93
        confirmed = self._drawn.random() < share
        state = FindingState.PENDING_REVIEW
        if is_judged:
            state = FindingState.CASED if confirmed else FindingState.REJECTED
        finding_id = new_id()
        yield (
            Finding,
            {
                "id": finding_id,
                "inspection": inspection,
                "kind": "place",
                "class_name": name,
                "class_group": name,
                "state": state,
                "camera_id": self._drawn.choice(self._cameras).id,
                "first_seen_at": seen,
                "last_seen_at": seen,
                "created_at": seen,
                "updated_at": judged if is_judged else seen,
            },
        )
        waiting = FindingState.PENDING_REVIEW.value
        yield _told("finding", finding_id, "open", seen, None, FindingState.CANDIDATE.value)
        yield _told(
            "finding", finding_id, "enough_seen", seen, FindingState.CANDIDATE.value, waiting
        )
        if not is_judged:
            return
        yield (
            Review,
            {
                "id": new_id(),
                "finding_id": finding_id,
                "user_id": self._user.id,
                "verdict": Verdict.CONFIRM if confirmed else Verdict.REJECT,
                "reason": None if confirmed else RejectReason.NOT_A_PROBLEM,
                "created_at": judged,
            },
        )
        event = "confirm" if confirmed else "reject"
        yield _told("finding", finding_id, event, judged, waiting, state.value)
        if confirmed:
            yield from self._case(number, finding_id, judged)

    def _case(
        self, number: int, finding_id: str, opened: datetime
    ) -> Iterator[tuple[type[Base], dict[str, Any]]]:
        case_id, department = new_id(), self._drawn.choice(self._departments)
        takes = timedelta(hours=self._drawn.lognormvariate(3.6, 0.8))
        steps = [step for step in _STEPS if opened + takes * step[3] < self._until] or [_STEPS[0]]
        state = steps[-1][2]
        yield (
            Case,
            {
                "id": case_id,
                "number": f"XJ-{number:06}",
                "finding_id": finding_id,
                "state": state,
                "destination_id": department.id,
                "opened_by": "system",
                "created_at": opened,
                "updated_at": opened + takes * steps[-1][3],
            },
        )
        for event, before, after, share in steps:
            at = opened + takes * share
            yield (
                CaseEntry,
                {
                    "id": new_id(),
                    "case_id": case_id,
                    "event": event,
                    "from_state": before,
                    "to_state": after,
                    "applied": True,
                    "source": "system",
                    "occurred_at": at,
                    "received_at": at,
                },
            )
            yield _told("case", case_id, event, at, before, after.value)
        claimed = opened + takes * 0.7
        is_claimed = claimed < self._until
        yield (
            CaseClock,
            {
                "id": new_id(),
                "case_id": case_id,
                "current_case_id": case_id,
                "round": 1,
                "rework": False,
                "destination_id": department.id,
                "table_id": self._table.id,
                "term": "2 days",
                "total_s": 172_800.0,
                "started_at": opened,
                "due_at": opened + timedelta(days=2),
                "stopped_at": claimed if is_claimed else None,
                "stopped_by": "claim_done" if is_claimed else None,
                "used_s": (takes * 0.7).total_seconds() if is_claimed else None,
            },
        )
        is_dead = self._drawn.random() < 0.01
        yield (
            OutboxMessage,
            {
                "id": new_id(),
                "case_id": case_id,
                "destination_id": department.id,
                "sequence": 1,
                "event_type": MessageType.OPENED,
                "payload": {},
                "state": OutboxState.DEAD if is_dead else OutboxState.DELIVERED,
                "attempts": 8 if is_dead else 1 + (self._drawn.random() < 0.05),
                "created_at": opened,
                "delivered_at": None
                if is_dead
                else opened + timedelta(seconds=self._drawn.lognormvariate(1, 1)),
            },
        )


def _told(
    object_type: str, object_id: str, event: str, at: datetime, before: str | None, after: str
) -> tuple[type[Base], dict[str, Any]]:
    return (
        AuditRecord,
        {
            "id": new_id(),
            "at": at,
            "actor": "system",
            "action": f"{object_type}.{event}",
            "object_type": object_type,
            "object_id": object_id,
            "before": {"state": before} if before else None,
            "after": {"state": after},
        },
    )


def fill(database: Database, findings: int = FINDINGS) -> None:
    """Write a city's 90 days into an empty database."""
    with database.write() as session:
        city = _City(session)
    order = [table.name for table in Base.metadata.sorted_tables]
    rows = city.rows(findings)
    while some := list(islice(rows, _BATCH)):
        tables: dict[type[Base], list[dict[str, Any]]] = {}
        for table, row in some:
            tables.setdefault(table, []).append(row)
        with database.write() as session:
            for table in sorted(tables, key=lambda one: order.index(one.__tablename__)):
                session.execute(insert(table), tables[table])


def measure(database: Database, days: int) -> dict[str, float]:
    """Return how long each figure of the last days takes, median of several rounds, ms."""
    today = local_day(now(), _ZONE)
    scope = Scope(today - timedelta(days=days - 1), today, _ZONE)
    figures: dict[str, Callable[..., object]] = {
        "precision by class": partial(precision, by=By.CLASS),
        "precision by camera": partial(precision, by=By.CAMERA),
        "times": times,
        "backlog": backlog,
        "lights": lights,
        "deliveries": deliveries,
    }
    took: dict[str, float] = {}
    for name, figure in figures.items():
        rounds: list[float] = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            with database.read() as session:
                figure(session, scope)
            rounds.append((time.perf_counter() - started) * 1000)
        took[name] = round(median(rounds), 1)
    return took


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", help="URL of an empty database")
    parser.add_argument("--findings", type=int, default=FINDINGS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="xunjian-bench-") as folder:
        database = Database(asked.database or f"sqlite:///{folder}/xunjian.sqlite3")
        migrations.upgrade(database)
        fill(database, asked.findings)
        load_before = os.getloadavg()[0]
        figures = {
            "database": database.url.get_backend_name(),
            "findings": asked.findings,
            "ms_of_28_days": measure(database, 28),
            "ms_of_90_days": measure(database, DAYS),
            "cpu": cpu_name(),
            "cores": os.cpu_count(),
            "load_before": round(load_before, 1),
            "measured_at": now().isoformat(timespec="seconds"),
        }
        database.close()
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
