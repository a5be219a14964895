"""Commands for rule sets; heavy imports stay inside the functions."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)
rules = typer.Typer(no_args_is_help=True, help="What is a violation at checkpoints.")
app.add_typer(rules, name="rules")

File = Annotated[
    Path, typer.Argument(help="The rules, YAML.", exists=True, dir_okay=False, readable=True)
]


@rules.callback()
def _group() -> None:
    """What is a violation at checkpoints: checked, put in force, shown."""


@rules.command()
def example() -> None:
    """Print an example to begin with.

    Example:

        xunjian rules example > rules.yaml
    """
    typer.echo(Path(__file__).with_name("example.yaml").read_text(encoding="utf-8"), nl=False)


@rules.command()
def check(
    file: File,
    names: Annotated[
        bool,
        typer.Option(
            "--names", help="Also look the departments, registers and cameras up in the database."
        ),
    ] = False,
) -> None:
    """Check rules and name every mistake with its line; exit code 1 if there is any.

    Examples:

        xunjian rules check rules.yaml

        xunjian rules check rules.yaml --names
    """
    from api.commands import mistakes_told, open_database
    from api.documents import decoded
    from api.errors import Unprocessable
    from api.rules import service
    from api.rules.document import NOUN, read_rules

    try:
        text = decoded(file.read_bytes(), noun=NOUN)
        if names:
            with open_database() as database, database.read() as session:
                document = service.check(session, text)
        else:
            document = read_rules(text)
    except Unprocessable as problem:
        raise mistakes_told(file, problem) from None
    typer.echo(f"{file}: {document.name}: {len(document.rules)} rules")
    for what, found in (
        ("departments", document.departments),
        ("registers", document.registers),
        ("cameras", document.cameras),
    ):
        typer.echo(f"  {what}: {', '.join(sorted(found)) or 'none'}")


@rules.command()
def load(file: File) -> None:
    """Put rules in force in place of those before; a running service takes them at once.

    Example:

        xunjian rules load rules.yaml
    """
    from api.commands import acting, mistakes_told, open_database
    from api.documents import decoded
    from api.errors import Unprocessable
    from api.rules import service
    from api.rules.document import NOUN
    from api.settings import load_settings

    zone = load_settings().time_zone
    try:
        text = decoded(file.read_bytes(), noun=NOUN)
        with open_database() as database, database.write() as session:
            loaded = service.load(session, text=text, time_zone=zone, actor=acting())
    except Unprocessable as problem:
        raise mistakes_told(file, problem) from None
    typer.echo(f"version {loaded.number} is in force: {loaded.name}")


@rules.command()
def show() -> None:
    """Print the rules in force.

    Example:

        xunjian rules show
    """
    from api.commands import open_database
    from api.rules import service

    with open_database() as database, database.read() as session:
        found = service.VERSIONS.in_force(session)
    if found is None:
        typer.echo("no rules are in force: nothing is a violation", err=True)
        raise typer.Exit(1)
    typer.echo(found.text, nl=False)
