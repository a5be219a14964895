"""The commands `compare`, `promote` and `rollback`."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from training.errors import TrainingError
from training.options import DataOption, ModelName, SourceOption, data_folders

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.registry import Model
    from training.compare import Row

app = typer.Typer(no_args_is_help=True)

_COLORS = {"lost": "red", "unsure": "yellow", "few": "dim", "kept": "green"}

CandidateArgument = Annotated[
    Path, typer.Argument(metavar="CANDIDATE", help="Its folder, e.g. runs/candidates/road_damage.")
]
ToleranceOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=LOSS",
        help="Largest loss of AP50 of a class or slice (0.02 if not given), e.g. light=night=0.05;"
        " may be repeated.",
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="A set to compare on; may be repeated. By default all."),
]
RootOption = Annotated[
    Path | None,
    typer.Option(help="Folder of the models served.", show_default="XUNJIAN_MODELS_DIR, or models"),
]


@dataclass(frozen=True)
class _Comparison:
    current: "Model | None"
    candidate: "Model"
    rows: "Sequence[Row]"

    @property
    def figures(self) -> dict[str, Any]:
        from dataclasses import asdict

        return {
            "current": self.current.digest if self.current else None,
            "candidate": self.candidate.digest,
            "rows": [
                {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(row).items()}
                for row in self.rows
            ],
        }


@app.callback()
def promotion() -> None:
    """Compare a candidate with the model served, put it in service, take it back."""


@app.command()
def compare(
    model: ModelName,
    candidate: CandidateArgument,
    data: DataOption = Path("../shared/data"),
    source: SourceOption = None,
    judged_set: SetOption = None,
    tolerance: ToleranceOption = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write the figures to a file.")
    ] = None,
    root: RootOption = None,
) -> None:
    """Compare a candidate with the current model: every class, every slice, latency.

    Exit code 1 if something is lost. A loss counts only if it is above its tolerance and more than
    noise (paired bootstrap over pictures; docs/ml-engineers.md has the rule).

    Examples:

      xunjian compare road_damage runs/candidates/road_damage --data data

      xunjian compare road_damage runs/candidates/road_damage --tolerance crack=0.05
    """
    import json

    from training.compare import is_acceptable

    done = _compare(model, candidate, data, source, judged_set, tolerance, root)
    if json_file is not None:
        json_file.write_text(json.dumps(done.figures, ensure_ascii=False, indent=2) + "\n", "utf-8")
    if not is_acceptable(done.rows):
        typer.echo("Something is lost: the candidate would be promoted only with --force.")
        raise typer.Exit(1)
    typer.echo(f"Nothing is lost. Next: xunjian promote {model} {candidate}")


@app.command()
def promote(
    model: ModelName,
    candidate: CandidateArgument,
    data: DataOption = Path("../shared/data"),
    source: SourceOption = None,
    judged_set: SetOption = None,
    tolerance: ToleranceOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Promote although something is lost; needs --reason.")
    ] = False,
    reason: Annotated[str | None, typer.Option(help="Why; recorded in the log.")] = None,
    propose: Annotated[
        bool,
        typer.Option(
            "--propose", help="Only keep it, with its figures: to be served by the page later."
        ),
    ] = False,
    root: RootOption = None,
) -> None:
    """Compare, and put the candidate in service if nothing is lost.

    Services take it up when they next start. The former version is kept for `rollback`; who, when,
    what, the figures and the reason go to promotions.jsonl in the model's folder.

    Examples:

      xunjian promote road_damage runs/candidates/road_damage --data data

      xunjian promote road_damage runs/candidates/road_damage --force --reason "night first"

      xunjian promote road_damage runs/candidates/road_damage --propose
    """
    from models.promotion import promote as put_in_service
    from models.promotion import propose as keep
    from models.registry import default_roots
    from training.compare import is_acceptable

    if force and not (reason and reason.strip()):
        raise typer.BadParameter("--force needs a --reason, which is recorded")
    done = _compare(model, candidate, data, source, judged_set, tolerance, root)
    accepted = is_acceptable(done.rows)
    if not accepted and not force and not propose:
        raise TrainingError(
            "something is lost, and nothing was changed",
            hint="Train on, or take the loss on you: --force --reason TEXT.",
        )
    record = (keep if propose else put_in_service)(
        root or default_roots()[0],
        done.candidate,
        who=_who(),
        figures=done.figures,
        reason=reason,
        forced=not accepted,
    )
    if propose:
        typer.echo(f"{model} {done.candidate.version} is proposed as {record['folder']}.")
        return
    typer.echo(
        f"{model} {done.candidate.version} is promoted as {record['folder']}."
        f" Restart the service to serve it.\nTo take it back: xunjian rollback {model}"
    )


@app.command()
def rollback(
    model: ModelName,
    reason: Annotated[str | None, typer.Option(help="Why; recorded in the log.")] = None,
    root: RootOption = None,
) -> None:
    """Serve what was served before the last promotion.

    Examples:

      xunjian rollback road_damage --reason "misses potholes at dusk"
    """
    from models.promotion import rollback as take_back
    from models.registry import default_roots

    record = take_back(root or default_roots()[0], model, who=_who(), reason=reason)
    served = record["folder"] or "what ships with Xunjian"
    typer.echo(f"{model}: {served} is served again. Restart the service to serve it.")


def _compare(
    model: str,
    candidate: Path,
    data: Path,
    source: list[str] | None,
    judged_set: list[str] | None,
    tolerance: list[str] | None,
    root: Path | None,
) -> _Comparison:
    """Load both models, check the candidate's golden picture, compare and show."""
    from rich.progress import Progress

    from inference.engine import Engine
    from inference.golden import check_golden
    from inference.policy import choose_policy
    from models.errors import ModelNotFound
    from models.registry import load_model
    from training.compare import compare as compare_models
    from training.data import judged_pictures
    from training.judging import shipped_variants
    from training.recipes import get_recipe

    recipe = get_recipe(model)
    tolerances = dict(_tolerance(text) for text in tolerance or [])
    new_root = _candidate_root(model, candidate)
    new = {one: load_model(model, one, new_root) for one in shipped_variants(new_root, model)}
    for one in new.values():
        engine = Engine(one, choose_policy("cpu"))
        check_golden(recipe.detector(engine, None), one)
        engine.close()
    try:
        old = [load_model(model, one, root) for one in shipped_variants(root, model)]
    except ModelNotFound:
        typer.echo(f"{model} is the first of its name: there is nothing to compare with.")
        return _Comparison(None, new["fp32"], [])
    # Where INT8 is served and the candidate has none, its FP32 would be served instead.
    instead = [new.get(one.variant, new["fp32"]) for one in old]
    folders = data_folders(data, source)
    sets = {
        name: judged_pictures(recipe.judged_set(name), folders, recipe.classes)
        for name in judged_set or [one.name for one in recipe.judged]
    }
    with Progress(transient=True) as progress:
        total = 2 * len(old) * sum(map(len, sets.values()))
        task = progress.add_task("Comparing", total=total)
        rows = compare_models(
            recipe, old, instead, sets, tolerances, lambda: progress.advance(task)
        )
    _show(rows, old[0], new["fp32"])
    return _Comparison(old[0], new["fp32"], rows)


def _candidate_root(model: str, candidate: Path) -> Path:
    """The folder that holds the candidate's folder, given that folder or the candidate's own."""
    if (candidate / "classes.json").is_file() and candidate.resolve().name == model:
        return candidate.resolve().parent
    if (candidate / model / "classes.json").is_file():
        return candidate
    raise TrainingError(
        f"{candidate} is no model folder named {model}",
        hint=f"Make one: xunjian export {model} --weights FILE.",
    )


def _tolerance(text: str) -> tuple[str, float]:
    name, _, value = text.rpartition("=")
    try:
        loss = float(value)
    except ValueError:
        loss = -1.0
    if not name or not 0 <= loss <= 1:
        raise typer.BadParameter(
            f"{text!r} is not NAME=LOSS with a loss from 0 to 1", param_hint="--tolerance"
        )
    return name, loss


def _who() -> str:
    import getpass
    import platform

    return f"{getpass.getuser()}@{platform.node()}"


def _show(rows: "Sequence[Row]", current: "Model", candidate: "Model") -> None:
    from rich.console import Console
    from rich.table import Column, Table

    title = f"{current.name} {current.version} against {candidate.version}"
    tables: dict[str, Table] = {}
    for row in rows:
        timed = row.name == "latency"
        if row.judged_set not in tables:
            where = f" on {row.judged_set}" if row.judged_set else ""
            name = Column("class or slice", no_wrap=True)
            columns = ("objects", "current", "candidate", "loss", "verdict")
            tables[row.judged_set] = Table("variant", name, *columns, title=f"{title}{where}")
        digits = ".0f" if timed else ".3f"
        tables[row.judged_set].add_row(
            row.variant,
            f"{row.name}, ms" if timed else row.name,
            str(row.objects or ""),
            f"{row.current:{digits}}",
            f"{row.candidate:{digits}}",
            f"{row.loss:.2f}x" if timed else f"{row.loss:+.3f}",
            f"[{_COLORS[row.verdict]}]{row.verdict}[/]",
        )
    for table in tables.values():
        Console().print(table)
