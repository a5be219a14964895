"""GeoReport in both its formats, with attributes, against departments of both kinds."""

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.cases.states import CaseState
from api.dispatch import destinations
from api.dispatch.connectors.wire import open_client
from api.dispatch.destinations import Trial
from api.dispatch.models import Destination, DestinationKind, Outcome
from api.errors import Unprocessable
from api.open311.spark import Format, write
from tests.conftest import serving, sqlite_only
from tests.integration.api.dispatch.town import SEAL, SOURCE, Department, Town

_OPEN311 = DestinationKind.OPEN311
DEFINITION = {
    "service_code": "SIZES",
    "attributes": [
        {
            "variable": True,
            "code": "WHERE",
            "datatype": "singlevaluelist",
            "required": True,
            "description": "Where is it?",
            "values": [{"key": "ROAD", "name": "Road"}, {"key": "WALK", "name": "Footway"}],
        },
        {"variable": True, "code": "NOTE", "datatype": "text", "required": False, "values": []},
        {"variable": False, "code": "TERM", "datatype": "text", "required": True, "values": []},
    ],
}


@pytest.mark.parametrize("answer_format", Format)
@pytest.mark.parametrize("gives_tokens", [False, True])
def test_a_case_goes_and_its_status_comes(
    town: Town,
    make_department: Callable[..., Department],
    answer_format: Format,
    gives_tokens: bool,
) -> None:
    department = make_department(gives_tokens=gives_tokens)
    town.destination(department.url, kind=_OPEN311, settings={"format": answer_format})
    case_id = town.case()
    town.send_all()
    (work,) = department.received()
    poller = town.poller()
    poller.run_once()

    assert town.get(case_id).external_id == work["number"]
    department.say(work["number"], "done")
    assert poller.run_once() == 1
    assert town.get(case_id).state == CaseState.VERIFYING


@sqlite_only
def test_in_doubt_an_xml_list_is_searched_as_well(
    town: Town, make_department: Callable[..., Department]
) -> None:
    department = make_department(knows_keys=False)
    town.destination(
        department.url, kind=_OPEN311, settings={"after_doubt": "search", "format": "xml"}
    )
    department.behave("take_and_fail")
    case_id = town.case()
    sender = town.sender()

    sender.run_once()
    town.clock.advance(90)
    sender.run_once()

    assert len(department.received()) == 1
    assert [d.outcome for d in town.deliveries(case_id)] == [Outcome.RETRY, Outcome.DELIVERED]


@sqlite_only
def test_attributes_are_filled_in_as_the_department_asks(
    town: Town, department: Department
) -> None:
    given = {
        "WHERE": "ROAD",
        "TEXT": "$class of severity $severity, $size_m m, for $$1",
        "TAGS": ["$inspection", "camera"],
        "UNKNOWN": "floor $accuracy_m",
    }
    town.destination(department.url, kind=_OPEN311, settings={"attributes": {"pothole": given}})
    town.case()

    town.send_all()

    (work,) = department.received()
    form = work["content"]
    assert form["attribute[WHERE]"] == "ROAD"
    assert form["attribute[TEXT]"] == "pothole of severity 3, 0.6 m, for $1"
    assert form["attribute[TAGS][]"] == "camera", "the last of several in the sandbox's book"
    assert form["attribute[UNKNOWN]"] == "floor 2.5"
    assert form["attribute[case_id]"] == work["case_id"]


@sqlite_only
@pytest.mark.parametrize("value", ["$nonsense", "costs 5$", ["$severity", "${looks"]])
def test_an_attribute_that_could_never_be_filled_in_is_refused(
    town: Town, department: Department, value: object
) -> None:
    settings = {"attributes": {"pothole": {"WHERE": value}}}

    with pytest.raises(Unprocessable, match="attributes"):
        town.destination(department.url, kind=_OPEN311, settings=settings)


@pytest.fixture
def try_against(tmp_path: Path) -> Callable[..., Trial]:
    """Give a function that tries settings against a department that defines its services."""

    def answer(request: Request, root: str, value: object) -> Response:
        return Response(write(Format(request.url.path[-4:].strip(".")), root, value))

    async def services(request: Request) -> Response:
        listed = [
            {"service_code": "SIZES", "metadata": True, "type": "batch"},
            {"service_code": "PLAIN", "metadata": False, "type": "realtime"},
            {"service_code": "HOLE", "metadata": False, "type": "blackbox"},
        ]
        return answer(request, "services", listed)

    async def definition(request: Request) -> Response:
        return answer(request, "service_definition", DEFINITION)

    department = Starlette(
        routes=[
            Route(path + each, endpoint)
            for each in Format
            for path, endpoint in (("/services.", services), ("/services/SIZES.", definition))
        ]
    )

    def attempt(settings: dict[str, object]) -> Trial:
        with serving(department) as url, open_client(5.0) as client:
            destination = Destination(
                id="d", name="d", kind=_OPEN311, url=url, settings=settings, classes=[]
            )
            return destinations.trial(
                destination,
                seal=SEAL,
                source=SOURCE,
                client=client,
                timeout_s=5.0,
                drop_dir=tmp_path,
            )

    return attempt


@pytest.mark.parametrize("answer_format", Format)
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"service_codes": {"crack": "PLAIN"}}, None),
        (
            {
                "service_codes": {"a": "SIZES"},
                "attributes": {"a": {"WHERE": "ROAD", "NOTE": "$looks"}},
            },
            None,
        ),
        ({"service_codes": {"a": "OTHER"}}, "no service_code OTHER"),
        ({"attributes": {"pothole": {}}}, "no service_code pothole"),
        ({"service_codes": {"a": "SIZES"}}, "attribute WHERE is required: Where is it?"),
        (
            {"service_codes": {"a": "SIZES"}, "attributes": {"a": {"WHERE": "SEA"}}},
            "attribute WHERE is one of ROAD, WALK, not SEA",
        ),
        (
            {"service_codes": {"a": "SIZES"}, "attributes": {"a": {"WHERE": "ROAD", "X": "1"}}},
            "there is no attribute X",
        ),
        ({"service_codes": {"a": "HOLE"}}, "HOLE is a blackbox"),
    ],
)
def test_the_test_button_compares_codes_and_attributes(
    try_against: Callable[..., Trial],
    settings: dict[str, object],
    said: str | None,
    answer_format: Format,
) -> None:
    trial = try_against({**settings, "format": answer_format})

    assert trial.ok == (said is None), trial.detail
    assert (said or "3 services") in trial.detail
