"""Reads what a camera sees of a building from a file that a person wrote."""

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inference.errors import ViewInvalid
from inference.falling.origin import Grid
from inference.falling.view import View

_Point = tuple[
    Annotated[float, Field(allow_inf_nan=False)], Annotated[float, Field(allow_inf_nan=False)]
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Picture(_Strict):
    width: int = Field(ge=1)
    height: int = Field(ge=1)


class _Grid(_Strict):
    corners: tuple[_Point, _Point, _Point, _Point]
    floors: int
    columns: int


class _View(_Strict):
    picture: _Picture
    region: Annotated[tuple[_Point, ...], Field(min_length=3)] | None = None
    grid: _Grid | None = None


def read_view(path: Path) -> View:
    """Read a view from JSON or YAML, the form in which the service takes a camera's facade.

    Args:
        path: The file: `picture` (`width`, `height`), and `region` (corners), `grid` (`corners`,
            `floors`, `columns`), or both.

    Raises:
        ViewInvalid: It is no such file; the message says where.
        OSError: It cannot be read.
    """
    try:
        written = _View.model_validate(yaml.safe_load(path.read_text("utf-8")))
        if written.region is None and written.grid is None:
            raise ValueError("it has neither a region nor a grid")
        grid = None if written.grid is None else Grid(**dict(written.grid))
        size = written.picture
        return View(size.width, size.height, written.region, grid)
    except ValidationError as error:
        first = error.errors()[0]
        reason = ": ".join(filter(None, [".".join(map(str, first["loc"])), first["msg"]]))
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
    raise ViewInvalid(
        f"{path} does not say what the camera sees: {reason}",
        hint="Write picture (width, height) and region, grid or both; docs/inference.md shows one.",
    )
