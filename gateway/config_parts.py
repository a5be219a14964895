"""What the parts of a gateway's configuration are made of."""

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


class Part(BaseModel):
    """A part of the configuration: it says nothing but what it may say."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _seconds(value: Any) -> Any:
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is None:
            raise ValueError(f"is no duration: {value!r}; write one like 2s, 500ms, 5min or 1h")
        return float(match[1]) * _SECONDS[match[2]]
    return value


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder", Path())
    return Path(folder) / path.expanduser()


Seconds = Annotated[
    float, BeforeValidator(_seconds, json_schema_input_type=float | str), Field(gt=0)
]
"""A duration: seconds, or a text with its unit (`500ms`, `2s`, `5min`, `1h`, `1d`)."""

LocalPath = Annotated[Path, AfterValidator(_beside_the_file)]
"""A path; a relative one begins at the folder of the configuration file."""
