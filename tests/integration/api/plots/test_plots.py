"""Plots over HTTP: made, changed, their cameras, stages and traps."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.database import Database
from tests.conftest import MakeCamera, SignIn, sqlite_only
from tests.integration.api.plots.conftest import PLOT, Farm


def _actions(database: Database, plot_id: str) -> list[str]:
    with database.read() as session:
        return list(
            session.scalars(
                select(AuditRecord.action)
                .where(AuditRecord.object_id == plot_id)
                .order_by(AuditRecord.id)
            )
        )


def test_a_plot_is_made_changed_and_told_of_in_the_audit_record(
    farm: Farm, database: Database
) -> None:
    operator, path = farm.operator, farm.path
    changed = operator.patch(
        path,
        json={"hills_per_m2": 22.5, "polygon": [[30.27, 120.15], [30.28, 120.15], [30.28, 120.16]]},
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["hills_per_m2"] == 22.5
    assert operator.patch(path, json={"polygon": None}).json()["polygon"] is None
    assert operator.patch(path, json={"disabled": True}).json()["disabled_at"]
    assert operator.patch(path, json={"disabled": False}).json()["disabled_at"] is None
    assert operator.patch(path, json={}).json()["name"] == farm.plot["name"]
    shown = operator.get(path).json()
    assert [(view["kind"], view["ground_m2"], view["traps"]) for view in shown["views"]] == [
        ("close", 0.5, None),
        ("trap", None, 2),
    ]
    (listed,) = operator.get("/v1/plots").json()["items"]
    assert listed["id"] == shown["id"]
    assert _actions(database, shown["id"]) == [
        "plot.create",
        "plot.add_view",
        "plot.add_view",
        *["plot.update"] * 4,
    ]


def test_growth_stages_are_put_changed_and_taken_away(farm: Farm, database: Database) -> None:
    operator, path = farm.operator, farm.path
    operator.put(f"{path}/stages/2026-07-20", json={"stage": "booting", "note": "田间确认"})
    put = operator.put(f"{path}/stages/2026-07-01", json={"bbch": 25})
    assert [(one["since"], one["bbch"], one["stage"]) for one in put.json()["stages"]] == [
        ("2026-07-01", 25, "tillering"),
        ("2026-07-20", 40, "booting"),
    ]
    assert put.json()["stages"][1]["label_zh"] == "孕穗期"
    operator.put(f"{path}/stages/2026-07-01", json={"bbch": 25})  # again: nothing changes
    operator.put(f"{path}/stages/2026-07-01", json={"bbch": 29})
    for _ in range(2):
        assert operator.delete(f"{path}/stages/2026-07-20").status_code == 204
    assert [one["bbch"] for one in operator.get(path).json()["stages"]] == [29]
    assert _actions(database, farm.plot["id"])[3:] == [
        "plot.put_stage",
        "plot.put_stage",
        "plot.put_stage",
        "plot.delete_stage",
    ]


def test_changes_of_traps_are_noted_once(farm: Farm) -> None:
    operator, path = farm.operator, f"{farm.path}/trap-services"
    body = {"camera_id": farm.trap_id, "changed_at": "2026-07-06T09:00:00+08:00", "note": "换板"}
    for _ in range(2):
        noted = operator.post(path, json=body)
        assert noted.status_code == 201, noted.text
    (service,) = noted.json()["trap_services"]
    assert service["changed_at"] == "2026-07-06T01:00:00Z"
    assert operator.post(path, json={"camera_id": farm.close_id}).status_code == 404
    late = {"camera_id": farm.trap_id, "changed_at": "2999-01-01T00:00:00Z"}
    assert operator.post(path, json=late).status_code == 422
    for _ in range(2):
        assert operator.delete(f"{path}/{service['id']}").status_code == 204
    assert operator.get(farm.path).json()["trap_services"] == []


def test_a_camera_looks_at_one_plot_at_a_time(
    make_farm: Callable[..., Farm], make_camera: MakeCamera
) -> None:
    east, west = make_farm("east"), make_farm("west")
    view = {"camera_id": east.close_id, "kind": "close", "ground_m2": 1}
    refused = west.operator.post(f"{west.path}/views", json=view)
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:xunjian:problem:view-overlaps"
    old = f"{east.path}/views/{east.plot['views'][0]['id']}"
    ended = east.operator.patch(old, json={"until": "2026-06-01T00:00:00Z", "ground_m2": 0.4})
    assert ended.json()["views"][0]["until"] == "2026-06-01T00:00:00Z"
    moved = west.operator.post(f"{west.path}/views", json=view | {"since": "2026-06-01T00:00:00Z"})
    assert moved.status_code == 201
    # Making the old one endless again would overlap.
    assert east.operator.patch(old, json={"until": None}).status_code == 409
    assert west.operator.patch(old.replace(east.path, west.path), json={}).status_code == 404
    assert east.operator.patch(old, json={"traps": 3}).status_code == 422
    backwards = {"camera_id": make_camera().id, "kind": "trap", "traps": 1}
    backwards |= {"since": "2026-06-01T00:00:00Z", "until": "2026-05-01T00:00:00Z"}
    assert west.operator.post(f"{west.path}/views", json=backwards).status_code == 422


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"area_ha": 0},
        {"latitude": 91},
        {"longitude": None},
        {"crop": "wheat"},
        {"hills_per_m2": -1},
        {"polygon": [[30, 120], [30, 121]]},
        {"polygon": [[120, 30], [121, 30], [121, 31]]},
        {"colour": "green"},
    ],
)
@sqlite_only
def test_a_plot_that_makes_no_sense_is_refused(sign_in: SignIn, changes: dict[str, Any]) -> None:
    operator = sign_in("operator")
    assert operator.post("/v1/plots", json=PLOT | changes).status_code == 422
    assert operator.get("/v1/plots").json()["items"] == []


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("views", {"kind": "close"}),
        ("views", {"kind": "close", "ground_m2": 1, "traps": 1}),
        ("views", {"kind": "trap", "ground_m2": 1}),
        ("views", {"kind": "trap", "traps": 0}),
        ("views", {"kind": "close", "ground_m2": 1, "since": "2026-01-01T00:00:00"}),
    ],
)
@sqlite_only
def test_a_view_that_makes_no_sense_is_refused(
    farm: Farm, make_camera: MakeCamera, what: str, body: dict[str, Any]
) -> None:
    body = {"camera_id": make_camera().id} | body
    assert farm.operator.post(f"{farm.path}/{what}", json=body).status_code == 422


@pytest.mark.parametrize("body", [{}, {"bbch": 100}, {"bbch": 45, "stage": "booting"}])
@sqlite_only
def test_a_stage_that_makes_no_sense_is_refused(farm: Farm, body: dict[str, Any]) -> None:
    assert farm.operator.put(f"{farm.path}/stages/2026-07-01", json=body).status_code == 422
    assert farm.operator.put(f"{farm.path}/stages/July", json={"bbch": 45}).status_code == 422


def test_names_are_given_once_and_unknown_things_are_not_found(
    farm: Farm, make_farm: Callable[..., Farm]
) -> None:
    west, operator = make_farm("west"), farm.operator
    assert operator.post("/v1/plots", json=PLOT).status_code == 409
    taken = operator.patch(west.path, json={"name": PLOT["name"]})
    assert taken.json()["type"] == "urn:xunjian:problem:name-taken"
    assert operator.get("/v1/plots/nothing").status_code == 404
    unknown = {"camera_id": "nothing", "kind": "trap", "traps": 1}
    assert operator.post(f"{farm.path}/views", json=unknown).status_code == 404


@sqlite_only
def test_people_see_the_plots_of_their_cameras(
    farm: Farm, make_farm: Callable[..., Farm], sign_in: SignIn
) -> None:
    foreign = make_farm("west")
    person = sign_in("operator", camera_ids=[farm.close_id])
    assert [one["id"] for one in person.get("/v1/plots").json()["items"]] == [farm.plot["id"]]
    assert person.get(farm.path).status_code == 200
    for path in ("", "/series?pest=leaf_folder", "/greenness", "/counts"):
        assert person.get(farm.path + path).status_code == 200
        assert person.get(foreign.path + path).status_code == 404
    view = {"camera_id": foreign.close_id, "kind": "trap", "traps": 1}
    assert person.post(f"{farm.path}/views", json=view).status_code == 404
    assert person.put(f"{foreign.path}/stages/2026-07-01", json={"bbch": 45}).status_code == 404
    assert person.patch(foreign.path, json={"area_ha": 2}).status_code == 404
