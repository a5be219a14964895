"""JSON from devices: whatever comes, either a value or one clear refusal."""

import base64
import binascii
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from api.viid.answers import ItemRefused, RequestRefused, StatusCode

_MOST_SYMBOLS = 500_000  # braces, brackets and commas; a base64 picture has none
_MOST_ITEMS = 1000
_LONGEST_TEXT = 256
_TIME = re.compile(r"(\d{14})(\d{3})?")


@dataclass(frozen=True, slots=True)
class Fields:
    """An object of a message; its getters return None for what is absent, null or empty.

    Args:
        values: the object.
        place: where it stands, for messages.
    """

    values: dict[str, Any]
    place: str

    def text(self, name: str) -> str | None:
        """Return a text; a number counts as one, for devices differ in this.

        Raises:
            ItemRefused: it is something else, or longer than 256 characters.
        """
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float | None):
            raise self._wrong(name, "must be text")
        text = "" if value is None else str(value).strip()
        if len(text) > _LONGEST_TEXT or "\0" in text:
            raise self._wrong(name, f"must be at most {_LONGEST_TEXT} characters")
        return text or None

    def number(self, name: str) -> float | None:
        """Return a finite number; text that is one counts.

        Raises:
            ItemRefused: it is something else.
        """
        text = self.text(name)
        if text is None:
            return None
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise self._wrong(name, "must be a number")
        return number

    def moment(self, name: str, zone: ZoneInfo) -> datetime | None:
        """Return a time `yyyyMMddHHmmss`, with milliseconds or without.

        Args:
            name: of the member.
            zone: whose wall clock it is; the standard's times have no offset.

        Raises:
            ItemRefused: it is something else.
        """
        text = self.text(name)
        if text is None:
            return None
        match = _TIME.fullmatch(text)
        try:
            if match is None:
                raise ValueError
            moment = datetime.strptime(match[1], "%Y%m%d%H%M%S")  # noqa: DTZ007 - next line
            moment = moment.replace(microsecond=int(match[2] or 0) * 1000, tzinfo=zone)
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise self._wrong(name, "must be a time like 20261122153000") from None

    def data(self, name: str) -> bytes | None:
        """Return what a base64 text holds; line breaks in it are skipped.

        Raises:
            ItemRefused: it is no base64.
        """
        value = self.values.get(name)
        if value is None or value == "":
            return None
        try:
            if not isinstance(value, str):
                raise TypeError
            return base64.b64decode("".join(value.split()), validate=True)
        except (TypeError, ValueError, binascii.Error):
            raise self._wrong(name, "must be base64") from None

    def object(self, name: str) -> "Fields | None":
        """Return an object within this one.

        Raises:
            ItemRefused: it is something else.
        """
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self._wrong(name, "must be an object")
        return Fields(value, f"{self.place}.{name}")

    def objects(self, name: str) -> "list[Fields]":
        """Return objects within this one; a single one need not stand in a list.

        Raises:
            ItemRefused: they are something else.
        """
        value = self.values.get(name)
        if value is None:
            return []
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, dict) for item in items):
            raise self._wrong(name, "must be a list of objects")
        return [Fields(item, f"{self.place}.{name}[{n}]") for n, item in enumerate(items)]

    def _wrong(self, name: str, message: str) -> ItemRefused:
        return ItemRefused(StatusCode.INVALID_JSON_CONTENT, f"{self.place}.{name} {message}")


def read_object(body: bytes, name: str) -> Fields:
    """Return the object that a message consists of: `{name: {…}}`.

    Raises:
        RequestRefused: the body is no such message.
    """
    if sum(map(body.count, (b"{", b"[", b","))) > _MOST_SYMBOLS:
        raise _refused(StatusCode.INVALID_JSON_CONTENT, "the message has too many parts")
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise _refused(StatusCode.INVALID_JSON_FORMAT, "the body is no JSON") from None
    found = message.get(name) if isinstance(message, dict) else None
    if not isinstance(found, dict):
        raise _refused(
            StatusCode.INVALID_JSON_CONTENT, f'the message must be an object {{"{name}": {{…}}}}'
        )
    return Fields(found, name)


def read_list(body: bytes, name: str, item_names: Sequence[str]) -> list[Fields]:
    """Return the items of a list: `{name: {item_name: [{…}, …]}}`.

    Args:
        body: of the request.
        name: of the list.
        item_names: what its items may be called; the standard's own first.

    Raises:
        RequestRefused: the body is no such list, or has none or more than 1,000 items.
    """
    listed = read_object(body, name)
    item_name = next((one for one in item_names if one in listed.values), item_names[0])
    try:
        items = listed.objects(item_name)
    except ItemRefused as refused:
        raise _refused(refused.code, refused.text) from None
    if not 1 <= len(items) <= _MOST_ITEMS:
        raise _refused(
            StatusCode.INVALID_JSON_CONTENT,
            f"{name}.{item_name} must have 1 to {_MOST_ITEMS} items",
        )
    return items


def _refused(code: StatusCode, text: str) -> RequestRefused:
    return RequestRefused(code, text, http_status=400)
