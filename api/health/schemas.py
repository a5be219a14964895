"""What the service says of itself."""

from datetime import datetime

from pydantic import BaseModel, Field

from models.descriptions import ModelClass
from models.registry import Model


class Alive(BaseModel):
    """The process lives."""

    status: str = Field(examples=["ok"])


class Ready(BaseModel):
    """Every part that frames need works."""

    status: str = Field(examples=["ready"])
    checks: dict[str, str] = Field(
        examples=[{"database": "ok", "objects": "ok", "inspections": "ok", "workers": "ok"}]
    )


class Time(BaseModel):
    """The service's clock."""

    now: datetime


class Deliveries(BaseModel):
    """Messages to departments, by where they stand."""

    delivered: int
    pending: int
    dead: int


class Queue(BaseModel):
    """Frames on their way through this process."""

    waiting: int
    workers: int


class Summary(BaseModel):
    """The counters of the page's header."""

    frames: int
    detections: int
    findings: dict[str, int] = Field(examples=[{"pending_review": 3, "confirmed": 1}])
    cases: dict[str, int] = Field(examples=[{"dispatched": 1}])
    deliveries: Deliveries
    queue: Queue


class LoadedModel(BaseModel):
    """A model that inspects frames now. `digest` is the SHA-256 of its ONNX file."""

    inspection: str = Field(examples=["road_damage"])
    name: str = Field(examples=["road_damage"])
    version: str = Field(examples=["1.0.0"])
    variant: str = Field(examples=["int8"])
    digest: str
    device: str = Field(examples=["cpu"])
    classes: list[ModelClass]

    @classmethod
    def of(cls, inspection: str, model: Model, device: str) -> "LoadedModel":
        """Return what the wire carries of a loaded model."""
        return cls(
            inspection=inspection,
            name=model.name,
            version=model.version,
            variant=model.variant,
            digest=model.digest,
            device=device,
            classes=list(model.classes),
        )


class LoadedModels(BaseModel):
    """The models that inspect frames now."""

    items: list[LoadedModel]
