"""Destinations over HTTP: made, tried, changed; their secrets never come back."""

from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.cases.states import CaseState
from api.dispatch.models import Destination
from api.sandbox.script import Script
from api.settings import Settings
from tests.conftest import SignIn, sqlite_only
from tests.integration.api.dispatch.town import API_KEY, SEAL, SECRET, Department, Town, until

pytestmark = sqlite_only


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"delivery_threads": 1})


@pytest.fixture
def admin(sign_in: SignIn) -> httpx.Client:
    return sign_in("admin")


def _webhook(url: str, **other: object) -> dict[str, object]:
    return {
        "name": "roads",
        "kind": "webhook",
        "url": f"{url}/webhook",
        "secret": SECRET,
        "classes": ["pothole"],
        **other,
    }


def test_a_secret_is_never_shown_and_not_stored_in_clear(
    admin: httpx.Client, town: Town, department: Department
) -> None:
    made = admin.post("/v1/destinations", json=_webhook(department.url))

    assert made.status_code == 201
    assert made.json()["has_secret"] is True
    listed = admin.get("/v1/destinations")
    for answer in (made, listed):
        assert SECRET not in answer.text
    with town.database.read() as session:
        row = session.get_one(Destination, made.json()["id"])
        audited = session.scalars(select(AuditRecord).where(AuditRecord.object_id == row.id)).all()
    assert SECRET not in (row.sealed_secret or "")
    assert audited
    assert SECRET not in "".join(f"{record.before} {record.after}" for record in audited)


def test_a_waiting_case_is_sent_when_its_department_is_made(
    admin: httpx.Client, town: Town, department: Department
) -> None:
    """Also that the running service sends by itself."""
    case_id = town.case()
    assert town.get(case_id).state == CaseState.OPENED

    admin.post("/v1/destinations", json=_webhook(department.url))

    until(lambda: town.get(case_id).state == CaseState.DISPATCHED)
    assert [work["case_id"] for work in department.received()] == [case_id]
    metrics = admin.get("/metrics").text
    assert 'xunjian_delivery_attempts_total{kind="webhook",outcome="delivered"} 1.0' in metrics


def test_a_case_goes_round_by_itself_until_somebody_must_look(
    admin: httpx.Client,
    base_url: str,
    town: Town,
    make_department: Callable[..., Department],
) -> None:
    """Over HTTP in both directions: sent, accepted, started, claimed done, to be verified."""
    made = admin.post("/v1/destinations", json=_webhook("http://127.0.0.1:9", classes=[])).json()
    department = make_department(
        script=Script.steady(0.1), callback_url=f"{base_url}/v1/callbacks/{made['id']}"
    )
    case_id = town.case()
    change = {"url": f"{department.url}/webhook", "classes": ["pothole"]}
    admin.patch(f"/v1/destinations/{made['id']}", json=change).raise_for_status()

    until(lambda: town.get(case_id).state == CaseState.VERIFYING)

    moved = [entry["event"] for entry in admin.get(f"/v1/cases/{case_id}").json()["timeline"]]
    assert [event for event in moved if event not in ("delivered",)] == [
        "open",
        "send",
        "accept",
        "start",
        "claim_done",
        "verify",
    ]
    (work,) = department.received()
    assert town.get(case_id).external_id == work["number"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"url": "ftp://roads.example"}, "http://"),
        ({"url": "http://user:pass@roads.example"}, "password"),
        ({"url": "http://roads.example/?to=me"}, "query"),
        ({"url": "http:///nowhere"}, "no host"),
        ({"url": "http://roads.example:99999"}, "address"),
        ({"secret": None}, "24 to 64"),
        ({"secret": "whsec_c2hvcnQ="}, "24 to 64"),
        ({"secret": "not base64 at all, but long enough to be"}, "24 to 64"),
        ({"secret": "whsk_c2hvcnQ="}, "32 random bytes"),
        ({"secret": "whsk_" + "A" * 43 + "="}, "whpk_"),
        ({"settings": {"datum": "BD-09"}}, "settings.datum"),
        ({"settings": {"jurisdiction": "x"}}, "settings.jurisdiction"),
        ({"kind": "open311", "settings": {"after_doubt": "hope"}}, "settings.after_doubt"),
    ],
)
def test_what_could_never_be_delivered_is_refused(
    admin: httpx.Client, town: Town, change: dict[str, object], says: str
) -> None:
    answer = admin.post("/v1/destinations", json={**_webhook("http://roads.example"), **change})

    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    with town.database.read() as session:
        assert session.scalars(select(Destination)).all() == []


def test_a_class_goes_to_one_department(admin: httpx.Client, department: Department) -> None:
    first = admin.post("/v1/destinations", json=_webhook(department.url)).json()
    second = admin.post("/v1/destinations", json=_webhook(department.url, name="other"))
    same_name = admin.post("/v1/destinations", json=_webhook(department.url, classes=[]))

    assert (second.status_code, second.json()["type"]) == (409, "urn:xunjian:problem:class-taken")
    assert (same_name.status_code, same_name.json()["type"][-10:]) == (409, "name-taken")
    admin.patch(f"/v1/destinations/{first['id']}", json={"enabled": False})
    again = admin.post("/v1/destinations", json=_webhook(department.url, name="other"))
    assert again.status_code == 201
    back = admin.patch(f"/v1/destinations/{first['id']}", json={"enabled": True})
    assert back.status_code == 409


def test_trying_a_destination_says_what_is_wrong(
    admin: httpx.Client, make_department: Callable[..., Department]
) -> None:
    department = make_department()
    webhook = admin.post("/v1/destinations", json=_webhook(department.url)).json()
    open311 = admin.post(
        "/v1/destinations",
        json={
            "name": "311",
            "kind": "open311",
            "url": f"{department.url}/open311/v2",
            "secret": API_KEY,
            "classes": ["crack"],
            "settings": {"service_codes": {"crack": "no-such-code"}},
        },
    ).json()

    def trial(destination: dict[str, str]) -> dict[str, object]:
        answer = admin.post(f"/v1/destinations/{destination['id']}/test")
        assert answer.status_code == 200
        found: dict[str, object] = answer.json()
        return found

    assert trial(webhook)["ok"] is True
    assert trial(open311) == {
        "ok": False,
        "detail": "the department has no service_code no-such-code",
        "status_code": 200,
    }
    admin.patch(f"/v1/destinations/{open311['id']}", json={"settings": {}})
    assert trial(open311)["ok"] is True
    admin.patch(f"/v1/destinations/{webhook['id']}", json={"secret": "whsec_" + "A" * 43 + "="})
    assert trial(webhook) == {
        "ok": False,
        "detail": "answered 401 Unauthorized",
        "status_code": 401,
    }
    assert department.received() == [], "a trial must not make work"


def test_only_administrators_touch_destinations(sign_in: SignIn, department: Department) -> None:
    supervisor, operator = sign_in("supervisor"), sign_in("operator")

    assert supervisor.get("/v1/destinations").status_code == 200
    assert operator.get("/v1/destinations").status_code == 403
    for client in (supervisor, operator):
        assert client.post("/v1/destinations", json=_webhook(department.url)).status_code == 403


def test_a_process_may_leave_sending_to_another(settings: Settings) -> None:
    """`XUNJIAN_DELIVERY_THREADS=0` starts nothing."""
    import threading

    from api.app import open_services
    from api.metrics import Metrics

    silent = settings.model_copy(update={"delivery_threads": 0})
    with open_services(silent, Metrics()):
        names = {thread.name for thread in threading.enumerate()}
    assert not names & {"sender", "poller"}


def test_a_key_is_changed_without_a_message_lost(
    admin: httpx.Client, town: Town, department: Department
) -> None:
    """The department knows the old key, then only the new one: tries succeed all along."""
    made = admin.post("/v1/destinations", json=_webhook(department.url)).json()
    path = f"/v1/destinations/{made['id']}"
    assert made["signing_keys"] == 1

    new = admin.post(f"{path}/keys").json()
    assert new["signing_keys"] == 2
    tried = admin.post(f"{path}/test").json()
    assert tried["ok"], "the department, which has only the old key, must still know us"
    assert new["secret"] not in admin.get("/v1/destinations").text

    ended = admin.delete(f"{path}/keys/old").json()
    assert ended["signing_keys"] == 1
    assert admin.delete(f"{path}/keys/old").status_code == 200
    refused = admin.post(f"{path}/test").json()
    assert not refused["ok"], "the department has not been told of the new key"
    with town.database.read() as session:
        sealed = session.get_one(Destination, made["id"]).sealed_secret or ""
        audited = session.scalars(
            select(AuditRecord).where(AuditRecord.action == "destination.keys")
        ).all()
    assert SEAL.open(sealed) == new["secret"]
    assert [record.after for record in audited] == [{"keys": 2}, {"keys": 1}]


def test_only_a_webhooks_keys_are_changed(
    admin: httpx.Client, town: Town, department: Department
) -> None:
    folder = {"name": "files", "kind": "drop", "url": "drop:roads", "classes": []}
    made = admin.post("/v1/destinations", json=folder).json()
    assert made["signing_keys"] is None
    answer = admin.post(f"/v1/destinations/{made['id']}/keys")
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("no-signing-keys")
