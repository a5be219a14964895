"""Registering by Digest, staying registered, and what attackers try."""

import hashlib
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update

from api.database import Database, now
from api.devices import service as devices
from api.devices.digest import NONCE_S, DigestGate
from api.devices.models import Device, DigestNonce
from api.secrets import load_secret_key
from api.settings import Settings
from api.viid.models import ViidSession
from api.viid.sessions import SILENCE
from tests.conftest import sqlite_only
from tests.integration.api.viid.conftest import GATE, Comes
from tests.viid_device import (
    ViidDevice,
    challenge_of,
    status_of,
)

pytestmark = pytest.mark.usefixtures("without_models")

REGISTER = "/VIID/System/Register"
MESSAGE = {"RegisterObject": {"DeviceID": GATE}}


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_device_registers_keeps_alive_and_goes(comes: Comes, algorithm: str) -> None:
    device = comes(algorithm=algorithm)
    registered = device.register()
    assert registered.status_code == 200, registered.text
    assert registered.headers["content-type"] == "application/VIID+JSON;charset=UTF-8"
    status = status_of(registered)
    assert status.pop("LocalTime").isdecimal()
    assert status == {
        "RequestURL": REGISTER,
        "StatusCode": 0,
        "StatusString": "OK",
        "Id": GATE,
    }
    assert status_of(device.keep_alive())["StatusCode"] == 0
    assert status_of(device.unregister())["StatusCode"] == 0
    assert device.keep_alive().status_code == 401


@sqlite_only
def test_the_time_is_the_installations(comes: Comes) -> None:
    told = comes().client.get("/VIID/System/Time").json()["SystemTimeObject"]
    assert told["TimeZone"] == "UTC+08:00"
    assert len(told["LocalTime"]) == 14
    assert told["VIIDServerID"].isdecimal()
    assert len(told["VIIDServerID"]) == 20


@sqlite_only
def test_the_challenge_offers_both_algorithms_and_tells_nothing(comes: Comes) -> None:
    device = comes()
    asked = device.post(REGISTER, MESSAGE)
    assert asked.status_code == 401
    assert status_of(asked)["StatusCode"] == 4
    md5, sha256 = challenge_of(asked, "MD5"), challenge_of(asked, "SHA-256")
    assert (md5["qop"], md5["realm"], md5["nonce"]) == ("auth", "Xunjian", sha256["nonce"])
    assert "stale" not in md5
    unknown = device.post(
        REGISTER,
        {"RegisterObject": {"DeviceID": "9" * 20}},
        **{"User-Identify": "9" * 20},
    )
    assert (unknown.status_code, status_of(unknown)["StatusString"]) == (
        asked.status_code,
        status_of(asked)["StatusString"],
    )


def _registered(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(ViidSession)) or 0


@sqlite_only
def test_a_wrong_password_registers_nobody(comes: Comes, database: Database) -> None:
    device = comes()
    device.password = "wrong"
    refused = device.register()
    assert refused.status_code == 401
    assert "stale" not in challenge_of(refused, "MD5")
    assert _registered(database) == 0
    with database.read() as session:  # nor may who knows no secret fill the table of nonces
        assert session.scalar(select(func.count()).select_from(DigestNonce)) == 0


def test_an_overheard_answer_opens_nothing(comes: Comes) -> None:
    device = comes()
    challenge = challenge_of(device.post(REGISTER, MESSAGE), "MD5")
    header = device.authorization(challenge, REGISTER)
    assert device.post(REGISTER, MESSAGE, Authorization=header).status_code == 200
    replayed = device.post(REGISTER, MESSAGE, Authorization=header)
    assert replayed.status_code == 401
    fresh = challenge_of(replayed, "MD5")
    assert fresh["stale"] == "true"
    assert fresh["nonce"] != challenge["nonce"]
    # The device itself goes on with the same nonce: its count rises.
    for count, status in [(2, 200), (3, 200), (3, 401), (1, 401), (0xFFFFFFFF, 200)]:
        header = device.authorization(challenge, REGISTER, count=count)
        assert device.post(REGISTER, MESSAGE, Authorization=header).status_code == status


@sqlite_only
def test_an_answer_is_good_for_its_own_request_only(comes: Comes, database: Database) -> None:
    device = comes()
    challenge = challenge_of(device.post(REGISTER, MESSAGE), "MD5")
    answers = {
        "another path": device.authorization(challenge, "/VIID/System/UnRegister"),
        "another method": device.authorization(challenge, REGISTER, method="GET"),
        "another realm": device.authorization({**challenge, "realm": "elsewhere"}, REGISTER),
        "a made-up nonce": device.authorization({**challenge, "nonce": "bm9uY2U="}, REGISTER),
        "a changed nonce": device.authorization(
            {**challenge, "nonce": "B" + challenge["nonce"][1:]}, REGISTER
        ),
        "no text": device.authorization({**challenge, "nonce": "\xe4\xf6"}, REGISTER),
        "no address": device.authorization(challenge, "http://["),
    }
    for what, header in answers.items():
        encoded: Any = header.encode("latin-1")
        refused = device.post(REGISTER, MESSAGE, Authorization=encoded)
        assert refused.status_code == 401, what
    assert _registered(database) == 0


def test_an_old_nonce_is_stale(comes: Comes, app: FastAPI, settings: Settings) -> None:
    device = comes()
    services, real = app.state.services, app.state.services.digests
    early = DigestGate(
        services.database,
        load_secret_key(settings.data_dir),
        clock=lambda: time.time() - NONCE_S - 5,
    )
    object.__setattr__(services, "digests", early)
    challenge = challenge_of(device.post(REGISTER, MESSAGE), "MD5")
    object.__setattr__(services, "digests", real)
    late = device.post(REGISTER, MESSAGE, Authorization=device.authorization(challenge, REGISTER))
    assert late.status_code == 401
    fresh = challenge_of(late, "MD5")
    assert fresh["stale"] == "true"
    again = device.post(REGISTER, MESSAGE, Authorization=device.authorization(fresh, REGISTER))
    assert again.status_code == 200


@sqlite_only
def test_a_device_without_qop_registers_once_per_nonce(comes: Comes) -> None:

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    device = comes()
    challenge = challenge_of(device.post(REGISTER, MESSAGE), "MD5")
    ha1 = md5(f"{device.username}:{challenge['realm']}:{device.password}")
    response = md5(f"{ha1}:{challenge['nonce']}:{md5(f'POST:{REGISTER}')}").upper()
    header = (
        f'Digest username="{device.username}", realm="{challenge["realm"]}", '
        f'nonce="{challenge["nonce"]}", uri="{REGISTER}", response="{response}"'
    )
    assert device.post(REGISTER, MESSAGE, Authorization=header).status_code == 200
    assert device.post(REGISTER, MESSAGE, Authorization=header).status_code == 401


@sqlite_only
def test_a_stolen_name_from_another_address_is_nobody(comes: Comes, base_url: str) -> None:
    device = comes()
    device.register().raise_for_status()
    with ViidDevice(base_url, GATE, "unknown", address="127.0.0.2") as thief:
        thief.client.headers["X-Forwarded-For"] = "127.0.0.1"  # believed of trusted proxies only
        for answer in (thief.keep_alive(), thief.push_images(), thief.unregister()):
            assert answer.status_code == 401
            assert status_of(answer)["StatusCode"] == 4
    assert device.keep_alive().status_code == 200


@sqlite_only
def test_a_device_may_move_by_registering_anew(comes: Comes, base_url: str) -> None:
    device = comes()
    device.register().raise_for_status()
    with ViidDevice(base_url, GATE, device.password, address="127.0.0.2") as moved:
        assert moved.register().status_code == 200
        assert moved.keep_alive().status_code == 200
    assert device.keep_alive().status_code == 401


def test_silence_ends_a_registration(comes: Comes, database: Database) -> None:
    device = comes()
    device.register().raise_for_status()

    def silent_for(silence: timedelta) -> int:
        with database.write() as session:
            session.execute(update(ViidSession).values(heard_at=now() - silence))
        return device.keep_alive().status_code

    assert silent_for(SILENCE - timedelta(seconds=30)) == 200
    assert device.keep_alive().status_code == 200  # the one before was heard
    assert silent_for(SILENCE + timedelta(seconds=1)) == 401
    assert device.push_vehicles({}).status_code == 401
    assert device.register().status_code == 200


@sqlite_only
def test_a_disabled_device_is_refused_at_once(
    comes: Comes, change: Callable[..., None], database: Database
) -> None:
    device = comes(enabled=False)
    assert device.register().status_code == 401
    change(GATE, enabled=True)
    assert device.register().status_code == 200
    change(GATE, enabled=False)
    assert device.keep_alive().status_code == 401
    assert device.push_images({}).status_code == 401
    assert device.register().status_code == 401


@sqlite_only
def test_a_new_secret_ends_a_registration(comes: Comes, app: FastAPI, database: Database) -> None:
    device = comes()
    device.register().raise_for_status()
    with database.write() as session:
        found = session.scalars(select(Device)).one()
        _, secret = devices.renew_secret(
            session, seal=app.state.services.seal, device_id=found.id, actor="system"
        )
    assert device.keep_alive().status_code == 401
    assert device.register().status_code == 401
    assert secret is not None
    device.password = secret
    assert device.register().status_code == 200


@sqlite_only
def test_a_removed_device_is_nobody(comes: Comes, database: Database) -> None:
    device = comes()
    device.register().raise_for_status()
    with database.write() as session:
        found = session.scalars(select(Device)).one()
        devices.remove_device(session, device_id=found.id, actor="system")
    assert device.keep_alive().status_code == 401
    assert _registered(database) == 0


@sqlite_only
def test_any_message_may_bring_the_proof(comes: Comes) -> None:
    """Newer devices answer the challenge where it comes and do not register anew."""
    device = comes()
    path = "/VIID/System/Keepalive"
    message = {"KeepaliveObject": {"DeviceID": GATE}}
    asked = device.post(path, message)
    header = device.authorization(challenge_of(asked, "MD5"), path)
    assert device.post(path, message, Authorization=header).status_code == 200
    assert device.keep_alive().status_code == 200
    # Some go on sending the same answer; the registration counts, not that.
    assert device.post(path, message, Authorization=header).status_code == 200


@sqlite_only
def test_a_message_of_another_device_is_refused(comes: Comes) -> None:
    device = comes()
    device.register().raise_for_status()
    other = {"KeepaliveObject": {"DeviceID": "33010600001190000009"}}
    answer = device.post("/VIID/System/Keepalive", other)
    assert (answer.status_code, status_of(answer)["StatusCode"]) == (403, 4)
    challenge = challenge_of(device.post(REGISTER, MESSAGE), "MD5")
    mixed = device.post(
        REGISTER,
        {"RegisterObject": {"DeviceID": "33010600001190000009"}},
        Authorization=device.authorization(challenge, REGISTER),
    )
    assert mixed.status_code == 401


@sqlite_only
def test_what_is_no_message(comes: Comes) -> None:
    device = comes()
    messages = [
        (b"{", 7),
        (b"\xff\xfe", 7),
        (b"[" * 40_000, 7),
        (b"[]", 8),
        (b'{"RegisterObject": 5}', 8),
        (b'{"RegisterObject": {"DeviceID": {}}}', 8),
        (b'{"RegisterObject": {"DeviceID": "' + b"9" * 300 + b'"}}', 8),
        (b" " * 70_000, 8),
    ]
    for body, code in messages:
        answer = device.client.post(REGISTER, content=body)
        assert answer.status_code in (400, 413)
        assert status_of(answer)["StatusCode"] == code


@sqlite_only
def test_other_resources_are_refused_as_the_standard_says(comes: Comes) -> None:
    device = comes()
    device.register().raise_for_status()
    for path in ("/VIID/Faces", "/VIID/Subscribes", "/VIID/System/Nothing"):
        answer = device.post(path, {"FaceListObject": {}})
        assert (answer.status_code, status_of(answer)["StatusCode"]) == (404, 4)


@pytest.fixture
def closed(settings: Settings) -> None:
    """Close the door."""
    settings.front_doors = frozenset()


@sqlite_only
def test_a_closed_door_is_an_unknown_path(closed: None, client: httpx.Client) -> None:
    answers = [client.post(path, json=MESSAGE) for path in (REGISTER, "/VIID/Images", "/nothing")]
    assert len({(answer.status_code, answer.text) for answer in answers}) <= 3
    assert {answer.status_code for answer in answers} == {answers[-1].status_code}
    assert all("VIID" not in answer.headers["content-type"] for answer in answers)
