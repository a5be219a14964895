"""Lorries and a car pass a checkpoint."""

from api.demo.act import Act
from api.demo.town import Town

_REGISTER = "Failed emission test"
_OFFICE = "Ecology and environment bureau (webhook)"
_RULES = f"""
name: Rules of the demonstration
time_zone: Asia/Shanghai
sites:
  east_gate:
    cameras: [east gate 1]
rules:
  - code: emissions_failed
    label: {{zh: 排放检验不合格车辆, en: Failed its emission test}}
    severity: 3
    department: {_OFFICE}
    window: day
    when:
      type: register
      register: {_REGISTER}
      similar: review
  - code: black_smoke
    label: {{zh: 冒黑烟车辆, en: Black smoke}}
    severity: 3
    department: {_OFFICE}
    window: day
    when:
      type: black_smoke
      min_score: 0.4
      frames: 2
"""


class Checkpoint(Act):
    """A register names one lorry, another smokes, and of a car that breaks no rule nothing stays.

    The register is the `register.csv` that lies beside the frames.
    """

    inspection = "checkpoint_vehicle"
    scene = "checkpoint"
    telling = "vehicles pass the checkpoint"

    def set_up(self, town: Town, rows: list[dict[str, str]]) -> str:
        """Register the camera, the office, the register and the rules."""
        gateway_id, token = town.gateway("east gate")
        for name in {row["camera"] for row in rows}:
            town.create(
                "/v1/cameras",
                {
                    "name": name,
                    "kind": "checkpoint",
                    "gateway_id": gateway_id,
                    "inspections": [self.inspection],
                    "latitude": 30.262,
                    "longitude": 120.171,
                    "heading_deg": 90.0,
                },
            )
        town.office(_OFFICE)
        register = town.create("/v1/registers", {"name": _REGISTER, "kind": "emissions"})
        town.send(
            "POST",
            f"/v1/registers/{register['id']}/entries?mode=replace",
            (self.folder / "register.csv").read_bytes(),
            "text/csv",
        )
        town.send("PUT", "/v1/rules", _RULES.encode(), "application/yaml")
        return token
