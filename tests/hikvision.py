"""A camera that pushes alarms as Hikvision's do, written from their documents, not from our server.

Sources: "Intelligent Security API (ANPR) Developer Guide" and "Device Network SDK (Traffic)
Developer Guide": the configuration `HttpHostNotification`, the multipart message with
`EventNotificationAlert` and pictures, the heartbeat (`videoloss`, `inactive`), and sending again
what was not answered with 200 (`httpBroken`).
"""

import base64
import json
from dataclasses import dataclass, field
from typing import Any, Literal
from xml.sax.saxutils import escape

import httpx

_BOUNDARY = "MIME_boundary"
_NAMESPACE = "http://www.isapi.org/ver20/XMLSchema"


@dataclass
class Picture:
    """A picture of an alarm; rectangles in thousandths, as the camera tells them."""

    data: bytes
    type: str = "detectionPicture"
    plate_rect: tuple[int, int, int, int] | None = None
    vehicle_rect: tuple[int, int, int, int] | None = None
    time: str = ""


@dataclass
class HikvisionCamera:
    """A number-plate camera set to push to one address (`/ISAPI/Event/notification/httpHosts`)."""

    url: str
    user: str = ""
    password: str = ""
    method: Literal["none", "base64"] = "none"
    speaks: Literal["XML", "JSON"] = "XML"
    channel: str = "1"
    kept: list[tuple[bytes, str]] = field(default_factory=list)
    _count: int = 0

    def heartbeat(self, at: str) -> httpx.Response:
        """Say that it is there, as it does every ten seconds."""
        return self._send(self._alert(at, "videoloss", "inactive", {}), [])

    def passes(self, at: str, plate: str, *pictures: Picture, **more: Any) -> httpx.Response:
        """Tell of a vehicle that passes."""
        told: dict[str, Any] = {
            "country": "1",
            "licensePlate": plate,
            "line": "2",
            "direction": "forward",
            "confidenceLevel": "97",
            "plateType": "92TypeCivil",
            "plateColor": "blue",
            "vehicleType": "smallCar",
            **more,
            "vehicleInfo": {"index": "4711", "color": "white", "speed": "43"},
            "pictureInfoList": [self._info(n, picture) for n, picture in enumerate(pictures)],
        }
        return self._send(self._alert(at, "ANPR", "active", {"ANPR": told}), list(pictures))

    def crosses(self, at: str, *pictures: Picture) -> httpx.Response:
        """Tell of a vehicle that crosses a line; boxes in shares of the picture."""
        region = {
            "regionID": "1",
            "detectionTarget": "vehicle",
            "TargetRect": {"X": "0.25", "Y": "0.5", "width": "0.125", "height": "0.25"},
        }
        more = {"DetectionRegionList": [region], "detectionPicturesNumber": str(len(pictures))}
        return self._send(self._alert(at, "linedetection", "active", more), list(pictures))

    def send_again(self) -> list[httpx.Response]:
        """Send what was not taken once more."""
        kept, self.kept = self.kept, []
        return [self._post(body, content_type) for body, content_type in kept]

    def _alert(self, at: str, event: str, state: str, more: dict[str, Any]) -> bytes:
        self._count += 1
        told = {
            "ipAddress": "192.0.2.64",
            "portNo": "80",
            "protocol": "HTTP",
            "macAddress": "44:19:b6:6d:24:85",
            "channelID": self.channel,
            "dateTime": at,
            "activePostCount": "1",
            "eventType": event,
            "eventState": state,
            "eventDescription": f"{event} alarm",
            "channelName": "东门一号",
            **more,
            **({"UUID": f"a1301cd8-1dd1-11b2-9c0b-{self._count:012d}"} if more else {}),
        }
        if self.speaks == "JSON":
            return json.dumps({"EventNotificationAlert": told}, ensure_ascii=False).encode()
        root = f'<EventNotificationAlert version="2.0" xmlns="{_NAMESPACE}">'
        text = f'<?xml version="1.0" encoding="UTF-8"?>\r\n{root}{_xml(told)}'
        return f"{text}</EventNotificationAlert>\r\n".encode()

    def _info(self, n: int, picture: Picture) -> dict[str, Any]:
        info: dict[str, Any] = {
            "fileName": f"{picture.type}.jpg",
            "type": picture.type,
            "dataType": "0",
            "pId": self._picture_id(n),
        }
        if picture.time:
            info["absTime"] = picture.time
        rects = {"plateRect": picture.plate_rect, "vehicelRect": picture.vehicle_rect}
        for name, rect in rects.items():
            if rect is not None:
                info[name] = dict(zip(("X", "Y", "width", "height"), map(str, rect), strict=True))
        return info

    def _picture_id(self, n: int) -> str:
        return f"FU6460824613216{self._count:04d}{n}"

    def _send(self, alert: bytes, pictures: list[Picture]) -> httpx.Response:
        kind = "application/json" if self.speaks == "JSON" else "application/xml"
        if not pictures:
            return self._post(alert, f'{kind}; charset="UTF-8"')
        name = "anpr.json" if self.speaks == "JSON" else "anpr.xml"
        body = b"".join(
            [
                _part(f'name="{name}"; filename="{name}"', kind, alert),
                *(
                    _part(
                        f'name="{picture.type}.jpg"; filename="{picture.type}.jpg";',
                        "image/jpeg",
                        picture.data,
                        self._picture_id(n),
                    )
                    for n, picture in enumerate(pictures)
                ),
                f"--{_BOUNDARY}--\r\n".encode(),
            ]
        )
        return self._post(body, f"multipart/form-data; boundary={_BOUNDARY}")

    def _post(self, body: bytes, content_type: str) -> httpx.Response:
        headers = {"Content-Type": content_type}
        if self.method == "base64":
            given = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            headers["Authorization"] = f"Basic {given}"
        answer = httpx.post(self.url, content=body, headers=headers, timeout=60)
        if answer.status_code != 200:
            self.kept.append((body, content_type))
        return answer


_ENTRIES = {"pictureInfoList": "pictureInfo", "DetectionRegionList": "DetectionRegionEntry"}


def _xml(told: dict[str, Any]) -> str:
    text = ""
    for name, value in told.items():
        if isinstance(value, list):
            entry = _ENTRIES[name]
            value = "".join(f"<{entry}>{_xml(one)}</{entry}>" for one in value)
        else:
            value = _xml(value) if isinstance(value, dict) else escape(value)
        text += f"<{name}>{value}</{name}>\r\n"
    return text


def _part(disposition: str, kind: str, data: bytes, content_id: str = "") -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n"
    head += f"Content-Type: {kind}\r\nContent-Length: {len(data)}\r\n"
    head += f"Content-ID: <{content_id}>\r\n" if content_id else ""
    return f"{head}\r\n".encode() + data + b"\r\n"
