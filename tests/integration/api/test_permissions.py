"""Who may ask what: every role against every operation, and own against foreign objects."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.accounts import service as accounts
from api.database import Database
from api.permissions import PERMISSIONS, Action, Role
from tests.conftest import GatewayToken, MakeCamera, SignIn, sqlite_only

G, O, S, M, A = "gateway", "operator", "supervisor", "ml_engineer", "admin"  # noqa: E741
PEOPLE = {O, S, M, A}
EVERYONE = PEOPLE | {G}

# Written by hand, apart from the table in the code: both must be changed to change who may what.
MATRIX: dict[str, set[str]] = {
    "GET /v1/session": PEOPLE,
    "GET /v1/users": {A},
    "POST /v1/users": {A},
    "PATCH /v1/users/{user_id}": {A},
    "GET /v1/roles": {A},
    "GET /v1/tokens": {A},
    "POST /v1/tokens": {A},
    "DELETE /v1/tokens/{token_id}": {A},
    "GET /v1/audit": {S, A},
    "GET /v1/audit/words": {S, A},
    "GET /v1/cameras": EVERYONE,
    "GET /v1/cameras.geojson": EVERYONE,
    "POST /v1/cameras": {A},
    "PATCH /v1/cameras/{camera_id}": {A},
    "GET /v1/cameras/{camera_id}": EVERYONE,
    "GET /v1/cameras/{camera_id}/picture": PEOPLE,
    "GET /v1/cameras/{camera_id}/golden/picture": PEOPLE,
    "PUT /v1/cameras/{camera_id}/golden": {S, A},
    "DELETE /v1/cameras/{camera_id}/golden": {S, A},
    "GET /v1/cameras/{camera_id}/thresholds": PEOPLE,
    "POST /v1/cameras/{camera_id}/threshold-preview": PEOPLE,
    "GET /v1/cameras/{camera_id}/facade": EVERYONE,
    "PUT /v1/cameras/{camera_id}/facade": {A},
    "DELETE /v1/cameras/{camera_id}/facade": {A},
    "GET /v1/gateways": {A},
    "POST /v1/gateways": {A},
    "PATCH /v1/gateways/{gateway_id}": {A},
    "GET /v1/devices": {S, A},
    "POST /v1/devices": {A},
    "GET /v1/devices/{device_id}": {S, A},
    "PATCH /v1/devices/{device_id}": {A},
    "POST /v1/devices/{device_id}/secret": {A},
    "POST /v1/devices/{device_id}/snapshot-url": {A},
    "DELETE /v1/devices/{device_id}": {A},
    "GET /v1/gateway-reports": EVERYONE,
    "POST /v1/gateway-reports": {G},
    "POST /v1/frames": {G},
    "GET /v1/frames/{frame_id}": EVERYONE,
    "POST /v1/clips": {G},
    "GET /v1/clips": EVERYONE,
    "GET /v1/clips/{clip_id}": EVERYONE,
    "HEAD /v1/clips/{clip_id}": {G},
    "PATCH /v1/clips/{clip_id}": {G},
    "DELETE /v1/clips/{clip_id}": {G},
    "GET /v1/base-map": PEOPLE,
    "GET /v1/base-map/file": PEOPLE,
    "GET /v1/coverage": PEOPLE,
    "GET /v1/coverage.geojson": PEOPLE,
    "GET /v1/passes.geojson": PEOPLE,
    "GET /v1/events": PEOPLE,
    "GET /v1/figures/precision": PEOPLE,
    "GET /v1/figures/times": PEOPLE,
    "GET /v1/figures/backlog": PEOPLE,
    "GET /v1/figures/lights": PEOPLE,
    "GET /v1/figures/deliveries": PEOPLE,
    "GET /v1/findings": PEOPLE,
    "GET /v1/findings.geojson": PEOPLE,
    "GET /v1/findings/{finding_id}": PEOPLE,
    "GET /v1/matters": PEOPLE,
    "POST /v1/findings/{finding_id}/review": {O, S},
    "POST /v1/findings/reviews": {O, S},
    "POST /v1/reviews/{review_id}/undo": {O, S},
    "POST /v1/review-queue": {O, S},
    "DELETE /v1/review-queue": {O, S},
    "POST /v1/second-reviews/{second_review_id}": {O, S},
    "GET /v1/agreement": {S, A},
    "GET /v1/evidence/{evidence_id}/picture": PEOPLE,
    "GET /v1/evidence/{evidence_id}/clip": PEOPLE,
    "POST /v1/evidence/{evidence_id}/original": {S},
    "GET /v1/cases": PEOPLE,
    "GET /v1/cases.geojson": PEOPLE,
    "GET /v1/cases/counts": PEOPLE,
    "GET /v1/cases/choices": PEOPLE,
    "GET /v1/cases/{case_id}": PEOPLE,
    "POST /v1/cases/{case_id}/events": {O, S},
    "POST /v1/cases/{case_id}/prescriptions": {O, S},
    "GET /v1/cases/{case_id}/comments": PEOPLE,
    "POST /v1/cases/{case_id}/comments": {O, S},
    "GET /v1/cases/{case_id}/verification": PEOPLE,
    "GET /v1/units/cards": PEOPLE,
    "GET /v1/verifications": PEOPLE,
    "GET /v1/verification-rules": PEOPLE,
    "PUT /v1/verification-rules/{inspection}/{class_name}": {S, A},
    "GET /v1/plots": PEOPLE,
    "POST /v1/plots": {O, S, A},
    "GET /v1/plots/{plot_id}": PEOPLE,
    "PATCH /v1/plots/{plot_id}": {O, S, A},
    "POST /v1/plots/{plot_id}/views": {O, S, A},
    "PATCH /v1/plots/{plot_id}/views/{view_id}": {O, S, A},
    "PUT /v1/plots/{plot_id}/stages/{since}": {O, S, A},
    "DELETE /v1/plots/{plot_id}/stages/{since}": {O, S, A},
    "POST /v1/plots/{plot_id}/trap-services": {O, S, A},
    "DELETE /v1/plots/{plot_id}/trap-services/{service_id}": {O, S, A},
    "GET /v1/plots/{plot_id}/series": PEOPLE,
    "GET /v1/plots/{plot_id}/greenness": PEOPLE,
    "GET /v1/plots/{plot_id}/counts": PEOPLE,
    "GET /v1/camera-health": EVERYONE,
    "GET /v1/sites": PEOPLE,
    "GET /v1/sites/{camera_id}": PEOPLE,
    "GET /v1/sites/{camera_id}/baselines": PEOPLE,
    "POST /v1/sites/{camera_id}/baselines": {O, S, A},
    "POST /v1/sites/{camera_id}/baselines/from-fewer": {O, S, A},
    "POST /v1/sites/{camera_id}/baselines/approve": {O, S, A},
    "GET /v1/sites/{camera_id}/baselines/{baseline_id}/picture": PEOPLE,
    "GET /v1/sites/{camera_id}/composites": PEOPLE,
    "GET /v1/sites/{camera_id}/composites/{composite_id}/picture": PEOPLE,
    "GET /v1/sites/{camera_id}/regions": PEOPLE,
    "GET /v1/sites/{camera_id}/zones": PEOPLE,
    "POST /v1/sites/{camera_id}/zones": {O, S, A},
    "PATCH /v1/sites/{camera_id}/zones/{zone_id}": {O, S, A},
    "GET /v1/thresholds": PEOPLE,
    "POST /v1/thresholds": {A},
    "POST /v1/thresholds/check": {A},
    "GET /v1/thresholds/{version}": PEOPLE,
    "GET /v1/thresholds/{version}/differences": PEOPLE,
    "GET /v1/connectors": {S, A},
    "GET /v1/destinations": {S, A},
    "POST /v1/destinations": {A},
    "PATCH /v1/destinations/{destination_id}": {A},
    "POST /v1/destinations/{destination_id}/test": {A},
    "POST /v1/destinations/{destination_id}/keys": {A},
    "DELETE /v1/destinations/{destination_id}/keys/old": {A},
    "GET /v1/outbox": {S, A},
    "GET /v1/outbox/{message_id}": {S, A},
    "POST /v1/outbox/replay": {A},
    "GET /v1/reconciliation": {S, A},
    "GET /v1/reports/daily": {S, A},
    "GET /v1/reports/daily/{day}": {S, A},
    "POST /v1/findings/{finding_id}/plate": {O, S},
    "GET /v1/registers": {O, S, A},
    "POST /v1/registers": {A},
    "GET /v1/registers/{register_id}": {O, S, A},
    "DELETE /v1/registers/{register_id}": {A},
    "GET /v1/registers/{register_id}/versions": {O, S, A},
    "POST /v1/registers/{register_id}/entries": {A},
    "POST /v1/registers/{register_id}/removals": {A},
    "POST /v1/registers/{register_id}/export": {A},
    "GET /v1/grids": PEOPLE,
    "GET /v1/grids.geojson": PEOPLE,
    "PUT /v1/grids": {A},
    "GET /v1/routing": PEOPLE,
    "PUT /v1/routing": {A},
    "DELETE /v1/routing": {A},
    "POST /v1/routing/check": {A},
    "GET /v1/routing/versions": PEOPLE,
    "GET /v1/routing/versions/{number}": PEOPLE,
    "GET /v1/routing/versions/{number}/differences": PEOPLE,
    "GET /v1/routing/route": PEOPLE,
    "GET /v1/rules": PEOPLE,
    "PUT /v1/rules": {A},
    "DELETE /v1/rules": {A},
    "POST /v1/rules/check": {A},
    "GET /v1/rules/versions": PEOPLE,
    "GET /v1/rules/versions/{number}": PEOPLE,
    "GET /v1/rules/versions/{number}/differences": PEOPLE,
    "GET /v1/retention": {S, A},
    "PUT /v1/retention/{kind}": {A},
    "GET /v1/policies": PEOPLE,
    "POST /v1/policies": {S, A},
    "DELETE /v1/policies/{policy_id}": {S, A},
    "GET /v1/models": PEOPLE,
    "GET /v1/models/versions": PEOPLE,
    "GET /v1/models/{name}/versions/{version}/card": PEOPLE,
    "PUT /v1/models/{name}/served": {M, A},
    "POST /v1/models/{name}/rollback": {M, A},
    "GET /v1/summary": PEOPLE,
    "POST /v1/session/password": PEOPLE,
    "DELETE /v1/session": PEOPLE,  # last, for it ends the session
}
OPEN_TO_ALL = {
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /v1/time",
    "GET /v1/reports/key.pem",
    "POST /v1/session",
    "GET /v1/session/providers",
    "GET /v1/session/oidc",
    "GET /v1/session/oidc/callback",
}
# Proves itself by a signature of its own; its tests are beside the callbacks'.
SIGNED = {"POST /v1/callbacks/{destination_id}"}


def _ask(client: httpx.Client, operation: str) -> int:
    method, template = operation.split(" ")
    path = re.sub(r"{\w+}", "01999999-0000-7000-8000-000000000000", template)
    with client.stream(method, path) as answer:  # one of them never ends
        return answer.status_code


def test_every_operation_has_its_line(app: FastAPI) -> None:
    operations = {
        f"{method.upper()} {path}"
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    }
    assert operations == MATRIX.keys() | OPEN_TO_ALL | SIGNED


def test_every_action_has_its_roles() -> None:
    assert PERMISSIONS.keys() == set(Action)


@pytest.mark.parametrize("role", [O, S, M, A])
@sqlite_only
def test_what_a_person_may(sign_in: SignIn, role: str) -> None:
    client = sign_in(role)
    statuses = {operation: _ask(client, operation) for operation in MATRIX}
    allowed = {operation for operation, status in statuses.items() if status not in (401, 403)}
    assert allowed == {operation for operation, roles in MATRIX.items() if role in roles}
    assert {status for status in statuses.values() if status >= 500} == set()


@sqlite_only
def test_what_a_gateway_may(
    client: httpx.Client, make_gateway_token: Callable[[], GatewayToken]
) -> None:
    client.headers.update(make_gateway_token().headers)
    allowed = {operation for operation in MATRIX if _ask(client, operation) not in (401, 403)}
    assert allowed == {operation for operation, roles in MATRIX.items() if G in roles}


@sqlite_only
def test_a_machine_never_gives_a_persons_word(client: httpx.Client, database: Database) -> None:
    with database.write() as session:
        _, secret = accounts.create_token(
            session,
            name="export",
            role=Role.SUPERVISOR,
            gateway_id=None,
            expires_at=None,
            actor="system",
        )
    client.headers["Authorization"] = f"Bearer {secret}"
    refused = {operation for operation in MATRIX if _ask(client, operation) in (401, 403)}
    persons_word = {
        "POST /v1/findings/{finding_id}/review",
        "POST /v1/findings/reviews",
        "POST /v1/reviews/{review_id}/undo",
        "POST /v1/review-queue",
        "DELETE /v1/review-queue",
        "POST /v1/second-reviews/{second_review_id}",
        "POST /v1/findings/{finding_id}/plate",
        "POST /v1/evidence/{evidence_id}/original",
        "GET /v1/session",
        "POST /v1/session/password",
        "DELETE /v1/session",
    }
    others = {operation for operation, roles in MATRIX.items() if S not in roles}
    assert refused == persons_word | others


@sqlite_only
def test_nobody_may_nothing(client: httpx.Client) -> None:
    assert {_ask(client, operation) for operation in MATRIX} == {401}
    for operation in SIGNED:
        assert _ask(client, operation) in (400, 401, 404)


@dataclass(frozen=True)
class Seen:
    """What came of one frame."""

    camera_id: str
    token: GatewayToken
    frame_id: str
    finding_id: str
    case_id: str
    evidence_id: str


@pytest.fixture
def see(
    client: httpx.Client,
    sign_in: SignIn,
    make_gateway_token: Callable[[], GatewayToken],
    make_camera: MakeCamera,
    rendered_road_jpeg: bytes,
) -> Callable[[float], Seen]:
    """Give a function that posts a frame taken at a latitude and confirms what was found."""
    supervisor = sign_in("supervisor")

    def see(latitude: float) -> Seen:
        token = make_gateway_token()
        camera = make_camera(gateway=token.gateway)
        posted = client.post(
            "/v1/frames",
            content=rendered_road_jpeg,
            headers={
                **token.headers,
                "Content-Type": "image/jpeg",
                "Idempotency-Key": "one",
                "Xunjian-Camera": camera.id,
                "Xunjian-Captured-At": "2026-11-21T08:00:00Z",
                "Xunjian-Latitude": str(latitude),
                "Xunjian-Longitude": "120.15",
                "Xunjian-Gps-Accuracy": "3",
                "Xunjian-Heading": "90",
            },
        )
        assert posted.status_code == 200, posted.text
        finding_id = posted.json()["findings"][0]["id"]
        reviewed = supervisor.post(f"/v1/findings/{finding_id}/review", json={"verdict": "confirm"})
        assert reviewed.status_code == 200, reviewed.text
        finding = supervisor.get(f"/v1/findings/{finding_id}").json()
        return Seen(
            camera.id,
            token,
            posted.json()["frame_id"],
            finding_id,
            reviewed.json()["case"]["id"],
            finding["evidence"][0]["id"],
        )

    return see


def _wait_until_ready(client: httpx.Client) -> None:
    for _ in range(100):
        if client.get("/readyz", timeout=30).status_code == 200:
            return
    raise AssertionError(client.get("/readyz").text)


def _ids(answer: httpx.Response, key: str = "id") -> set[Any]:
    assert answer.status_code == 200
    return {item[key] for item in answer.json()["items"]}


def test_people_and_gateways_see_their_own_cameras_only(
    client: httpx.Client, see: Callable[[float], Seen], sign_in: SignIn
) -> None:
    _wait_until_ready(client)
    own, foreign = see(30.20), see(30.90)
    person = sign_in("operator", camera_ids=[own.camera_id])
    everyone = sign_in("operator")

    for seen, status in [(own, 200), (foreign, 404)]:
        paths = [
            f"/v1/frames/{seen.frame_id}",
            f"/v1/findings/{seen.finding_id}",
            f"/v1/cases/{seen.case_id}",
            f"/v1/evidence/{seen.evidence_id}/picture",
            f"/v1/evidence/{seen.evidence_id}/picture?rendition=annotated",
        ]
        assert {person.get(path).status_code for path in paths} == {status}
        assert {everyone.get(path).status_code for path in paths} == {200}
        as_gateway = client.get(f"/v1/frames/{seen.frame_id}", headers=own.token.headers)
        assert as_gateway.status_code == status

    assert _ids(person.get("/v1/cameras")) == {own.camera_id}
    assert _ids(person.get("/v1/cases")) == {own.case_id}
    assert own.finding_id in _ids(person.get("/v1/findings"))
    assert foreign.finding_id not in _ids(person.get("/v1/findings"))
    assert foreign.finding_id not in person.get("/v1/findings.geojson").text
    assert foreign.camera_id not in person.get("/v1/coverage").text
    assert person.get("/v1/summary").json()["frames"] == 1
    assert everyone.get("/v1/summary").json()["frames"] == 2

    changes = [
        (f"/v1/findings/{foreign.finding_id}/review", {"verdict": "reject", "reason": "other"}),
        (f"/v1/cases/{foreign.case_id}/events", {"event": "cancel", "comment": "no"}),
    ]
    for path, body in changes:
        assert person.post(path, json=body).status_code == 404
    assert everyone.get(f"/v1/cases/{foreign.case_id}").json()["state"] != "cancelled"

    none = sign_in("operator", camera_ids=[])
    assert _ids(none.get("/v1/findings")) == set()
    assert none.get(f"/v1/findings/{own.finding_id}").status_code == 404


def test_a_gateway_cannot_post_for_anothers_camera(
    client: httpx.Client,
    make_gateway_token: Callable[[], GatewayToken],
    make_camera: MakeCamera,
    rendered_road_jpeg: bytes,
) -> None:
    _wait_until_ready(client)
    answer = client.post(
        "/v1/frames",
        content=rendered_road_jpeg,
        headers={
            **make_gateway_token().headers,
            "Content-Type": "image/jpeg",
            "Idempotency-Key": "one",
            "Xunjian-Camera": make_camera().id,
            "Xunjian-Captured-At": "2026-11-21T08:00:00Z",
        },
    )
    assert answer.status_code == 404
