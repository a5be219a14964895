"""Finds a model's folder and checks what lies in it before anything is loaded from it."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import ModelInvalid, ModelNotFound

Variant = Literal["fp32", "int8"]

_FILES: dict[Variant, str] = {"fp32": "model.onnx", "int8": "model.int8.onnx"}
_NON_EMPTY = Annotated[str, Field(min_length=1)]


class ModelClass(BaseModel):
    """One class that a model tells apart.

    Attributes:
        name: Stable identifier, used on the wire.
        label_zh: What operators read in Chinese.
        label_en: What operators read in English.
        group: Classes of one group describe the same kind of problem and gather in one finding.
        threshold: Operating point: detections with a lower score (0 to 1) are not reported.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: _NON_EMPTY
    label_zh: _NON_EMPTY
    label_en: _NON_EMPTY
    group: _NON_EMPTY
    threshold: Annotated[float, Field(ge=0, le=1)]


class _ClassesFile(BaseModel):
    model: _NON_EMPTY
    version: _NON_EMPTY
    input_size: Annotated[int, Field(ge=32, le=4096, multiple_of=32)]
    classes: Annotated[tuple[ModelClass, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Model:
    """A checked model on disk.

    Attributes:
        name: Name of the model, equal to its folder's.
        version: Version written in `classes.json`.
        variant: Which of the exported files `path` is.
        path: The ONNX file.
        digest: SHA-256 of the ONNX file, lower-case hexadecimal; every detection is traced to it.
        input_size: Long side of the letterboxed input in pixels.
        classes: Classes in the order of the model's class index.
        folder: The model's folder.
    """

    name: str
    version: str
    variant: Variant
    path: Path
    digest: str
    input_size: int
    classes: tuple[ModelClass, ...]
    folder: Path

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """Class names in the order of the model's class index."""
        return tuple(c.name for c in self.classes)

    @cached_property
    def class_groups(self) -> dict[str, str]:
        """Group of each class name."""
        return {c.name: c.group for c in self.classes}


def load_model(
    name: str, variant: Variant | Literal["auto"] = "auto", root: Path | None = None
) -> Model:
    """Find a model and check its files.

    Args:
        name: Folder name, e.g. `road_damage`.
        variant: `int8`, `fp32`, or `auto`: INT8 where the model ships it, else FP32.
        root: Folder that holds the models; by default the one of this package.

    Returns:
        The model; nothing is loaded into memory yet.

    Raises:
        ModelNotFound: No such model, or not in that variant.
        ModelInvalid: A file is empty, unreadable or contradicts the others.
    """
    root = root or Path(__file__).parent
    folder = root / name
    card = folder / "classes.json"
    if Path(name).name != name or not card.is_file():
        known = sorted(p.parent.name for p in root.glob("*/classes.json"))
        raise ModelNotFound(
            f"no model {name!r} in {root}",
            hint=f"Known models: {', '.join(known) or 'none'}.",
        )
    classes = _read_classes(card, name)
    if variant == "auto":
        variant = "int8" if (folder / _FILES["int8"]).is_file() else "fp32"
    path = folder / _FILES[variant]
    if not path.is_file():
        raise ModelNotFound(
            f"model {name!r} has no {variant} variant: {path} is missing",
            hint=f"Export it: xunjian export {name} --weights FILE.",
        )
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Model(
        name=name,
        version=classes.version,
        variant=variant,
        path=path,
        digest=digest,
        input_size=classes.input_size,
        classes=classes.classes,
        folder=folder,
    )


def _read_classes(card: Path, name: str) -> _ClassesFile:
    try:
        classes = _ClassesFile.model_validate_json(card.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ModelInvalid(f"{card}: {where}: {first['msg']}") from error
    if classes.model != name:
        raise ModelInvalid(f"{card} describes {classes.model!r}, not {name!r}")
    names = [c.name for c in classes.classes]
    if len(set(names)) != len(names):
        raise ModelInvalid(f"{card}: class names repeat: {', '.join(names)}")
    return classes
