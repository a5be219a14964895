"""Finds a model's folder and checks what lies in it before anything is loaded from it."""

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import ModelInvalid, ModelNotFound

Variant = Literal["fp32", "int8"]

MODELS_DIR = "XUNJIAN_MODELS_DIR"
"""Environment variable: folder of promoted models. What is not in it is as Xunjian ships it."""
PROMOTED = "promoted.json"
"""Names, in a model's folder, the version in `versions/` that is served instead of the folder's."""
VERSIONS = "versions"

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


class _Promoted(BaseModel):
    folder: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]*$")] | None


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


class _ReaderFile(BaseModel):
    model: _NON_EMPTY
    version: _NON_EMPTY
    charset: _NON_EMPTY
    colors: Annotated[tuple[_NON_EMPTY, ...], Field(min_length=1)]
    threshold: Annotated[float, Field(ge=0, le=1)]
    temperature: Annotated[float, Field(gt=0)]


@dataclass(frozen=True)
class Reader:
    """A checked model that reads text instead of finding objects.

    Attributes:
        name: Name of the model, equal to its folder's.
        version: Version written in `reader.json`.
        path: The ONNX file.
        digest: SHA-256 of the ONNX file, lower-case hexadecimal.
        charset: Characters in the order of the model's output.
        colors: Colours in the order of the model's output.
        threshold: Operating point: a text of a lower score (0 to 1) is not reported.
        temperature: What log probabilities are divided by, so that scores say how often a text is
            right (C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017).
        folder: The model's folder.
        variant: Which of the exported files `path` is: readers have one.
    """

    name: str
    version: str
    path: Path
    digest: str
    charset: str
    colors: tuple[str, ...]
    threshold: float
    temperature: float
    folder: Path
    variant: Variant = "fp32"


def load_model(
    name: str, variant: Variant | Literal["auto"] = "auto", root: Path | None = None
) -> Model:
    """Find a model and check its files.

    Args:
        name: Folder name, e.g. `road_damage`.
        variant: `int8`, `fp32`, or `auto`: INT8 where the model ships it, else FP32.
        root: Folder that holds the models; by default the one that `XUNJIAN_MODELS_DIR` names, and
            for models that are not in it the one of this package.

    Returns:
        The model; nothing is loaded into memory yet. Once promoted, a version's files never
        change, so that what is found here stays whole whatever is promoted later.

    Raises:
        ModelNotFound: No such model, or not in that variant.
        ModelInvalid: A file is empty, unreadable or contradicts the others.
    """
    folder = _served_folder(name, root)
    card = folder / "classes.json"
    classes = _read_classes(card, name)
    if variant == "auto":
        variant = "int8" if (folder / _FILES["int8"]).is_file() else "fp32"
    path = folder / _FILES[variant]
    if not path.is_file():
        raise ModelNotFound(
            f"model {name!r} has no {variant} variant: {path} is missing",
            hint=f"Export it: xunjian export {name} --weights FILE.",
        )
    return Model(
        name=name,
        version=classes.version,
        variant=variant,
        path=path,
        digest=_digest(path),
        input_size=classes.input_size,
        classes=classes.classes,
        folder=folder,
    )


def load_reader(name: str, root: Path | None = None) -> Reader:
    """Find a reader, a model described by `reader.json`, and check its files.

    Args:
        name: Folder name, e.g. `plate_reader`.
        root: Folder that holds the models; by default the one of this package.

    Returns:
        The reader; nothing is loaded into memory yet.

    Raises:
        ModelNotFound: There is no such reader.
        ModelInvalid: A file is empty, unreadable or contradicts the others.
    """
    root = root or Path(__file__).parent
    folder = root / name
    card, path = folder / "reader.json", folder / _FILES["fp32"]
    if Path(name).name != name or not (card.is_file() and path.is_file()):
        known = sorted(p.parent.name for p in root.glob("*/reader.json"))
        raise ModelNotFound(
            f"no reader {name!r} in {root}",
            hint=f"Known readers: {', '.join(known) or 'none'}.",
        )
    try:
        described = _ReaderFile.model_validate_json(card.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        raise ModelInvalid(f"{card}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if described.model != name:
        raise ModelInvalid(f"{card} describes {described.model!r}, not {name!r}")
    return Reader(
        name=name,
        version=described.version,
        path=path,
        digest=_digest(path),
        charset=described.charset,
        colors=described.colors,
        threshold=described.threshold,
        temperature=described.temperature,
        folder=folder,
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def promoted_version(folder: Path) -> str | None:
    """Which version in a model's folder is promoted; None if the folder itself is served.

    Raises:
        ModelInvalid: If `promoted.json` is damaged.
    """
    pointer = folder / PROMOTED
    if not pointer.is_file():
        return None
    try:
        return _Promoted.model_validate_json(pointer.read_bytes()).folder
    except ValidationError as error:
        raise ModelInvalid(f"{pointer}: {error.errors()[0]['msg']}") from error


def default_roots() -> tuple[Path, ...]:
    """The folders that models are looked for in: the promoted ones', then the shipped ones'."""
    named = os.environ.get(MODELS_DIR)
    shipped = Path(__file__).parent
    return (Path(named), shipped) if named else (shipped,)


def _served_folder(name: str, root: Path | None) -> Path:
    roots = (root,) if root else default_roots()
    for one in roots if Path(name).name == name else ():
        folder = one / name
        version = promoted_version(folder)
        if version is not None:
            folder = folder / VERSIONS / version
            if not (folder / "classes.json").is_file():
                raise ModelInvalid(
                    f"{folder} is promoted but not there",
                    hint=f"Serve the former version: xunjian rollback {name}.",
                )
        if (folder / "classes.json").is_file():
            return folder
    known = sorted({path.parent.name for one in roots for path in one.glob("*/classes.json")})
    raise ModelNotFound(
        f"no model {name!r} in {' or '.join(map(str, roots))}",
        hint=f"Known models: {', '.join(known) or 'none'}.",
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
