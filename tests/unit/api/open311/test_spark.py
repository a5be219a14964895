"""GeoReport's two formats say the same."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.open311.spark import Format, read, write

TEXT = st.text(min_size=1).map(str.strip).filter(bool)
REQUESTS = st.lists(
    st.dictionaries(
        st.sampled_from(["service_request_id", "status_notes", "description", "address"]),
        st.none() | st.from_regex(r"[ -~é-ÿ一-龥][ -~一-龥]*[!-~]", fullmatch=True).map(str.strip),
        min_size=1,
    )
)


@given(REQUESTS)
def test_what_is_written_is_read_again(requests: list[dict[str, str | None]]) -> None:
    for answer_format in Format:
        body = write(answer_format, "service_requests", requests)
        assert read(answer_format, body) == requests


@given(TEXT)
def test_whatever_a_text_holds_xml_stays_readable(text: str) -> None:
    body = write(Format.XML, "service_request_updates", [{"description": text}])
    (update,) = read(Format.XML, body)
    assert set(update) == {"description"}


def test_lists_within_items_and_plain_values() -> None:
    definition = {
        "service_code": "pothole",
        "attributes": [
            {"code": "SIZE", "required": True, "values": [{"key": "1", "name": "小"}]},
            {"code": "NOTE", "required": False, "values": []},
        ],
    }

    body = write(Format.XML, "service_definition", definition)

    assert body.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    assert read(Format.XML, body) == {
        "service_code": "pothole",
        "attributes": [
            {"code": "SIZE", "required": "true", "values": [{"key": "1", "name": "小"}]},
            {"code": "NOTE", "required": "false", "values": []},
        ],
    }
    assert json.loads(write(Format.JSON, "service_definition", definition)) == definition


def test_a_namespace_and_white_space_change_nothing() -> None:
    body = b"""<service_requests xmlns="http://wiki.open311.org/GeoReport_v2">
      <request><service_request_id> 7 </service_request_id><status_notes/></request>
    </service_requests>"""

    assert read(Format.XML, body) == [{"service_request_id": "7", "status_notes": None}]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><br></html>",
        b"\x00\xff",
        b"<?xml version='1.0' encoding='bogus'?><services/>",
        b'<!DOCTYPE a [<!ENTITY e "x">]><services><service>&e;</service></services>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><services/>',
        b"<a>" * 5000 + b"</a>" * 5000,
    ],
)
def test_what_is_no_answer_is_told_as_such(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        read(Format.XML, body)


def test_json_that_is_none_or_nested_without_end_is_told_as_such() -> None:
    for body in (b"<services/>", b"[" * 200_000):
        with pytest.raises(ValueError, match=r"\S"):
            read(Format.JSON, body)
