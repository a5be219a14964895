"""What an ISAPI alarm says: `EventNotificationAlert` in XML or JSON, one shape for both.

Sources: Hikvision, "Intelligent Security API (ANPR) Developer Guide" and "Device Network SDK
(Traffic) Developer Guide", messages `EventNotificationAlert`: element names are the same in XML
and JSON, namespaces differ between firmwares and mean nothing.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from api.devices.clocks import moment_of
from api.errors import BadRequest

_ROOT = "EventNotificationAlert"
_DEEPEST = 24
# Expat reads no multi-byte encoding but UTF-8 and UTF-16; these three are one in GB 18030.
_CHINESE = re.compile(rb"""<\?xml[^>]*encoding=["'](gb2312|gbk|gb18030)["'][^>]*\?>""", re.I)

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Alert:
    """An alarm as a device tells it.

    Attributes:
        event_type: lower case: `anpr`, `videoloss`, `heartbeat`, ….
        active: whether it says that something happens; False of a heartbeat.
        channel: which of the device's cameras, None where it does not say.
        at: when, by the device's clock.
        event: what tells it from every other alarm of the device.
        tree: everything that it says.
    """

    event_type: str
    active: bool
    channel: str | None
    at: datetime
    event: str
    tree: Tree


def read_alert(data: bytes, zone: tzinfo) -> Alert:
    """Read an alarm.

    Args:
        data: XML or JSON.
        zone: where the device is, for times without an offset.

    Raises:
        BadRequest: it is neither, is no alarm, or does not say what and when.
    """
    tree = _json(data) if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" else _xml(data)
    event_type = text_of(tree, "eventType").lower()
    if not event_type:
        raise _invalid("it has no eventType")
    stated = text_of(tree, "dateTime")
    at = moment_of(stated, zone)
    if at is None:
        raise _invalid("its dateTime is no time")
    channel = text_of(tree, "channelID") or text_of(tree, "dynChannelID")
    own_name = text_of(tree, "UUID") or text_of(tree, "uid")
    count = text_of(tree, "activePostCount")
    return Alert(
        event_type=event_type,
        active=text_of(tree, "eventState").lower() != "inactive" and event_type != "heartbeat",
        channel=channel[:64] or None,
        at=at,
        event=own_name or f"{event_type} {channel} {stated} {count}",
        tree=tree,
    )


def text_of(tree: Mapping[str, Any], name: str) -> str:
    """Return what an element says, empty where it is not there or has parts of its own."""
    value = tree.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()


def number_of(tree: Mapping[str, Any], name: str) -> float | None:
    """Return an element's number, None where it is none."""
    try:
        return float(text_of(tree, name))
    except ValueError:
        return None


def all_of(tree: Any, name: str) -> Iterator[Tree]:
    """Find every element of a name that has parts, wherever it is, in the order of the text."""
    if isinstance(tree, list):
        for one in tree:
            yield from all_of(one, name)
    elif isinstance(tree, dict):
        for key, value in tree.items():
            if key == name:
                yield from (one for one in _listed(value) if isinstance(one, dict))
            yield from all_of(value, name)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _json(data: bytes) -> Tree:
    try:
        tree = json.loads(data.decode("utf-8-sig"), parse_constant=lambda _: None)
        shallow = _is_shallow(tree, _DEEPEST)
    except (ValueError, RecursionError):
        raise _invalid("it is no JSON") from None
    if not shallow:
        raise _invalid("it is nested too deeply")
    tree = tree.get(_ROOT, tree) if isinstance(tree, dict) else None
    if not isinstance(tree, dict):
        raise _invalid(f"it is no {_ROOT}")
    return tree


def _is_shallow(value: Any, left: int) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left > 0 and all(_is_shallow(part, left - 1) for part in parts)


def _xml(data: bytes) -> Tree:
    if declared := _CHINESE.match(data.lstrip()):
        text = data.lstrip()[declared.end() :].decode("gb18030", "replace")
        data = text.encode()
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise _invalid("it is neither XML nor JSON, or XML with a DTD") from None
    if _local(root) != _ROOT:
        raise _invalid(f"it is no {_ROOT}")
    tree = _tree(root, _DEEPEST)
    return tree if isinstance(tree, dict) else {}


def _tree(element: Element, left: int) -> Tree | str:
    if not len(element):
        return (element.text or "").strip()
    if left == 0:
        raise _invalid("it is nested too deeply")
    tree: Tree = {}
    for child in element:
        name, value = _local(child), _tree(child, left - 1)
        tree[name] = [*_listed(tree[name]), value] if name in tree else value
    return tree


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _invalid(why: str) -> BadRequest:
    return BadRequest(f"The alarm cannot be read: {why}.", code="alarm-invalid")
