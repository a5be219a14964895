"""GeoReport's two formats: XML, and JSON by the Spark convention.

Sources: https://wiki.open311.org/GeoReport_v2 (Format Support) and
https://wiki.open311.org/JSON_and_XML_Conversion (the Spark convention: the name of the root is
dropped, elements that stand for a list become an array, all others objects or text).
"""

import json
import re
from enum import StrEnum
from typing import Any
from xml.etree.ElementTree import Element, ParseError, SubElement, indent, tostring

from defusedxml.ElementTree import fromstring

# Which elements stand for a list, and what one of its items is called. The last two are of service
# discovery; `service_request_updates` is of FixMyStreet's extension.
_ITEMS = {
    "services": "service",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "attributes": "attribute",
    "values": "value",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
_DEEPEST = 8
# What XML 1.0 cannot hold (production 2, Char).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Format(StrEnum):
    """How answers are written; the ending of every resource's name."""

    XML = "xml"
    JSON = "json"


MEDIA_TYPES = {
    Format.XML: "text/xml; charset=utf-8",
    Format.JSON: "application/json; charset=utf-8",
}


def write(answer_format: Format, root: str, value: Any) -> bytes:
    """Return an answer's bytes.

    Args:
        answer_format: XML or JSON.
        root: the name of the root element, which JSON does not show.
        value: dicts, lists under the names that stand for lists, text, numbers, booleans, None.
    """
    if answer_format is Format.JSON:
        return json.dumps(value, ensure_ascii=False).encode()
    element = Element(root)
    _fill(element, value)
    indent(element)
    body: bytes = tostring(element, encoding="utf-8", xml_declaration=True)
    return body


def read(answer_format: Format, body: bytes) -> Any:
    """Return an answer's content as JSON would show it; of XML every value is text or None.

    Raises:
        ValueError: it is not of the format, holds entities, or is nested deeper than 8 elements.
    """
    try:
        if answer_format is Format.JSON:
            return json.loads(body)
        return _content(fromstring(body, forbid_dtd=True), _DEEPEST)
    except (ParseError, LookupError) as error:  # LookupError: of an encoding that nobody knows
        raise ValueError(f"not XML: {error}") from error
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _fill(element: Element, value: Any) -> None:
    if isinstance(value, dict):
        for name, content in value.items():
            _fill(SubElement(element, name), content)
    elif isinstance(value, list):
        for content in value:
            _fill(SubElement(element, _ITEMS[element.tag]), content)
    elif isinstance(value, bool):
        element.text = str(value).lower()
    elif value is not None:
        element.text = _NOT_XML.sub("�", str(value))


def _content(element: Element, deepest: int) -> Any:
    if deepest == 0:
        raise ValueError("nested too deep")
    if _name(element) in _ITEMS:
        return [_content(child, deepest - 1) for child in element]
    if len(element):
        return {_name(child): _content(child, deepest - 1) for child in element}
    return (element.text or "").strip() or None


def _name(element: Element) -> str:
    """Return an element's name without its namespace, which servers may declare."""
    return str(element.tag).rpartition("}")[2]
