"""Addresses that snapshots are sent to: for one device and one session, until some moment.

Nothing is stored: whoever made the address had the device's secret, which signs it. So a new
secret, and disabling the device, end every address at once.
"""

import base64
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from api.errors import Forbidden

_TICKET = re.compile(r"(\d{1,12})-([\w-]{22})", re.ASCII)
_SIGNATURE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Upload:
    """Where a device may send snapshots.

    Attributes:
        url: the `UploadURL`.
        session_id: the `SessionID`, 32 letters and digits (A.2.1.24 asks for 32 to 128).
        expires_at: when it ends.
    """

    url: str
    session_id: str
    expires_at: datetime

    def command(self, *, pictures: int, interval_s: int) -> str:
        """Return the `SnapShotConfig` that asks for snapshots, as XML (A.2.1.24).

        Args:
            pictures: how many, 1 to 10.
            interval_s: seconds between two of them, 1 or more.
        """
        root = Element("SnapShotConfig")
        values = {
            "SnapNum": pictures,
            "Interval": interval_s,
            "UploadURL": self.url,
            "SessionID": self.session_id,
        }
        for name, value in values.items():
            SubElement(root, name).text = str(value)
        return tostring(root, encoding="unicode")


def new_upload(public_url: str, identifier: str, secret: str, expires_at: datetime) -> Upload:
    """Return a new address for a device.

    Args:
        public_url: how devices reach this service.
        identifier: the device's 20 digits.
        secret: of the device.
        expires_at: when it ends; whole seconds count.
    """
    session_id = secrets.token_hex(16)
    expires_s = int(expires_at.timestamp())
    ticket = f"{expires_s}-{_signature(identifier, session_id, expires_s, secret)}"
    return Upload(
        f"{public_url.rstrip('/')}/gb28181/{identifier}/{session_id}/{ticket}",
        session_id,
        datetime.fromtimestamp(expires_s, UTC),
    )


def check(identifier: str, session_id: str, ticket: str, secret: str, at: datetime) -> None:
    """Check an address that a device came by.

    Raises:
        Forbidden: it is not one of ours, or has ended.
    """
    matched = _TICKET.fullmatch(ticket)
    expires_s = int(matched[1]) if matched else 0
    right = _signature(identifier, session_id, expires_s, secret)
    if matched is None or not hmac.compare_digest(right, matched[2]):
        raise Forbidden("This address was not given to the device.", code="upload-url-invalid")
    if at.timestamp() >= expires_s:
        raise Forbidden("This address has ended; ask for another one.", code="upload-url-expired")


def _signature(identifier: str, session_id: str, expires_s: int, secret: str) -> str:
    told = f"gb28181 snapshot\0{identifier}\0{session_id}\0{expires_s}".encode()
    digest = hmac.digest(secret.encode(), told, "sha256")[:_SIGNATURE_BYTES]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
