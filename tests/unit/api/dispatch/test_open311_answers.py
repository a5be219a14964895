"""Answers of real GeoReport servers, as a client that is not ours keeps them for its own tests."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from pydantic import TypeAdapter

from api.dispatch.connectors.open311_answers import CREATED, DEFINITION, REQUESTS, UPDATES, answered
from api.dispatch.connectors.open311_attributes import (
    attribute_form,
    attribute_problems,
    routing_form,
)
from api.dispatch.connectors.open311_settings import Open311Settings
from api.dispatch.connectors.wire import DeliveryFailed, Reply
from api.dispatch.statuses import Status
from api.open311.spark import Format

T = TypeVar("T")
KEPT = Path(__file__).parent / "node_open311"


def kept(name: str, adapter: TypeAdapter[T]) -> T:
    return answered(Reply(200, (KEPT / name).read_bytes()), Format.XML, adapter)


def test_requests_of_san_francisco() -> None:
    closed, still_open = kept("service-requests.xml", REQUESTS)

    assert (closed.service_request_id, closed.status) == ("638344", "closed")
    assert closed.status_notes == "Duplicate request."
    assert closed.description is None
    assert closed.updated_datetime == datetime(2010, 4, 14, 14, 37, 38, tzinfo=UTC)
    assert (still_open.service_request_id, still_open.status_notes) == ("638349", None)


def test_a_token_of_boston_and_the_number_behind_a_token() -> None:
    (created,) = kept("boston-submitrequest-token.xml", CREATED)
    (known,) = kept("token.xml", CREATED)

    assert (created.service_request_id, created.token) == (None, "503fc045901932078800163c")
    assert (known.service_request_id, known.token) == ("638344", "12345")


def test_an_error_of_boston_gives_no_number() -> None:
    (created,) = kept("boston-err-submitrequest-base_is_duplicate.xml", CREATED)

    assert (created.service_request_id, created.token) == (None, None)


def test_what_washington_asks_of_potholes() -> None:
    definition = kept("dc-services-S0301.xml", DEFINITION)

    assert definition.service_code == "S0301"
    assert attribute_problems(definition, {}) == [
        "attribute WHISPOLO is required: Where is the pothole located?"
    ]
    fits = {"WHISPOLO": "STREE001", "ISITHAZA": "YES001"}
    assert attribute_problems(definition, fits) == []
    (problem,) = attribute_problems(definition, {**fits, "WHMAISAL": "MUD"})
    assert problem.startswith("attribute WHMAISAL is one of ASPHALT, BRICK, COBBLEST, CONCRETE, ")
    assert problem.endswith("not MUD")


def test_json_with_numbers_for_text_and_a_bad_date() -> None:
    body = b"""[{"update_id": 7, "service_request_id": 12, "status": "OPEN",
                 "updated_datetime": "yesterday", "description": null},
                {"update_id": "\\u0000", "status": {}, "service_request_id": ""}]"""

    (update, nameless) = answered(Reply(200, body), Format.JSON, UPDATES)

    assert (nameless.update_id, nameless.service_request_id) == (None, None)
    assert (update.update_id, update.service_request_id) == ("7", "12")
    assert update.updated_datetime is None


@pytest.mark.parametrize("body", [b"", b"<html/>", b"[]", b'{"a": 1}', b"<a><b></a>"])
def test_what_cannot_be_read_leaves_doubt(body: bytes) -> None:
    with pytest.raises(DeliveryFailed) as failed:
        answered(Reply(200, body), Format.XML, REQUESTS)

    assert failed.value.uncertain


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("FIXED",), Status.DONE),
        (("In Progress",), Status.IN_PROGRESS),
        (("NOT_COUNCILS_RESPONSIBILITY", "closed"), Status.RETURNED),
        (("internal_referral", "closed"), Status.DONE),
        ((None, "CLOSED"), Status.DONE),
        (("open",), None),
        (("REOPEN", "open"), None),
    ],
)
def test_extended_statuses_are_understood(words: tuple[str | None, ...], status: Status) -> None:
    assert Open311Settings().meaning(*words) == status


def test_settings_say_what_other_words_mean() -> None:
    settings = Open311Settings.model_validate({"statuses": {"Work Finished": "done"}})

    assert settings.meaning("WORK_FINISHED") == Status.DONE
    assert settings.meaning("closed") is None


def test_an_attribute_that_needs_what_nobody_measured_is_left_out() -> None:
    facts = {"finding": {"severity": 2, "size_m": None}, "location": None}
    given = {"SIZE": "$size_m m", "BOTH": ["$size_m", "$severity"], "FLOOR": "$accuracy_m"}

    assert attribute_form(given, facts) == {"attribute[BOTH][]": ["2"]}


def test_what_the_routing_table_says_is_told_where_it_says_something() -> None:
    facts = {
        "case": {"class_code": {"code": "3301060208000012"}, "grid": None},
        "deadline": {"term": "8 working hours"},
    }

    assert routing_form(facts) == {
        "attribute[class_code]": "3301060208000012",
        "attribute[term]": "8 working hours",
    }
    assert routing_form({"case": {}, "deadline": None}) == {}
