"""The department's desk as a plain page."""

from collections.abc import Mapping, Sequence
from html import escape

from api.sandbox.department import Work

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2">
<title>The department's desk</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #1c2430 }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: .35rem .8rem; border-bottom: 1px solid #d8dee6 }}
td.number {{ font-variant-numeric: tabular-nums }}
</style>
<h1>The department's desk</h1>
<p>{counts}</p>
<table><thead><tr><th>Number<th>Received (UTC)<th>By<th>What<th>Place<th>Status<th>In truth
<th>Times told<th>Case</tr></thead><tbody>{rows}</tbody></table>
"""


def desk(works: Sequence[Work], counts: Mapping[str, int]) -> str:
    """Return the page: what was received, newest first; it reloads itself."""
    return _PAGE.format(
        counts=escape(", ".join(f"{value} {name}" for name, value in counts.items())),
        rows="".join(_row(work) for work in reversed(works)),
    )


def _row(work: Work) -> str:
    cells = (
        work.number,
        f"{work.received_at:%Y-%m-%d %H:%M:%S}",
        work.offer.channel,
        work.offer.what,
        _place(work),
        work.status,
        {None: "", True: "repaired", False: "not repaired"}[work.repaired],
        str(work.times_told),
        work.offer.case_id,
    )
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"


def _place(work: Work) -> str:
    return f"{work.offer.place[0]:.6f}, {work.offer.place[1]:.6f}" if work.offer.place else ""
