"""The gateway's status as one page, in Chinese or English. Plain HTML, no scripts."""

import base64
import hashlib
from datetime import UTC, datetime
from html import escape

from gateway.queue import Priority
from gateway.status import Status
from gateway.status_words import WORDS

LANGUAGES = ("zh", "en")
_REFRESH_S = 5

_STYLE = """
:root { color-scheme: light dark; --ink: #1f2933; --soft: #5c6b7a; --line: #d9e0e7;
  --ground: #f4f6f8; --card: #fff; --good: #17693c; --bad: #b3261e; --wait: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaee; --soft: #9fadba; --line: #38434e;
  --ground: #14191e; --card: #1d242b; --good: #6fcf97; --bad: #ff8a80; --wait: #f2c063; } }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, "Noto Sans SC", "PingFang SC", "Microsoft YaHei",
  sans-serif; color: var(--ink); background: var(--ground); }
header, main, footer { max-width: 1080px; margin: 0 auto; padding: 0 24px; }
header { display: flex; align-items: baseline; gap: 16px; padding-top: 24px; }
h1 { font-size: 22px; margin: 0; }
h2 { font-size: 16px; margin: 0 0 12px; }
nav { margin-left: auto; color: var(--soft); }
a { color: inherit; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 16px 20px; margin: 16px 0; overflow-x: auto; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; }
.pair section { margin: 0; }
@media (max-width: 720px) { .pair { grid-template-columns: 1fr; } }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 6px 16px 6px 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; }
th { color: var(--soft); font-weight: 500; white-space: nowrap; }
td.n { font-variant-numeric: tabular-nums; }
.good { color: var(--good); } .bad { color: var(--bad); } .wait { color: var(--wait); }
.state { white-space: nowrap; font-weight: 600; }
ul { margin: 0; padding-left: 20px; } li { margin: 4px 0; }
.soft { color: var(--soft); }
section > p:first-child { margin-top: 0; } section > p:last-child { margin-bottom: 0; }
footer { padding-top: 16px; padding-bottom: 32px; color: var(--soft); font-size: 13px; }
"""
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; frame-ancestors 'none'"
)

# Shape and word, never colour alone.
_SHAPES = {
    "live": ("good", "●"),
    "ended": ("soft", "■"),
    "connecting": ("wait", "◌"),
    "frozen": ("bad", "▲"),
    "unreachable": ("bad", "✕"),
}


def render(status: Status, language: str) -> str:
    """Return the page.

    Args:
        status: what it shows.
        language: `zh` or `en`.
    """
    words = WORDS[language]
    problems = status.problems()
    headline = (
        f'<p class="state bad">▲ {escape(words["trouble"].format(count=len(problems)))}</p>'
        if problems
        else f'<p class="state good">● {escape(words["well"])}</p>'
    )
    told = "".join(
        f"<li>{escape(words[f'problem.{each.code}'].format(about=each.about))}"
        + (f' <span class="soft">{escape(each.detail)}</span>' if each.detail else "")
        + "</li>"
        for each in problems
    )
    other, its_name = ("en", "English") if language == "zh" else ("zh", "中文")
    return f"""<!doctype html>
<html lang="{"zh-CN" if language == "zh" else "en"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="{_REFRESH_S}">
<title>{escape(words["title"])}</title>
<style>{_STYLE}</style>
</head>
<body>
<header><h1>{escape(words["title"])}</h1>
<nav><a href="?lang={other}" lang="{other}">{its_name}</a></nav></header>
<main>
<section role="status">{headline}{f"<ul>{told}</ul>" if told else ""}</section>
<section><h2>{escape(words["cameras"])}</h2>{_cameras(status, words)}</section>
<div class="pair">
<section><h2>{escape(words["queue"])}</h2>{_queue(status, words)}</section>
<section><h2>{escape(words["service"])}</h2>{_service(status, words)}</section>
</div>
</main>
<footer>{escape(words["version"])} {escape(status.version)} ·
{escape(words["started"])} {_moment(status.started_at, status.at, words)} ·
<a href="status.json">JSON</a> · <a href="metrics">Prometheus</a></footer>
</body>
</html>
"""


def _cameras(status: Status, words: dict[str, str]) -> str:
    heads = ("camera", "state", "last_frame", "frames", "picture", "reconnects", "detail")
    rows = []
    for name, camera in status.cameras.items():
        tone, shape = _SHAPES[camera.status]
        size = "×".join(map(str, camera.resolution)) if camera.resolution else "–"
        rows.append(
            f"<tr><td>{escape(name)}</td>"
            f'<td class="state {tone}">{shape} {escape(words[f"camera.{camera.status}"])}</td>'
            f'<td class="n">{_moment(camera.last_frame_at, status.at, words)}</td>'
            f'<td class="n">{camera.frames}</td><td class="n">{size}</td>'
            f'<td class="n">{camera.reconnects}</td>'
            f'<td class="soft">{escape(camera.detail)}</td></tr>'
        )
    header = "".join(f'<th scope="col">{escape(words[head])}</th>' for head in heads)
    return f"<table><thead><tr>{header}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _queue(status: Status, words: dict[str, str]) -> str:
    kinds = list(status.queues)
    queues = status.queues.values()
    rows = {
        "waiting_alerts": [str(each.waiting[Priority.ALERT]) for each in queues],
        "waiting_backfill": [str(each.waiting[Priority.BACKFILL]) for each in queues],
        "room": [
            f"{_size(each.bytes)} / {_size(status.max_bytes[kind])}"
            for kind, each in status.queues.items()
        ],
        "oldest": [_moment(each.oldest_captured_at, status.at, words) for each in queues],
        "dropped": [str(sum(each.dropped.values())) for each in queues],
        "refused": [str(each.refused) for each in queues],
        "damaged": [str(each.damaged) for each in queues],
    }
    return _table(kinds, rows, words) + (
        f'<p class="soft">{escape(words["free"])} {_size(status.free_bytes)}</p>'
    )


def _service(status: Status, words: dict[str, str]) -> str:
    uplinks = status.uplinks.values()
    rows = {
        "sent": [str(each.sent) for each in uplinks],
        "last_sent": [_moment(each.last_sent_at, status.at, words) for each in uplinks],
        "concurrency": [f"{each.in_flight} / {each.limit}" for each in uplinks],
        "sending": [
            escape(words["sending.now" if each.waits_for is None else f"sending.{each.waits_for}"])
            for each in uplinks
        ],
    }
    offset = status.clock_offset_ms
    clock = words["clock_unknown"] if offset is None else f"{offset:+.0f} ms"
    return (
        f"<p>{escape(status.service)}</p>"
        + _table(list(status.uplinks), rows, words)
        + f'<p class="soft">{escape(words["clock"])} {escape(clock)}</p>'
    )


def _table(kinds: list[str], rows: dict[str, list[str]], words: dict[str, str]) -> str:
    header = "".join(f'<th scope="col">{escape(words[f"kind.{kind}"])}</th>' for kind in kinds)
    body = "".join(
        f'<tr><th scope="row">{escape(words[name])}</th>'
        + "".join(f'<td class="n">{cell}</td>' for cell in cells)
        + "</tr>"
        for name, cells in rows.items()
    )
    return f"<table><thead><tr><td></td>{header}</tr></thead><tbody>{body}</tbody></table>"


def _moment(moment: datetime | None, now: datetime, words: dict[str, str]) -> str:
    if moment is None:
        return "–"
    exact = moment.astimezone(UTC).isoformat(timespec="seconds")
    age_s = max(0, round((now - moment).total_seconds()))
    for name, length_s in (("days", 86400), ("hours", 3600), ("minutes", 60), ("seconds", 1)):
        if age_s >= 2 * length_s or length_s == 1:
            text = words[f"ago.{name}"].format(count=age_s // length_s)
            return f'<time datetime="{exact}" title="{exact}">{escape(text)}</time>'
    raise AssertionError("every age has at least a second as its unit")


def _size(count: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"
