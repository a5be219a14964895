"""Writes what a person looks at to judge a model: figures, curves, and its worst mistakes.

The pages show pictures of the data, whose licences seldom let them be passed on, so that they are
never written into a repository.
"""

import html
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np

from training.card import plot_curves
from training.errors import TrainingError
from training.judging import Judgement
from training.mistakes import Confusion, Kind, find_mistakes
from training.report import operating_points
from training.sheets import SHOWN, draw_sheet

_SAID: dict[Kind, tuple[str, str]] = {
    "missed": ("Missed", "Objects that were not found, those with the lowest score first."),
    "false": ("False", "Detections where nothing is labelled, the surest first."),
    "wrong": ("Wrong class", "Objects that were found as something else, the surest first."),
}
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 1340px; margin: 2rem auto; padding: 0 1rem;
  color: #1d2329; background: #fff }
table { border-collapse: collapse; margin: 1rem 0 }
th, td { border: 1px solid #c8ced4; padding: .3rem .6rem; text-align: right }
th { background: #f2f4f6 } th:first-child { text-align: left }
img { max-width: 100% } nav a { margin-right: 1rem } p.note { color: #5a646e }
"""


def check_folder(folder: Path) -> None:
    """Refuse a folder that is in a repository, or that holds something.

    Raises:
        TrainingError: If it is.
    """
    whole = folder.resolve()
    repository = next((one for one in (whole, *whole.parents) if (one / ".git").exists()), None)
    if repository is None and whole.is_relative_to(Path(__file__).resolve().parents[1]):
        repository = Path(__file__).resolve().parents[1]
    if repository is not None:
        raise TrainingError(
            f"{folder} lies in the repository {repository}, and the report shows pictures of data",
            hint="Choose a folder outside of it, e.g. --report /tmp/report.",
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise TrainingError(
            f"{folder} is not an empty folder", hint="Choose another --report, or delete it."
        )


def write_review(folder: Path, judgements: Sequence[Judgement], classes: Sequence[str]) -> Path:
    """Write a page for each judged set, of the first variant judged, and one that leads to them.

    Args:
        folder: Where to; checked by `check_folder`.
        judgements: What was found.
        classes: The recipe's classes, in the order of the class ids.

    Returns:
        The page to open, `index.html`.
    """
    variant = judgements[0].model.variant
    model = judgements[0].model
    sections, links = [], []
    for one in judgements:
        if one.model.variant != variant:
            continue
        name = one.judged_set.name
        (folder / name).mkdir(parents=True)
        links.append(f'<a href="#{html.escape(name)}">{html.escape(name)}</a>')
        sections.append(_section(folder, one, classes))
    title = html.escape(f"{model.name} {model.version} ({variant})")
    page = folder / "index.html"
    page.write_text(
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>\n'
        f"<h1>{title}</h1>\n<p>Digest {model.digest}. At the operating points of classes.json;"
        f" boxes that overlap by half (IoU) are the same thing.</p>\n<nav>{' '.join(links)}</nav>\n"
        + "\n".join(sections)
        + "\n</html>\n",
        "utf-8",
    )
    return page


def _section(folder: Path, judgement: Judgement, classes: Sequence[str]) -> str:
    name = judgement.judged_set.name
    confusion, mistakes = find_mistakes(judgement, classes)
    plot_curves(
        {name: judgement.matches}, operating_points(judgement.model), folder / name / "curves.png"
    )
    parts = [
        f'<h2 id="{html.escape(name)}">{html.escape(name)}</h2>',
        f"<p>{len(judgement.pictures)} pictures.</p>",
        _matrix(confusion),
        f'<img src="{quote(name)}/curves.png" alt="Precision over recall">',
    ]
    for kind, (title, said) in _SAID.items():
        some = mistakes[kind]
        parts.append(f"<h3>{title}: {len(some)}</h3>")
        if not some:
            continue
        draw_sheet(some, folder / name / f"{kind}.jpg")
        shown = f" The first {SHOWN} are shown." if len(some) > SHOWN else ""
        parts += [
            f'<p class="note">{said}{shown}</p>',
            f'<img src="{quote(name)}/{kind}.jpg" alt="{title}">',
        ]
    return "\n".join(parts)


def _matrix(confusion: Confusion) -> str:
    """The confusion matrix as a table, shaded by the share of its row."""
    head = "".join(f"<th>{html.escape(one)}</th>" for one in (*confusion.classes, "missed"))
    lines = [f"<tr><th>is \\ called</th>{head}</tr>"]
    shares = confusion.table / np.maximum(confusion.table.sum(axis=1, keepdims=True), 1)
    for label, row, share in zip(
        (*confusion.classes, "nothing"), confusion.table, shares, strict=True
    ):
        cells = "".join(
            f'<td style="background: rgba(38, 132, 255, {part:.2f})">{number}</td>'
            for number, part in zip(row.tolist(), (share * 0.6).tolist(), strict=True)
        )
        lines.append(f"<tr><th>{html.escape(label)}</th>{cells}</tr>")
    return f"<table>{''.join(lines)}</table>"
