from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from api.database import Database, now
from api.gateway_reports.models import GatewayReport
from tests.conftest import GatewayToken, MakeCamera, SignIn, sqlite_only

PATH = "/v1/gateway-reports"


def report(*cameras: dict[str, Any], **queue: Any) -> dict[str, Any]:
    return {
        "at": now().isoformat(),
        "version": "1.0",
        "clock_offset_ms": -40.5,
        "queue": {
            "waiting_alerts": 2,
            "waiting_backfill": 30,
            "bytes": 4_000_000,
            "oldest_captured_at": (now() - timedelta(minutes=4)).isoformat(),
            "dropped": 0,
            "refused": 0,
            "damaged": 0,
            **queue,
        },
        "cameras": list(cameras),
    }


def said(camera: str, status: str = "live", **more: Any) -> dict[str, Any]:
    return {"camera": camera, "status": status, "since": now().isoformat(), **more}


def test_the_newest_report_of_each_gateway_is_kept_and_shown(
    client: httpx.Client, make_gateway_token: Any, make_camera: MakeCamera, sign_in: SignIn
) -> None:
    token: GatewayToken = make_gateway_token()
    camera, other = make_camera(gateway=token.gateway), make_camera()
    first = client.post(PATH, json=report(said(camera.name)), headers=token.headers)
    assert (first.status_code, first.content) == (204, b"")
    newer = report(
        said(camera.id, "unreachable", detail="no route to host"),
        said(other.id, "frozen"),
        said("nobody knows it"),
        waiting_alerts=7,
    )
    assert client.post(PATH, json=newer, headers=token.headers).status_code == 204

    operator = sign_in("operator")
    (shown,) = operator.get(PATH).json()["items"]
    assert shown["gateway_name"] == token.gateway.name
    assert shown["queue"]["waiting_alerts"] == 7
    assert shown["clock_offset_ms"] == -40.5
    assert (shown["overdue"], shown["lost_since"]) == (False, None)
    assert [(one["camera_id"], one["status"], one["detail"]) for one in shown["cameras"]] == [
        (camera.id, "unreachable", "no route to host")
    ]
    elsewhere = sign_in("operator", camera_ids=[other.id])
    assert elsewhere.get(PATH).json()["items"] == []


def test_losses_are_remembered_for_an_hour_and_a_lack_of_reports_is_told(
    client: httpx.Client,
    make_gateway_token: Any,
    sign_in: SignIn,
    database: Database,
) -> None:
    token: GatewayToken = make_gateway_token()

    def post(dropped: int) -> Any:
        answer = client.post(PATH, json=report(dropped=dropped), headers=token.headers)
        assert answer.status_code == 204
        (shown,) = sign_in("admin").get(PATH).json()["items"]
        return shown

    assert post(5)["lost_since"] is None  # what was lost before anybody counted
    since = post(6)["lost_since"]
    assert since is not None
    assert post(6)["lost_since"] == since
    assert post(9)["lost_since"] == since
    assert post(0)["lost_since"] == since  # the box was set up anew
    long_ago = now() - timedelta(hours=2)
    with database.write() as session:
        session.execute(update(GatewayReport).values(lost_at=long_ago))
    assert post(0)["lost_since"] is None
    assert post(1)["lost_since"] > since
    with database.write() as session:
        session.execute(update(GatewayReport).values(received_at=long_ago))
    (shown,) = sign_in("admin").get(PATH).json()["items"]
    assert shown["overdue"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"at": "2026-11-22T08:00:00Z"}, 422),
        (report(dropped=-1), 422),
        (report(said("bus 17", "asleep")), 422),
        ({**report(), "at": "2026-11-22T08:00:00"}, 422),
        ({**report(), "clock_offset_ms": "NaN"}, 422),
        (report(said("bus 17", detail="x" * 201)), 422),
        ({**report(), "version": "x" * 250_000}, 413),
    ],
)
@sqlite_only
def test_what_is_no_report_is_refused(
    client: httpx.Client,
    make_gateway_token: Any,
    database: Database,
    body: dict[str, Any],
    status: int,
) -> None:
    answer = client.post(PATH, json=body, headers=make_gateway_token().headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    with database.read() as session:
        assert session.scalars(select(GatewayReport)).all() == []
