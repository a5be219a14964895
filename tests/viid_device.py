"""A device that speaks GA/T 1400.4, written from the protocol: it knows nothing of the service.

Its Digest is its own, from RFC 7616 (tests/unit/test_viid_device.py holds it against the RFC's
examples). Messages have the members that GA/T 1400.3 and 1400.4 name.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

import httpx

CHINA = ZoneInfo("Asia/Shanghai")
SCENE, VEHICLE, PLATE = "14", "01", "02"


def digest_response(
    *,
    algorithm: str,
    username: str,
    realm: str,
    password: str,
    method: str,
    uri: str,
    nonce: str,
    nc: str,
    cnonce: str,
    qop: str = "auth",
) -> str:
    """Return the response of RFC 7616, section 3.4.1."""

    def h(text: str) -> str:
        return hashlib.new(algorithm.replace("-", "").lower(), text.encode()).hexdigest()

    a1 = h(":".join([username, realm, password]))
    a2 = h(":".join([method, uri]))
    return h(":".join([a1, nonce, nc, cnonce, qop, a2]))


def challenge_of(answer: httpx.Response, algorithm: str) -> dict[str, str]:
    """Return the parameters of the challenge for an algorithm."""
    for value in answer.headers.get_list("www-authenticate"):
        assert value.startswith("Digest ")
        given = {
            name: quoted or plain
            for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', value)
        }
        if given.get("algorithm", "MD5") == algorithm:
            return given
    raise AssertionError(f"no challenge for {algorithm}: {answer.headers}")


def local_time(moment: datetime) -> str:
    """Return a time as the standard writes it: China's wall clock, without an offset."""
    return moment.astimezone(CHINA).strftime("%Y%m%d%H%M%S")


def sub_image(
    picture: bytes, shot_at: datetime, *, device_id: str, number: int = 1, kind: str = SCENE
) -> dict[str, Any]:
    """Return a SubImageInfo with its picture in it."""
    return {
        "ImageID": f"{device_id}02{local_time(shot_at)}{number:05}",
        "EventSort": 16,
        "DeviceID": device_id,
        "StoragePath": "",
        "Type": kind,
        "FileFormat": "Jpeg",
        "ShotTime": local_time(shot_at),
        "Width": 1280,
        "Height": 720,
        "Data": base64.b64encode(picture).decode(),
    }


def motor_vehicle(
    pictures: Sequence[dict[str, Any]], *, device_id: str, number: int = 1, **members: Any
) -> dict[str, Any]:
    """Return a MotorVehicle that was captured by itself."""
    shot_at = pictures[0]["ShotTime"] if pictures else "20261116100000"
    return {
        "MotorVehicleID": f"{device_id}02{shot_at}{number:05}02{number:05}",
        "InfoKind": 1,
        "SourceID": f"{device_id}02{shot_at}{number:05}",
        "DeviceID": device_id,
        "StorageUrl1": "",
        "LeftTopX": 100,
        "LeftTopY": 100,
        "RightBtmX": 500,
        "RightBtmY": 400,
        "HasPlate": 1,
        "VehicleColor": "2",
        "PassTime": shot_at,
        "SubImageList": {"SubImageInfoObject": list(pictures)},
        **members,
    }


def image(
    picture: bytes, shot_at: datetime, *, device_id: str, number: int = 1, **info: Any
) -> dict[str, Any]:
    """Return an Image: its ImageInfo and its picture."""
    return {
        "ImageInfo": {
            "ImageID": f"{device_id}02{local_time(shot_at)}{number:05}",
            "InfoKind": 1,
            "ImageSource": "1",
            "EventSort": 16,
            "DeviceID": device_id,
            "FileFormat": "Jpeg",
            "ShotTime": local_time(shot_at),
            "Title": "",
            "ContentDescription": "",
            "SecurityLevel": "5",
            "Width": 1280,
            "Height": 720,
            **info,
        },
        "Data": base64.b64encode(picture).decode(),
    }


def video_slice(
    clip: bytes, begins_at: datetime, *, device_id: str, number: int = 1, **info: Any
) -> dict[str, Any]:
    """Return a VideoSlice: its VideoSliceInfo and its bytes."""
    return {
        "VideoSliceInfo": {
            "VideoID": f"{device_id}01{local_time(begins_at)}{number:05}",
            "InfoKind": 1,
            "VideoSource": "1",
            "DeviceID": device_id,
            "FileFormat": "Mp4",
            "BeginTime": local_time(begins_at),
            "SecurityLevel": "5",
            **info,
        },
        "Data": base64.b64encode(clip).decode(),
    }


@dataclass
class ViidDevice:
    """A device that registers, keeps alive and pushes.

    Attributes:
        url: of the video and image database that it pushes to.
        device_id: 20 digits.
        password: what it proves itself with.
        username: as typed into it.
        algorithm: of its Digest.
        address: that it sends from.
    """

    url: str
    device_id: str
    password: str
    username: str = "admin"
    algorithm: str = "MD5"
    address: str = "127.0.0.1"
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(
            base_url=self.url,
            transport=httpx.HTTPTransport(local_address=self.address),
            timeout=60,
            headers={
                "Content-Type": "application/VIID+JSON;charset=UTF-8",
                "User-Identify": self.device_id,
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.close()

    def authorization(
        self, challenge: dict[str, str], path: str, *, method: str = "POST", count: int = 1
    ) -> str:
        """Return the header that answers a challenge."""
        nc, cnonce = f"{count:08x}", secrets.token_hex(8)
        response = digest_response(
            algorithm=self.algorithm,
            username=self.username,
            realm=challenge["realm"],
            password=self.password,
            method=method,
            uri=path,
            nonce=challenge["nonce"],
            nc=nc,
            cnonce=cnonce,
        )
        return (
            f'Digest username="{self.username}", realm="{challenge["realm"]}", '
            f'nonce="{challenge["nonce"]}", uri="{path}", algorithm={self.algorithm}, '
            f'qop=auth, nc={nc}, cnonce="{cnonce}", response="{response}"'
        )

    def post(self, path: str, message: Any, **headers: str) -> httpx.Response:
        """Send a message."""
        return self.client.post(path, json=message, headers=headers)

    def register(self) -> httpx.Response:
        """Register: ask, be asked, answer."""
        path = "/VIID/System/Register"
        message = {"RegisterObject": {"DeviceID": self.device_id}}
        asked = self.post(path, message)
        if asked.status_code != 401:
            return asked
        challenge = challenge_of(asked, self.algorithm)
        return self.post(path, message, Authorization=self.authorization(challenge, path))

    def keep_alive(self) -> httpx.Response:
        """Say that it is still there."""
        message = {"KeepaliveObject": {"DeviceID": self.device_id}}
        return self.post("/VIID/System/Keepalive", message)

    def unregister(self) -> httpx.Response:
        """Say that it goes."""
        message = {"UnRegisterObject": {"DeviceID": self.device_id}}
        return self.post("/VIID/System/UnRegister", message)

    def push_images(self, *images: Any) -> httpx.Response:
        """Push images."""
        return self.post("/VIID/Images", {"ImageListObject": {"Image": list(images)}})

    def push_vehicles(self, *vehicles: Any) -> httpx.Response:
        """Push vehicles."""
        message = {"MotorVehicleListObject": {"MotorVehicleObject": list(vehicles)}}
        return self.post("/VIID/MotorVehicles", message)

    def push_slices(self, *slices: Any) -> httpx.Response:
        """Push video slices."""
        message = {"VideoSliceListObject": {"VideoSlice": list(slices)}}
        return self.post("/VIID/VideoSlices", message)


def status_of(answer: httpx.Response) -> dict[str, Any]:
    """Return the one status of an answer."""
    status: dict[str, Any] = answer.json()["ResponseStatusObject"]
    return status


def statuses_of(answer: httpx.Response) -> list[dict[str, Any]]:
    """Return the status of each item."""
    listed: list[dict[str, Any]] = answer.json()["ResponseStatusListObject"]["ResponseStatusObject"]
    return listed


def codes_of(answer: httpx.Response) -> list[int]:
    """Return the status code of each item."""
    return [status["StatusCode"] for status in statuses_of(answer)]
