"""Medians and the like, on every database alike."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    case,
    func,
    null,
    select,
    union_all,
)


def percentiles(values: Select[*tuple[Any, ...]], *names: str) -> CompoundSelect[Any]:
    """Return the count, the median and the 90th percentile of `value` for each group and for all.

    By nearest rank: the p-th percentile of n values is the ⌈p n / 100⌉-th smallest, which is
    always one of them.

    Source: R. J. Hyndman, Y. Fan, Sample quantiles in statistical packages, The American
    Statistician 50 (1996) 361-365, definition 1.

    Args:
        values: gives `value` and the columns named; where it gives no value, nothing is counted.
        names: of the columns whose values make the groups.

    Returns:
        Gives the columns named, null in the row of all, `count`, `median` and `p90`.
    """
    given = values.cte("given")

    def ranked(*groups: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
        ranks = (
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
            rank = (ranks.c.n * percent + 99) // 100
            return func.max(case((ranks.c.rank == rank, ranks.c.value)))

        keys = [ranks.c[group.key] for group in groups if group.key]
        shown = keys or [null().label(name) for name in names]
        return select(
            *shown, func.count().label("count"), at(50).label("median"), at(90).label("p90")
        ).group_by(*keys)

    return union_all(ranked(*(given.c[name] for name in names)), ranked())
