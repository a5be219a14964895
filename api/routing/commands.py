"""Commands for routing tables and areas; heavy imports stay inside the functions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from api.routing.differences import Change

app = typer.Typer(no_args_is_help=True)
routing = typer.Typer(no_args_is_help=True, help="Who receives what, and until when.")
app.add_typer(routing, name="routing")

Table = Annotated[
    Path,
    typer.Argument(help="The routing table, YAML.", exists=True, dir_okay=False, readable=True),
]
Areas = Annotated[
    Path, typer.Argument(help="The areas, GeoJSON.", exists=True, dir_okay=False, readable=True)
]


@routing.callback()
def _group() -> None:
    """Who receives what, and until when: checked, compared, put in force, shown."""


@routing.command()
def example() -> None:
    """Print an example to begin with, in the layout of GB/T 30428.2.

    Example:

        xunjian routing example > routing.yaml
    """
    from api.routing import document

    typer.echo(document.example(), nl=False)


@routing.command()
def check(
    file: Table,
    names: Annotated[
        bool,
        typer.Option("--names", help="Also look the departments and areas up in the database."),
    ] = False,
) -> None:
    """Check a table and name every mistake with its line; exit code 1 if there is any.

    Examples:

        xunjian routing check routing.yaml

        xunjian routing check routing.yaml --names
    """
    from api.commands import mistakes_told, open_database
    from api.database import now
    from api.documents import decoded
    from api.errors import Unprocessable
    from api.routing import service
    from api.routing.document import NOUN, read_table

    try:
        text = decoded(file.read_bytes(), noun=NOUN)
        if names:
            with open_database() as database, database.read() as session:
                document = service.check(session, text)
        else:
            document = read_table(text)
    except Unprocessable as problem:
        raise mistakes_told(file, problem) from None
    typer.echo(
        f"{file}: {document.name}: {len(document.classes)} classes, {len(document.routes)} routes"
    )
    typer.echo(f"  departments: {', '.join(sorted(document.departments)) or 'none'}")
    typer.echo(f"  areas: {', '.join(sorted(document.grids)) or 'none'}")
    _warn([*document.warnings, *document.calendar.warnings(now())])


@routing.command()
def diff(file: Table) -> None:
    """Say what a table would change in the one that is in force; exit code 1 if anything.

    Example:

        xunjian routing diff routing.yaml
    """
    from api.commands import mistakes_told, open_database
    from api.documents import decoded
    from api.errors import Unprocessable
    from api.routing import service
    from api.routing.differences import differences
    from api.routing.document import NOUN, read_table

    try:
        document = read_table(decoded(file.read_bytes(), noun=NOUN))
    except Unprocessable as problem:
        raise mistakes_told(file, problem) from None
    with open_database() as database, database.read() as session:
        table = service.VERSIONS.in_force(session)
    changes = differences(read_table(table.text) if table else None, document)
    for change in changes:
        _show(change)
    if changes:
        raise typer.Exit(1)
    typer.echo("nothing would change")


@routing.command()
def load(file: Table) -> None:
    """Put a table in force in place of the one before, and send what waits for it.

    Example:

        xunjian routing load routing.yaml
    """
    from api.commands import acting, mistakes_told, open_database
    from api.documents import decoded
    from api.errors import Unprocessable
    from api.routing import service
    from api.routing.document import NOUN

    try:
        text = decoded(file.read_bytes(), noun=NOUN)
        with open_database() as database, database.write() as session:
            loaded = service.load(session, text=text, actor=acting())
    except Unprocessable as problem:
        raise mistakes_told(file, problem) from None
    typer.echo(f"version {loaded.number} is in force: {loaded.name}")


@routing.command()
def show() -> None:
    """Print the table in force.

    Example:

        xunjian routing show
    """
    from api.commands import open_database
    from api.routing import service

    with open_database() as database, database.read() as session:
        found = service.VERSIONS.in_force(session)
    if found is None:
        typer.echo("no table is in force: a class goes to who receives it", err=True)
        raise typer.Exit(1)
    typer.echo(found.text, nl=False)


@routing.command()
def areas(
    file: Areas,
    datum: Annotated[
        Literal["WGS-84", "CGCS2000", "GCJ-02"],
        typer.Option(help="What the coordinates refer to; they are kept in WGS-84."),
    ] = "WGS-84",
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing, say what would change.")
    ] = False,
) -> None:
    """Put areas in force in place of those before: polygons with a `code` and a `name`.

    Examples:

        xunjian routing areas grids.geojson --check

        xunjian routing areas grids.geojson --datum GCJ-02
    """
    from api.commands import acting, mistakes_told, open_database
    from api.dispatch.datums import Datum
    from api.errors import Unprocessable
    from api.grids import geojson, service
    from api.routing.service import areas_in_use

    try:
        read = geojson.read_areas(file.read_bytes(), datum=Datum(datum))
    except Unprocessable as problem:
        raise mistakes_told(file, problem) from None
    with open_database() as database:
        if check:
            with database.read() as session:
                done = service.compare(session, read)
        else:
            with database.write() as session:
                in_use = areas_in_use(session)
                done = service.replace(session, areas=read, in_use=in_use, actor=acting())
    typer.echo(
        f"{len(done.added)} new, {len(done.changed)} changed, {len(done.removed)} gone, "
        f"{done.unchanged} as before"
    )
    _warn(
        [
            f"{one.code} and {two.code} overlap: the smaller has what they share"
            for one, two in geojson.overlaps(read)
        ]
    )


def _show(change: "Change") -> None:
    typer.secho(f"{change.part}: {change.key}", bold=True)
    for mark, value, color in (("-", change.before, "red"), ("+", change.after, "green")):
        if value is not None:
            typer.secho(f"  {mark} {_one_line(value)}", fg=color)


def _one_line(value: object) -> str:
    import yaml

    return (
        yaml.safe_dump(
            value, allow_unicode=True, default_flow_style=True, sort_keys=False, width=10_000
        )
        .removesuffix("\n...\n")
        .rstrip("\n")
    )


def _warn(warnings: list[str]) -> None:
    for warning in warnings:
        typer.secho(f"warning: {warning}", fg="yellow", err=True)
