"""Lists are given page by page: `{"items": [...], "next_cursor": "…" | null}`."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from api.errors import BadRequest

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=200, description="items of a page")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="`next_cursor` of the page before")
]
DEFAULT_LIMIT = 50


class Page(BaseModel, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = Field(
        description="give it as `cursor` for the next page; null on the last", examples=[None]
    )


def encode_cursor(*values: Any) -> str:
    """Return an opaque cursor that holds the sort key of a page's last item."""
    text = json.dumps(values, default=datetime.isoformat)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, *types: type) -> list[Any]:
    """Return the sort key that a cursor holds.

    Args:
        cursor: what `encode_cursor` returned.
        types: the types of the values, in order; None is accepted for each. A `datetime` has a
            time zone.

    Raises:
        BadRequest: when it is not a cursor of this list.
    """
    try:
        values: list[Any] | None = json.loads(
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        )
        values = [
            datetime.fromisoformat(v) if t is datetime and v is not None else v
            for v, t in zip(values or [], types, strict=True)
        ]
    except (binascii.Error, TypeError, ValueError):
        values = None
    if values is None or not all(
        v is None or (isinstance(v, t) and getattr(v, "tzinfo", UTC) is not None)
        for v, t in zip(values, types, strict=True)
    ):
        raise BadRequest(
            "This cursor is not one of this list; start again without it.", code="cursor-invalid"
        )
    return values


def next_cursor(rows: Sequence[Any], limit: int, *key: str) -> str | None:
    """Return the cursor after a page, or None when the page is the last.

    Args:
        rows: `limit + 1` rows were asked for; as many as there were.
        limit: the items of a page.
        key: the attributes that a row is sorted by.
    """
    if len(rows) <= limit:
        return None
    return encode_cursor(*(getattr(rows[limit - 1], name) for name in key))


def decode_id_cursor(cursor: str | None) -> str | None:
    """Return the id that a page of a list in order of ids begins after, None for the first."""
    return decode_cursor(cursor, str)[0] if cursor else None


V = TypeVar("V", bound=BaseModel)


def page(rows: Sequence[Any], limit: int, view: type[V]) -> Page[V]:
    """Return one page of a list in order of ids.

    Args:
        rows: as many as there were of the `limit + 1` that were asked for.
        limit: the items of a page.
        view: what a row looks like on the wire.
    """
    return Page(
        items=[view.model_validate(row) for row in rows[:limit]],
        next_cursor=next_cursor(rows, limit, "id"),
    )
