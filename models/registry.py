"""Finds a model's folder and checks what lies in it before anything is loaded from it."""

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from models.descriptions import Description, DetectorDescription, ModelClass
from models.errors import ModelInvalid, ModelNotFound

Variant = Literal["fp32", "int8"]

MODELS_DIR = "XUNJIAN_MODELS_DIR"
"""Environment variable: folder of promoted models. What is not in it is as Xunjian ships it."""
PROMOTED = "promoted.json"
"""Names, in a model's folder, the version in `versions/` that is served instead of the folder's."""
VERSIONS = "versions"

_FILES: dict[Variant, str] = {"fp32": "model.onnx", "int8": "model.int8.onnx"}

DescriptionT = TypeVar("DescriptionT", bound=Description)


class _Promoted(BaseModel):
    folder: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]*$")] | None


@dataclass(frozen=True)
class ModelFile:
    """A checked model on disk, whatever it does; what is found is traced to it.

    Attributes:
        name: Name of the model, equal to its folder's.
        version: Version that the folder's description states.
        variant: Which of the exported files `path` is.
        path: The ONNX file.
        digest: SHA-256 of the ONNX file, lower-case hexadecimal.
        folder: The model's folder.
    """

    name: str
    version: str
    variant: Variant
    path: Path
    digest: str
    folder: Path


@dataclass(frozen=True)
class Model(ModelFile):
    """A detector, described by `classes.json`.

    Attributes:
        input_size: Long side of the letterboxed input in pixels.
        classes: Classes in the order of the model's class index.
    """

    input_size: int
    classes: tuple[ModelClass, ...]

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """Class names in the order of the model's class index."""
        return tuple(c.name for c in self.classes)

    @cached_property
    def class_groups(self) -> dict[str, str]:
        """Group of each class name."""
        return {c.name: c.group for c in self.classes}


@dataclass(frozen=True)
class DescribedModel(ModelFile, Generic[DescriptionT]):
    """A model that is no detector; it has one variant.

    Attributes:
        about: What its folder says of it.
    """

    about: DescriptionT


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
    folder, described = _find(DetectorDescription, name, root)
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
        version=described.version,
        variant=variant,
        path=path,
        digest=_digest(path),
        folder=folder,
        input_size=described.input_size,
        classes=described.classes,
    )


def load_described(
    kind: type[DescriptionT], name: str, root: Path | None = None
) -> DescribedModel[DescriptionT]:
    """Find a model that is no detector and check its files.

    Args:
        kind: What describes it, e.g. `ReaderDescription`.
        name: Folder name, e.g. `plate_reader`.
        root: As for `load_model`; promoted versions are found in the same way.

    Returns:
        The model; nothing is loaded into memory yet.

    Raises:
        ModelNotFound: There is no model of that name and kind.
        ModelInvalid: A file is empty, unreadable or contradicts the others.
    """
    folder, described = _find(kind, name, root)
    path = folder / _FILES["fp32"]
    if not path.is_file():
        raise ModelNotFound(
            f"model {name!r} is not whole: {path} is missing", hint="Reinstall the model."
        )
    return DescribedModel(
        name=name,
        version=described.version,
        variant="fp32",
        path=path,
        digest=_digest(path),
        folder=folder,
        about=described,
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


def _find(kind: type[DescriptionT], name: str, root: Path | None) -> tuple[Path, DescriptionT]:
    """The folder that is served, and what it says of itself."""
    roots = (root,) if root else default_roots()
    for one in roots if Path(name).name == name else ():
        folder = one / name
        version = promoted_version(folder)
        if version is not None:
            folder = folder / VERSIONS / version
            if not (folder / kind.file).is_file():
                raise ModelInvalid(
                    f"{folder} is promoted but not there",
                    hint=f"Serve the former version: xunjian rollback {name}.",
                )
        if (folder / kind.file).is_file():
            return folder, _read(kind, folder / kind.file, name)
    known = sorted({path.parent.name for one in roots for path in one.glob(f"*/{kind.file}")})
    raise ModelNotFound(
        f"no model {name!r} in {' or '.join(map(str, roots))}",
        hint=f"Known models: {', '.join(known) or 'none'}.",
    )


def _read(kind: type[DescriptionT], path: Path, name: str) -> DescriptionT:
    try:
        described = kind.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ModelInvalid(f"{path}: {where}: {first['msg']}") from error
    if described.model != name:
        raise ModelInvalid(f"{path} describes {described.model!r}, not {name!r}")
    return described
