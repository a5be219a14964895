"""Manifests over HTTP: what they say is enough to make a destination, and true."""

import re
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import select

from api.dispatch.models import Destination, DestinationKind
from api.errors import Unprocessable
from tests.conftest import SignIn, sqlite_only
from tests.integration.api.dispatch.town import SECRET, Town

pytestmark = sqlite_only

_SETTINGS: dict[str, dict[str, object]] = {"mqtt": {"topic": "roads/cases", "username": "xunjian"}}


@pytest.fixture
def admin(sign_in: SignIn) -> httpx.Client:
    return sign_in("admin")


def _connectors(client: httpx.Client) -> dict[str, dict[str, Any]]:
    answer = client.get("/v1/connectors").raise_for_status()
    return {item["kind"]: item for item in answer.json()["items"]}


def _made(admin: httpx.Client, kind: str, **values: object) -> httpx.Response:
    body = {"name": f"{kind} {len(values)}", "kind": kind, "settings": _SETTINGS.get(kind, {})}
    return admin.post("/v1/destinations", json={**body, **values})


def test_every_kind_says_what_its_form_needs(admin: httpx.Client) -> None:
    connectors = _connectors(admin)

    assert set(connectors) == {kind.value for kind in DestinationKind}
    for kind, connector in connectors.items():
        schema = connector["settings_schema"]
        Draft202012Validator.check_schema(schema)
        form = Draft202012Validator(schema)
        assert form.is_valid(_SETTINGS.get(kind, {})), kind
        assert not form.is_valid({**_SETTINGS.get(kind, {}), "no_such_setting": 1}), kind
        assert set(connector["settings"]) == set(schema["properties"]), kind
        assert connector["carries"][0] == "opened", kind
        labels = [
            *(connector[part] for part in ("title", "summary", "test")),
            *(connector[part]["label"] for part in ("address", "secret")),
            *connector["settings"].values(),
        ]
        for label in labels:
            assert label["zh"], (kind, label)
            assert re.fullmatch(r"[ -~]+", label["en"]), (kind, label)


def test_a_destination_is_made_of_its_manifest(admin: httpx.Client) -> None:
    taken = {"always": (422, 201), "optional": (201, 201), "never": (201, 422)}
    for kind, connector in _connectors(admin).items():
        url = connector["address"]["example"]

        without = _made(admin, kind, url=url)
        with_one = _made(admin, kind, url=url, secret=SECRET)

        codes = (without.status_code, with_one.status_code)
        assert codes == taken[connector["secret"]["need"]], kind
        made = without if without.is_success else with_one
        assert (made.json()["callback_url"] is not None) == (connector["status_by"] == "callback")
        assert url.partition(":")[0] in connector["address"]["schemes"]


@pytest.mark.parametrize(
    ("kind", "change", "says"),
    [
        ("mqtt", {"url": "http://broker.example"}, "mqtts:// or mqtt://"),
        ("mqtt", {"url": "mqtt://user:pass@broker.example"}, "password"),
        ("mqtt", {"url": "mqtt://broker.example/roads"}, "the topic is a setting"),
        ("mqtt", {"url": "mqtt://"}, "no host"),
        ("mqtt", {"url": "mqtt://broker.example", "settings": {}}, "settings.topic"),
        ("mqtt", {"url": "mqtt://b", "settings": {"topic": "roads/#"}}, "settings.topic"),
        ("mqtt", {"url": "mqtt://b", "settings": {"topic": "$SYS/x"}}, "settings.topic"),
        ("mqtt", {"url": "mqtt://b", "settings": {"topic": "x"}, "secret": "p"}, "username"),
        (
            "mqtt",
            {"url": "mqtt://b", "settings": {"topic": "x", "status_topic": "x"}},
            "must differ",
        ),
        ("drop", {"url": "/etc"}, "as in drop:roads/inbox"),
        ("drop", {"url": "file:///etc"}, "as in drop:roads/inbox"),
        ("drop", {"url": "drop:/etc"}, "from the drop folder on"),
        ("drop", {"url": "drop:"}, "may be empty"),
        ("drop", {"url": "drop:../roads"}, "begin with a dot"),
        ("drop", {"url": "drop:roads/../../etc"}, "begin with a dot"),
        ("drop", {"url": "drop:roads\\inbox"}, "with /"),
        ("drop", {"url": "drop:roads\x00"}, "with /"),
        ("drop", {"url": "drop:" + "路" * 100}, "very long"),
        ("drop", {"url": "drop:roads", "settings": {"language": "fr"}}, "settings.language"),
    ],
)
def test_what_could_never_be_delivered_is_refused(
    town: Town, kind: str, change: dict[str, Any], says: str
) -> None:
    with pytest.raises(Unprocessable, match=re.escape(says)):
        town.destination(kind=DestinationKind(kind), **change)

    with town.database.read() as session:
        assert session.scalars(select(Destination)).all() == []


def test_the_test_button_works_over_http(admin: httpx.Client) -> None:
    made = _made(admin, "drop", url="drop:roads").raise_for_status().json()

    trial = admin.post(f"/v1/destinations/{made['id']}/test").raise_for_status().json()

    assert trial["ok"] is False
    assert "there is no folder" in trial["detail"]
