"""Daily reports in a list."""

from datetime import date, datetime

from pydantic import BaseModel, Field


class ReportLine(BaseModel):
    """A day of which there is a report."""

    day: date
    made_at: datetime
    key_id: str = Field(description="SHA-256 of the public key that checks it")

    @property
    def name(self) -> str:
        """Its day, by which the list is sorted."""
        return self.day.isoformat()
