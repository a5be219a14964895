"""What a stream of events carries."""

from pydantic import BaseModel, Field


class Changed(BaseModel):
    """The data of an event: what of its topic was changed."""

    ids: list[str] | None = Field(description="null: any of them may have been changed")
