"""A device that takes snapshots when it is told to, written from GB/T 28181-2022.

Sources: 9.14 (the flow), table 4 (names of files), A.2.1.24 (`SnapShotConfig`), A.2.5.7
(`UploadSnapShotFinished`). SIP is left out: the command is handed over, the notice is returned.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from xml.etree import ElementTree

import httpx

_BOUNDARY = "----28181"


@dataclass
class SnapshotDevice:
    """A camera behind the 20 digits of a device or channel; its clock is local."""

    code: str
    clock: datetime
    way: Literal["multipart", "body", "name in the address"] = "multipart"
    names: list[str] = field(default_factory=list)
    answers: list[httpx.Response] = field(default_factory=list)

    def configure(self, command: str, *pictures: bytes) -> str:
        """Take the snapshots that a `SnapShotConfig` asks for; return the notice of the end."""
        told = ElementTree.fromstring(command)
        assert told.tag == "SnapShotConfig"
        url, session_id = told.findtext("UploadURL") or "", told.findtext("SessionID") or ""
        assert 32 <= len(session_id) <= 128
        interval_s = int(told.findtext("Interval") or 1)
        sent = []
        for n in range(int(told.findtext("SnapNum") or 1)):
            at = self.clock + timedelta(seconds=n * interval_s)
            name = f"{self.code}02{at:%Y%m%d%H%M%S}{at.microsecond // 1000:03d}{n:02d}"
            self.send(url, session_id, name, pictures[n % len(pictures)])
            sent.append(f"<SnapShotFileID>{name}</SnapShotFileID>")
        return (
            f"<Notify><CmdType>UploadSnapShotFinished</CmdType><SN>1</SN><DeviceID>{self.code}"
            f"</DeviceID><SessionID>{session_id}</SessionID><SnapShotList>{''.join(sent)}"
            "</SnapShotList></Notify>"
        )

    def send(self, url: str, session_id: str, name: str, picture: bytes) -> httpx.Response:
        """Send one snapshot."""
        headers = {"Content-Type": "image/jpeg"}
        body = picture
        if self.way == "multipart":
            headers = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
            body = (
                f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name=SessionID\r\n\r\n"
                f"{session_id}\r\n--{_BOUNDARY}\r\nContent-Disposition: form-data; "
                f'name="file"; filename="{name}.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
            ).encode()
            body += picture + f"\r\n--{_BOUNDARY}--\r\n".encode()
        elif self.way == "name in the address":
            url = f"{url}/{name}.jpg"
        answer = httpx.post(url, content=body, headers=headers, timeout=60)
        self.names.append(name)
        self.answers.append(answer)
        return answer
