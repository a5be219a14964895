"""Medians and the like, on every database alike."""

from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select


def percentiles(values: Select[*tuple[Any, ...]], *names: str) -> Select[*tuple[Any, ...]]:
    """Return the count, the median and the 90th percentile of `value` for each group.

    By nearest rank: the p-th percentile of n values is the ⌈p n / 100⌉-th smallest, which is
    always one of them.

    Source: ISO 3534-1 (2006), and R. J. Hyndman, Y. Fan, Sample quantiles in statistical packages,
    The American Statistician 50 (1996) 361-365, definition 1.

    Args:
        values: gives `value` and the columns named; where it gives no value, nothing is counted.
        names: of the columns whose values make the groups; none for one group of everything.

    Returns:
        Gives the columns named, `count`, `median` and `p90`.
    """
    given = values.subquery()
    groups = [given.c[name] for name in names]
    ranked = (
        select(
            *groups,
            given.c.value,
            func.row_number().over(partition_by=groups, order_by=given.c.value).label("rank"),
            func.count().over(partition_by=groups).label("n"),
        )
        .where(given.c.value.is_not(None))
        .subquery()
    )

    def at(percent: int) -> ColumnElement[Any]:
        rank = (ranked.c.n * percent + 99) // 100
        return func.max(case((ranked.c.rank == rank, ranked.c.value)))

    keys = [ranked.c[name] for name in names]
    return select(
        *keys, func.count().label("count"), at(50).label("median"), at(90).label("p90")
    ).group_by(*keys)
