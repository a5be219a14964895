"""What a plot's finding says: which pest, which period, how many, against which threshold."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.counts.periods import PeriodKind
from api.database import ID_LENGTH, Base, UTCDateTime


class PestAdvisory(Base):
    """The finding that a pest of a plot crossed its action threshold in a period.

    It follows its counts until somebody judges the finding, and stays as it was judged. Densities
    are in `unit` (`per_m2` or `per_trap_night`), `published` is the threshold as its source has
    it, in `published_unit`. The trend is in `unit` per day, with its 95 % interval.
    `next_*` is what the next period with enough frames showed, once it is over.
    """

    __tablename__ = "pest_advisories"
    __table_args__ = (UniqueConstraint("plot_id", "pest", "period"),)

    finding_id: Mapped[str] = mapped_column(
        String(ID_LENGTH), ForeignKey("findings.id"), primary_key=True
    )
    plot_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("plots.id"))
    pest: Mapped[str] = mapped_column(String(60))
    period: Mapped[str] = mapped_column(String(10))  # 2026-W47, 2026-11-21
    period_kind: Mapped[PeriodKind]
    period_start: Mapped[datetime] = mapped_column(UTCDateTime)
    period_end: Mapped[datetime] = mapped_column(UTCDateTime)
    value: Mapped[float]
    frames: Mapped[int]  # usable ones that the value is the median of
    unit: Mapped[str] = mapped_column(String(20))
    threshold: Mapped[float]
    published: Mapped[float]
    published_unit: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(60))
    source: Mapped[str] = mapped_column(String(500))
    bbch: Mapped[int]
    trend: Mapped[float | None]
    trend_low: Mapped[float | None]
    trend_high: Mapped[float | None]
    next_period: Mapped[str | None] = mapped_column(String(10))
    next_value: Mapped[float | None]
    next_below: Mapped[bool | None]
