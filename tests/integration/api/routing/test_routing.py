"""Where cases go when a city has a routing table, on both kinds of database."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.cases import service as cases
from api.cases.models import Case
from api.cases.service import SYSTEM, Report
from api.cases.states import CaseEvent, CaseState
from api.cases.waiting import send_now_received
from api.database import Database
from api.dispatch import destinations, policy
from api.dispatch.models import ClassPolicy, Destination
from api.dispatch.routing import Route, route_for
from api.errors import Conflict, NotFound, Unprocessable
from api.findings.states import FindingState
from api.grids import service as grids
from api.routing import service
from api.routing.models import RoutingTable
from tests.integration.api.dispatch.town import DIGEST, SEAL, Town, at_once
from tests.integration.api.routing.areas import import_areas

HEAD = """
name: test
admin: 330106
classes:
  - {inspection: road_damage, class: pothole, code: 02-080, label: {zh: 坑槽, en: Pothole}}
  - {inspection: road_damage, code: 02-081, label: {zh: 道路, en: Road}}
routes:
"""
NOWHERE = "http://127.0.0.1:1"
DAY = datetime.fromisoformat("2026-11-23T12:00+08:00")
NIGHT = datetime.fromisoformat("2026-11-23T23:00+08:00")


def load(database: Database, *routes: str) -> str:
    """Put a table with these routes in force; return its id."""
    lines = "".join(f"  - {{{route}}}\n" for route in routes)
    with database.write() as session:
        return service.load(session, text=HEAD + lines, actor="user:admin").id


@pytest.fixture
def departments(town: Town) -> dict[str, Destination]:
    """Give three departments; the first receives potholes by its classes."""
    return {
        "A": town.destination(NOWHERE, name="A", classes=("pothole",)),
        "B": town.destination(NOWHERE, name="B", classes=()),
        "C": town.destination(NOWHERE, name="C", classes=()),
    }


def ask(town: Town, at: datetime = DAY, **values: Any) -> Route | None:
    """Return where a new finding with these values goes."""
    with town.database.write() as session:
        finding = town.add_finding(session)
        for name, value in values.items():
            setattr(finding, name, value)
        return route_for(session, finding, at=at)


def reached(town: Town, **values: Any) -> str | None:
    """Return the name of the department that a new finding goes to."""
    route = ask(town, **values)
    return route.destination.name if route else None


def happen(town: Town, case_id: str, *events: CaseEvent) -> Case:
    """Let events happen to a case; return it."""
    with town.database.write() as session:
        case = cases.locked(session, case_id)
        for event in events:
            cases.change(session, case=case, report=Report(event, SYSTEM))
    return town.get(case_id)


def test_without_a_table_a_class_goes_to_who_receives_it(
    town: Town, departments: dict[str, Destination]
) -> None:
    route = ask(town)
    assert route is not None
    assert route.destination.name == "A"
    assert (route.term, route.code, route.grid, route.table_id) == (None, None, None, None)
    assert ask(town, class_name="crack") is None
    import_areas(town.database, street=(120.1, 30.2, 0.1))
    assert town.get(town.case()).grid_code == "street"


def test_code_severity_area_and_time_decide(
    town: Town, departments: dict[str, Destination]
) -> None:
    import_areas(town.database, west=(120.1, 30.2, 0.1), inner=(120.14, 30.24, 0.02))
    table = load(
        town.database,
        "name: danger, codes: [02-080], severity: [3, 4], grids: [west], department: B, term: 24h",
        'name: night, codes: ["02"], hours: ["20:00-06:00"], department: C, term: 2h',
        "name: rest, department: B, term: 3 working days",
    )
    route = ask(town, severity=3)
    assert route is not None
    assert (route.destination.name, str(route.term), route.name) == ("B", "24h", "danger")
    assert (route.code, route.grid, route.table_id) == ("33010602080", "inner", table)
    route = ask(town, severity=2, at=NIGHT)
    assert route is not None
    assert (route.destination.name, str(route.term), route.name) == ("C", "2h", "night")
    route = ask(town, severity=3, longitude=121.0)
    assert route is not None
    assert (route.name, route.grid) == ("rest", None)
    # What the table has no code for takes routes that ask for none.
    route = ask(town, inspection="crop_pest", latitude=None, longitude=None)
    assert route is not None
    assert (route.code, route.grid, route.name) == (None, None, "rest")


def test_a_duty_office_receives_what_is_found_on_a_holiday(
    town: Town, departments: dict[str, Destination]
) -> None:
    load(
        town.database,
        "name: duty, during: off_work, department: C",
        "name: office, during: work, department: B",
    )
    holiday = datetime.fromisoformat("2026-10-01T10:00+08:00")  # a Thursday
    made_up = datetime.fromisoformat("2026-10-10T10:00+08:00")  # a Saturday that is worked for it
    sunday = datetime.fromisoformat("2026-11-22T10:00+08:00")
    closing = datetime.fromisoformat("2026-11-23T18:00+08:00")
    days = [holiday, made_up, sunday, DAY.replace(hour=10), closing]
    assert [reached(town, at=day) for day in days] == ["C", "B", "C", "B", "C"]


def test_a_case_waits_for_the_time_at_which_somebody_receives_it(
    town: Town, departments: dict[str, Destination], monkeypatch: pytest.MonkeyPatch
) -> None:
    load(town.database, 'name: day, codes: ["02"], hours: ["06:00-20:00"], department: B')
    monkeypatch.setattr("api.cases.routing.now", lambda: NIGHT)
    case_id = town.case(class_name="crack")
    assert send_now_received(town.database) == 0
    assert town.get(case_id).state == CaseState.OPENED
    monkeypatch.setattr("api.cases.routing.now", lambda: DAY)
    assert send_now_received(town.database) == 1
    case = town.get(case_id)
    assert (case.state, case.destination_id) == (CaseState.DISPATCHING, departments["B"].id)
    assert send_now_received(town.database) == 0


def test_what_the_table_is_silent_of_goes_by_class(
    town: Town, departments: dict[str, Destination]
) -> None:
    table = load(town.database, "name: cracks, codes: [02-081], department: B")
    route = ask(town)
    assert route is not None
    assert (route.destination.name, route.name, route.term) == ("A", None, None)
    assert (route.code, route.table_id) == ("33010602080", table)
    assert reached(town, class_name="crack") == "B"


def test_a_department_that_the_finding_names_receives_it(
    town: Town, departments: dict[str, Destination]
) -> None:
    load(
        town.database,
        "name: b, department: B, term: 1h",
        "name: c, department: C, term: 2h",
        "name: anyone, term: 3h",
    )
    route = ask(town, destination_id=departments["C"].id)
    assert route is not None
    assert (route.destination.name, str(route.term), route.name) == ("C", "2h", "c")
    with town.database.write() as session:
        session.get_one(Destination, departments["C"].id).name = "C under another name"
    route = ask(town, destination_id=departments["C"].id)
    assert route is not None
    assert route.name == "c"
    route = ask(town, destination_id=departments["A"].id)
    assert route is not None
    assert (route.destination.name, str(route.term), route.name) == ("A", "3h", "anyone")


def test_a_disabled_department_is_waited_for(
    town: Town, departments: dict[str, Destination]
) -> None:
    load(town.database, "name: b, department: B", "name: c, department: C")
    with town.database.write() as session:
        destinations.disable(
            session, destination_id=departments["B"].id, reason="410", actor="system"
        )
    assert ask(town) is None
    case_id = town.case()
    assert town.get(case_id).state == CaseState.OPENED
    with town.database.write() as session:
        destinations.update(
            session,
            seal=SEAL,
            destination_id=departments["B"].id,
            values={"enabled": True},
            actor="user:admin",
        )
    case = town.get(case_id)
    assert (case.state, case.destination_id) == (CaseState.DISPATCHING, departments["B"].id)


def test_a_case_is_called_as_the_table_says(
    town: Town, departments: dict[str, Destination]
) -> None:
    import_areas(town.database, street=(120.1, 30.2, 0.1), block=(120.14, 30.24, 0.02))
    table = load(town.database, "name: b, department: B, term: 24h")
    first, second = town.get(town.case()), town.get(town.case())
    assert (first.class_code, first.class_sequence) == ("33010602080", 1)
    assert (second.class_code, second.class_sequence) == ("33010602080", 2)
    assert (first.grid_code, first.routing_id) == ("block", table)
    (message,) = town.messages(first.id)
    said = message.payload["case"]
    assert said["class_code"] == {
        "code": "3301060208000001",
        "class_code": "33010602080",
        "label_zh": "坑槽",
        "label_en": "Pothole",
    }
    assert said["grid"] == {"code": "block", "name": "area block"}


def test_a_case_that_nobody_receives_is_called_too_and_sent_by_the_next_table(
    town: Town, departments: dict[str, Destination]
) -> None:
    load(town.database, "name: none, codes: [02-080], department: B")
    case = town.get(town.case(class_name="crack"))
    assert (case.state, case.class_code) == (CaseState.OPENED, "33010602081")
    table = load(town.database, 'name: all, codes: ["02"], department: C')
    sent = town.get(case.id)
    assert (sent.state, sent.destination_id) == (CaseState.DISPATCHING, departments["C"].id)
    assert (sent.class_sequence, sent.routing_id) == (case.class_sequence, table)


def test_a_case_sent_back_goes_to_the_next_department_and_then_to_a_person(
    town: Town, departments: dict[str, Destination]
) -> None:
    load(town.database, "name: b, department: B", "name: c, department: C")
    case_id = town.case()
    case = happen(town, case_id, CaseEvent.DELIVERED, CaseEvent.RETURN)
    assert (case.state, case.destination_id) == (CaseState.DISPATCHING, departments["C"].id)
    case = happen(town, case_id, CaseEvent.DELIVERED, CaseEvent.RETURN)
    # A receives the class by itself, and is the last that there is.
    assert (case.state, case.destination_id) == (CaseState.DISPATCHING, departments["A"].id)
    case = happen(town, case_id, CaseEvent.DELIVERED, CaseEvent.RETURN)
    assert case.state == CaseState.RETURNED
    names = {each.id: name for name, each in departments.items()}
    assert [names[each.destination_id] for each in town.messages(case_id)] == ["B", "C", "A"]
    town.enter(case_id, CaseEvent.SEND)
    case = town.get(case_id)
    assert (case.state, case.destination_id) == (CaseState.DISPATCHING, departments["B"].id)


def test_a_person_chooses_a_department(town: Town, departments: dict[str, Destination]) -> None:
    case_id = town.case()
    happen(town, case_id, CaseEvent.DELIVERED, CaseEvent.RETURN)
    assert town.get(case_id).state == CaseState.RETURNED

    def send(destination_id: str) -> None:
        with town.database.write() as session:
            case = cases.locked(session, case_id)
            report = Report(CaseEvent.SEND, "user:tester", destination_id=destination_id)
            cases.enter(session, case=case, report=report)

    with pytest.raises(NotFound):
        send("nobody")
    with town.database.write() as session:
        destinations.disable(
            session, destination_id=departments["B"].id, reason="410", actor="system"
        )
    with pytest.raises(Conflict):
        send(departments["B"].id)
    assert town.get(case_id).state == CaseState.RETURNED
    send(departments["C"].id)
    case = town.get(case_id)
    assert (case.state, case.destination_id) == (CaseState.DISPATCHING, departments["C"].id)
    with town.database.read() as session:
        records = session.scalars(select(AuditRecord).where(AuditRecord.action == "case.send"))
        assert [record.after for record in records][-1] == {
            "state": "dispatching",
            "destination_id": departments["C"].id,
        }


def test_a_repair_that_failed_goes_back_to_who_has_it(
    town: Town, departments: dict[str, Destination]
) -> None:
    load(town.database, "name: b, department: B", "name: c, department: C")
    case_id = town.case()
    claimed = (CaseEvent.DELIVERED, CaseEvent.CLAIM_DONE)
    happen(town, case_id, CaseEvent.DELIVERED, CaseEvent.RETURN, *claimed)
    case = happen(town, case_id, CaseEvent.FAIL)
    assert (case.state, case.destination_id) == (CaseState.DISPATCHING, departments["C"].id)


def test_a_table_that_moves_a_class_moves_what_could_not_be_delivered(
    town: Town, departments: dict[str, Destination]
) -> None:
    load(town.database, "name: b, department: B")
    stuck, with_b = town.case(), town.case()
    happen(town, stuck, CaseEvent.UNDELIVERABLE)
    happen(town, with_b, CaseEvent.DELIVERED)
    load(town.database, "name: b, department: B, term: 2h")
    assert town.get(stuck).state == CaseState.UNDELIVERABLE
    load(town.database, "name: c, department: C")
    assert town.get(stuck).destination_id == departments["C"].id
    case = town.get(with_b)
    assert (case.state, case.destination_id) == (CaseState.DISPATCHED, departments["B"].id)


def allow(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a policy send potholes unreviewed, whatever the reviews say."""
    monkeypatch.setattr(policy.Precision, "meets", lambda *_: True)
    with town.database.write() as session:
        session.add(
            ClassPolicy(
                inspection="road_damage",
                class_name="pothole",
                min_confidence=0.5,
                min_looks=1,
                required_precision=0.5,
                reason="for the test",
                written_by="user:tester",
            )
        )


def test_no_policy_stands_in_where_the_table_asks_for_a_person(
    town: Town, departments: dict[str, Destination], monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(town, monkeypatch)

    def consider(severity: int) -> Case | None:
        with town.database.write() as session:
            finding = town.add_finding(session, state=FindingState.PENDING_REVIEW, digest=DIGEST)
            finding.severity = severity
            return policy.consider(session, finding=finding)

    load(
        town.database,
        "name: danger, severity: [4], department: B, review: always",
        "name: rest, department: B",
    )
    assert consider(4) is None
    case = consider(3)
    assert case is not None
    assert case.opened_by.startswith("policy:")


def test_names_must_exist_and_nothing_changes_if_not(
    town: Town, departments: dict[str, Destination]
) -> None:
    table = load(town.database, "name: b, department: B")
    with pytest.raises(Unprocessable) as caught:
        load(town.database, "name: x, department: X, grids: [here]")
    assert [error["location"] for error in caught.value.extra["errors"]] == ["department", "grids"]
    with town.database.read() as session:
        found = service.VERSIONS.in_force(session)
        assert found is not None
        assert found.id == table


def test_areas_come_go_and_stay(town: Town, departments: dict[str, Destination]) -> None:
    import_areas(town.database, a=(120.0, 30.0, 0.5), b=(120.1, 30.2, 0.1))
    load(town.database, "name: b, grids: [b], department: B")

    def holding(latitude: float, longitude: float) -> list[str]:
        with town.database.read() as session:
            return [grid.code for grid in grids.holding(session, latitude, longitude)]

    assert holding(30.25, 120.15) == ["b", "a"]
    assert holding(30.2, 120.1) == ["b", "a"], "a corner belongs to it"
    assert holding(30.1, 120.05) == ["a"]
    assert holding(31.0, 120.05) == []
    with pytest.raises(Conflict, match="names b"):
        import_areas(town.database, a=(120.0, 30.0, 0.5))
    assert holding(30.25, 120.15) == ["b", "a"]
    with town.database.read() as session:
        before = {grid.code: grid.id for grid in grids.in_force(session)}
    import_areas(town.database, b=(120.1, 30.2, 0.1), c=(120.14, 30.24, 0.02))
    with town.database.read() as session:
        after = {grid.code: grid.id for grid in grids.in_force(session)}
        assert grids.names(session, ["a", "b", "never"]) == {"a": "area a", "b": "area b"}
    assert after.keys() == {"b", "c"}
    assert after["b"] == before["b"], "an area that stays the same is left alone"
    assert holding(30.25, 120.15) == ["c", "b"]


def test_sequences_end_and_begin_again(
    town: Town, departments: dict[str, Destination], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.routing.codes.LAST_SEQUENCE", 2)
    load(town.database, "name: b, department: B")
    sequences = [town.get(town.case()).class_sequence for _ in range(3)]
    assert sequences == [1, 2, 1]


def test_of_two_imports_at_once_each_area_stays_one(town: Town) -> None:
    def bring() -> None:
        import_areas(town.database, a=(120.0, 30.0, 0.5), b=(120.1, 30.2, 0.1))

    results = at_once(bring, 4)
    assert all(result is None or isinstance(result, Conflict) for result in results), results
    with town.database.read() as session:
        assert [grid.code for grid in grids.in_force(session)] == ["a", "b"]


def test_of_two_tables_at_once_one_is_in_force(
    town: Town, departments: dict[str, Destination]
) -> None:
    case_id = town.case(class_name="crack")
    results = at_once(lambda: load(town.database, "name: b, department: B"), 4)
    assert any(isinstance(result, str) for result in results)
    assert all(isinstance(result, str | Conflict) for result in results), results
    with town.database.read() as session:
        query = select(RoutingTable.id).where(RoutingTable.ended_at.is_(None))
        assert len(session.scalars(query).all()) == 1
    assert len(town.messages(case_id)) == 1
