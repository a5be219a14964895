"""Versions of models over HTTP: told, served, taken back, with an audit record."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api.audit.models import AuditRecord
from api.database import Database
from models.promotion import propose
from models.registry import load_model
from tests.conftest import SignIn

ROW = {
    "judged_set": "test",
    "name": "pothole",
    "variant": "fp32",
    "pictures": 80,
    "objects": 94,
    "current": 0.54,
    "candidate": 0.4,
    "loss": 0.14,
    "lower_bound": 0.05,
    "tolerance": 0.02,
    "verdict": "lost",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XUNJIAN_MODELS_DIR", str(tmp_path / "promoted"))
    return tmp_path / "promoted"


def _propose(root: Path, version: str, *, forced: bool = False) -> str:
    folder = root.parent / "candidates" / version / "road_damage"
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(version.encode())
    (folder / "card.md").write_text(f"# road_damage {version}\n\n<script>alert(1)</script>")
    classes = load_model("road_damage").classes
    described = {
        "model": "road_damage",
        "version": version,
        "input_size": 832,
        "classes": [one.model_dump() for one in classes],
    }
    (folder / "classes.json").write_text(json.dumps(described))
    record = propose(
        root,
        load_model("road_damage", "fp32", folder.parent),
        who="li",
        figures={"rows": [ROW] if forced else []},
        reason=None,
        forced=forced,
    )
    return str(record["folder"])


@pytest.fixture
def engineer(root: Path, sign_in: SignIn) -> httpx.Client:
    return sign_in("ml_engineer")


def _road_damage(client: httpx.Client) -> dict[str, Any]:
    items = client.get("/v1/models/versions").json()["items"]
    (found,) = (one for one in items if one["name"] == "road_damage")
    return dict(found)


def test_a_proposed_version_is_served_and_taken_back(
    engineer: httpx.Client, root: Path, database: Database
) -> None:
    before = _road_damage(engineer)
    assert [(one["id"], one["served"]) for one in before["versions"]] == [("shipped", True)]
    assert not before["restart_needed"]
    version = _propose(root, "9.0.0")
    body = {"version": version, "reason": "better at night"}
    served = engineer.put("/v1/models/road_damage/served", json=body)
    assert served.status_code == 200, served.text
    states = {one["id"]: one["served"] for one in served.json()["versions"]}
    assert states == {"shipped": False, version: True}
    assert served.json()["log"][0]["reason"] == "better at night"
    assert served.json()["log"][0]["who"].startswith("ml_engineer")
    assert load_model("road_damage").version == "9.0.0"
    again = engineer.put("/v1/models/road_damage/served", json=body)
    assert again.status_code == 409

    back = engineer.post("/v1/models/road_damage/rollback", json={"reason": "misses at dusk"})
    assert back.status_code == 200, back.text
    assert load_model("road_damage").version != "9.0.0"
    empty = engineer.post("/v1/models/road_damage/rollback", json={"reason": "once more"})
    assert empty.status_code == 409
    with database.read() as session:
        records = session.scalars(
            select(AuditRecord).where(AuditRecord.object_type == "model").order_by(AuditRecord.id)
        ).all()
    assert [(one.action, one.reason) for one in records] == [
        ("model.serve", "better at night"),
        ("model.rollback", "misses at dusk"),
    ]


def test_what_loses_needs_force_and_shows_why(engineer: httpx.Client, root: Path) -> None:
    version = _propose(root, "9.0.0", forced=True)
    (_, shown) = _road_damage(engineer)["versions"]
    assert shown["loses"]
    assert shown["rows"][0]["verdict"] == "lost"
    body: dict[str, Any] = {"version": version, "reason": "day only here"}
    refused = engineer.put("/v1/models/road_damage/served", json=body)
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("promotion-refused")
    assert load_model("road_damage").version != "9.0.0"
    forced = engineer.put("/v1/models/road_damage/served", json={**body, "force": True})
    assert forced.status_code == 200
    assert load_model("road_damage").version == "9.0.0"


def test_cards_are_read_and_nothing_else_is(engineer: httpx.Client, root: Path) -> None:
    version = _propose(root, "9.0.0")
    card = engineer.get(f"/v1/models/road_damage/versions/{version}/card")
    assert card.json()["markdown"].startswith("# road_damage 9.0.0")
    heading, paragraph = card.json()["nodes"]
    assert (heading["tag"], heading["children"][0]["text"]) == ("h1", "road_damage 9.0.0")
    assert paragraph["children"][0]["text"] == "<script>alert(1)</script>"
    shipped = engineer.get("/v1/models/road_damage/versions/shipped/card").json()
    assert "table" in {node["tag"] for node in shipped["nodes"]}
    for path in (
        "/v1/models/road_damage/versions/gone/card",
        "/v1/models/nothing/versions/shipped/card",
        "/v1/models/road_damage/versions/..%2F..%2Fetc/card",
        "/v1/models/..%2Fmodels/versions/shipped/card",
    ):
        assert engineer.get(path).status_code in (404, 422), path
    body = {"version": version, "reason": "why not"}
    assert engineer.put("/v1/models/nothing/served", json=body).status_code == 404
    gone = engineer.put("/v1/models/road_damage/served", json={**body, "version": "gone"})
    assert gone.status_code == 404


def test_an_operator_reads_and_changes_nothing(root: Path, sign_in: SignIn) -> None:
    version = _propose(root, "9.0.0")
    operator = sign_in("operator")
    assert _road_damage(operator)["versions"]
    body = {"version": version, "reason": "why not"}
    assert operator.put("/v1/models/road_damage/served", json=body).status_code == 403
    assert load_model("road_damage").version != "9.0.0"
