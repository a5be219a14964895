"""How smooth the map is with 50,000 findings: a real service, a real Chromium, frames counted.

`python -m benchmarks.map` prints the figures, `--save` keeps them. It needs the built page
(`make web`) and Chromium.
"""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import h3
import shapely
from sqlalchemy import insert
from sqlalchemy.orm import Session

import api.tables
from api.accounts import service as accounts
from api.accounts.hashing import hash_password
from api.camera_health.models import CameraTrouble
from api.cameras.models import Camera, CameraKind
from api.cases.models import Case
from api.cases.states import OPEN_STATES, CaseState
from api.coverage.models import Coverage
from api.database import Base, Database, new_id, now
from api.demo.processes import listen, running
from api.findings.geodesy import LocalPlane
from api.findings.models import Finding
from api.findings.states import FindingState
from api.frames.models import Frame
from api.gateways.models import Gateway
from api.grids.models import Grid
from api.permissions import Role
from api.serve import address

assert api.tables.metadata is Base.metadata  # noqa: S101 - every table is known

PASSWORD = "correct horse battery staple"  # noqa: S105 - of a service that lasts a minute
FINDINGS = 50_000
_CITY = LocalPlane(30.25, 120.15)
_HALF_M = 12_000.0
_STREET_M = 400.0
_SPACING_M = 8.0
_STATES = (
    *[FindingState.PENDING_REVIEW] * 6,
    *[FindingState.CONFIRMED, FindingState.CASED, FindingState.REJECTED] * 2,
    *[FindingState.DEFERRED, FindingState.DUPLICATE],
)


def fill(
    session: Session, *, findings: int = FINDINGS, buses: int = 12, cases: int = 2_000
) -> None:
    """Write a city of 24 km by 24 km: what its buses saw in eight weeks, and where they drove.

    Args:
        session: an open transaction that writes, of an empty database.
        findings: how many.
        buses: how many cameras on buses; each drives one street each day of the last five weeks.
        cases: of so many findings there is a case.
    """
    drawn = random.Random(7)  # noqa: S311 - a drawn city, no secret
    gateway = Gateway(id=new_id(), name="depot")
    cameras = [
        Camera(
            id=new_id(),
            name=f"bus {number + 1} front",
            kind=CameraKind.BUS,
            gateway_id=gateway.id,
            inspections=["road_damage"],
        )
        for number in range(buses)
    ]
    poles = [_fixed_camera(gateway, number, drawn) for number in range(buses // 2)]
    session.add(gateway)
    session.flush()
    session.add_all(cameras + poles)
    session.flush()
    session.add(
        CameraTrouble(
            camera_id=poles[0].id,
            trouble="blurred",
            first_at=now() - timedelta(hours=5),
            last_at=now(),
            frames=40,
            lasting=True,
        )
    )
    rows = [_finding(cameras, drawn) for _ in range(findings)]
    session.execute(insert(Finding), rows)
    session.execute(insert(Case), [_case(row, n, drawn) for n, row in enumerate(rows[:cases])])
    for number, camera in enumerate(cameras):
        _drive(session, camera, number, drawn)
    session.add_all(_area(row, column) for row in range(4) for column in range(4))


def _street(number: int, drawn: random.Random) -> tuple[float, float]:
    """Return east and north in metres of a place on a street."""
    along = drawn.uniform(-_HALF_M, _HALF_M)
    across = _STREET_M * round(drawn.gauss(0, _HALF_M / 3) / _STREET_M)
    return (along, across) if number % 2 else (across, along)


def _finding(cameras: list[Camera], drawn: random.Random) -> dict[str, Any]:
    latitude, longitude = _CITY.to_wgs84(*_street(drawn.randrange(2), drawn))
    seen = now() - timedelta(days=drawn.triangular(0, 56, 3))
    return {
        "id": new_id(),
        "inspection": "road_damage",
        "kind": "place",
        "class_name": drawn.choice(["pothole", "crack"]),
        "class_group": "pothole",
        "state": drawn.choice(_STATES),
        "camera_id": drawn.choice(cameras).id,
        "latitude": latitude,
        "longitude": longitude,
        "accuracy_m": drawn.uniform(1, 6),
        "severity": drawn.randint(1, 4),
        "confidence": drawn.random(),
        "looks": drawn.randint(1, 9),
        "first_seen_at": seen - timedelta(days=drawn.uniform(0, 20)),
        "last_seen_at": seen,
        "updated_at": seen,
    }


def _case(finding: dict[str, Any], number: int, drawn: random.Random) -> dict[str, Any]:
    state = drawn.choice(list(CaseState))
    return {
        "id": new_id(),
        "number": f"XJ-20261101-{number:06}",
        "finding_id": finding["id"],
        "open_finding_id": finding["id"] if state in OPEN_STATES else None,
        "state": state,
        "opened_by": "user:bench",
        "updated_at": finding["last_seen_at"],
    }


def _fixed_camera(gateway: Gateway, number: int, drawn: random.Random) -> Camera:
    latitude, longitude = _CITY.to_wgs84(*_street(number, drawn))
    return Camera(
        id=new_id(),
        name=f"community {number + 1}",
        kind=CameraKind.COMMUNITY,
        gateway_id=gateway.id,
        inspections=["falling_object"],
        latitude=latitude,
        longitude=longitude,
        heading_deg=drawn.uniform(0, 360),
    )


def _drive(session: Session, camera: Camera, number: int, drawn: random.Random) -> None:
    """Write frames and coverage of a bus: a street, of which this week only a part."""
    frames, coverage = [], []
    across = _STREET_M * drawn.randint(-8, 8)
    for day in range(35):
        begins = now() - timedelta(days=day, minutes=30 + number)
        for step in range(60 if day < 7 else 90):
            along = -_HALF_M / 8 + step * _SPACING_M * 4
            place = (along, across) if number % 2 else (across, along)
            latitude, longitude = _CITY.to_wgs84(*place)
            frame = {
                "id": new_id(),
                "gateway_id": camera.gateway_id,
                "camera_id": camera.id,
                "idempotency_key": f"{camera.id}-{day}-{step}",
                "request_digest": "0" * 64,
                "sha256": "0" * 64,
                "content_type": "image/jpeg",
                "width": 1280,
                "height": 720,
                "captured_at": begins + timedelta(seconds=2 * step),
                "latitude": latitude,
                "longitude": longitude,
                "reply": {},
            }
            frames.append(frame)
            coverage.append(
                {
                    "frame_id": frame["id"],
                    "camera_id": camera.id,
                    "inspection": "road_damage",
                    "captured_at": frame["captured_at"],
                    "latitude": latitude,
                    "longitude": longitude,
                    "cell": h3.latlng_to_cell(latitude, longitude, 10),
                    "sharpness": 300.0,
                    "brightness": 0.5,
                    "usable": drawn.random() < 0.9 and not 40 < step < 48,
                }
            )
    session.execute(insert(Frame), frames)
    session.execute(insert(Coverage), coverage)


def _area(row: int, column: int) -> Grid:
    side = _HALF_M / 4
    west, south = (column - 2) * side, (row - 2) * side
    corners = [
        (west, south),
        (west + side, south),
        (west + side, south + side),
        (west, south + side),
    ]
    ring = [tuple(reversed(_CITY.to_wgs84(*corner))) for corner in corners]
    shape = shapely.Polygon(ring)
    west_deg, south_deg, east_deg, north_deg = shape.bounds
    return Grid(
        code=f"33010600{row}{column}",
        name=f"第{row * 4 + column + 1}网格",
        shape=shapely.to_wkb(shape),
        area_m2=side * side,
        west=west_deg,
        south=south_deg,
        east=east_deg,
        north=north_deg,
        imported_by="bench",
    )


@contextmanager
def city(folder: Path, *, findings: int = FINDINGS) -> Iterator[str]:
    """Run the service on a filled city, in which `admin` can sign in; give its address."""
    environment = {"XUNJIAN_DATA_DIR": str(folder), "XUNJIAN_WORKER_PROCESSES": "0"}
    subprocess.run(
        [sys.executable, "-m", "xunjian", "db", "upgrade"],
        env=os.environ | environment,
        check=True,
        capture_output=True,
    )
    database = Database(f"sqlite:///{folder / 'xunjian.sqlite3'}")
    with database.write() as session:
        accounts.create_user(
            session,
            username="admin",
            display_name="admin",
            password_hash=hash_password(PASSWORD),
            role=Role.ADMIN,
            camera_ids=None,
            actor="system",
        )
        fill(session, findings=findings)
    database.close()
    listener = listen()
    url = address(listener)
    with running(
        ["serve"],
        listener=listener,
        log=folder / "serve.log",
        environment=environment,
        ready="/healthz",
    ):
        yield url
