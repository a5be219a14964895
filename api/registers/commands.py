"""Commands for registers; heavy imports stay inside the functions."""

from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(no_args_is_help=True)
registers = typer.Typer(no_args_is_help=True, help="Lists of plates that rules ask.")
app.add_typer(registers, name="registers")

File = Annotated[
    Path, typer.Argument(help="The plates, CSV.", exists=True, dir_okay=False, readable=True)
]
Kind = Literal["emissions", "inspection_overdue", "hazmat_route", "custom"]


@registers.callback()
def _group() -> None:
    """Lists of plates that rules ask: checked, loaded, listed."""


@registers.command()
def check(file: File) -> None:
    """Check a CSV file and name every bad row; exit code 1 if there is any.

    Example:

        xunjian registers check overdue.csv
    """
    from api.errors import Unprocessable
    from api.registers.rows import read_csv

    try:
        entries = read_csv(file.read_bytes())
    except Unprocessable as problem:
        for error in problem.extra.get("errors", [{"location": "", "message": problem.detail}]):
            typer.secho(f"{file}: {error['location']}: {error['message']}", fg="red", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{file}: {len(entries)} plates")


@registers.command()
def load(
    name: Annotated[str, typer.Argument(help="The register; made if there is none.")],
    file: File,
    mode: Annotated[
        Literal["replace", "add"],
        typer.Option(help="These plates and no others, or these too."),
    ],
    kind: Annotated[Kind, typer.Option(help="Of a new register.")] = "custom",
) -> None:
    """Fill a register from a CSV file: everything at once, or nothing.

    Examples:

        xunjian registers load 逾期未检验车辆 overdue.csv --mode replace --kind inspection_overdue

        xunjian registers load 货车通行证 permits.csv --mode add
    """
    from api.commands import acting, open_database
    from api.registers import service
    from api.registers.models import ChangeMode, RegisterKind
    from api.registers.plates import PlateKeys
    from api.registers.rows import read_csv
    from api.secrets import load_secret_key
    from api.settings import load_settings

    plates = PlateKeys(load_secret_key(load_settings().data_dir))
    prepared = service.prepare(read_csv(file.read_bytes()), plates)
    with open_database() as database, database.write() as session:
        register = service.find_register(session, name) or service.create_register(
            session, name=name, kind=RegisterKind(kind), actor=acting()
        )
        version = service.change(
            session,
            register_id=register.id,
            mode=ChangeMode(mode),
            prepared=prepared,
            plates=plates,
            actor=acting(),
        )
    typer.echo(
        f"{name}: version {version.number} holds {version.entries} plates "
        f"({version.added} added, {version.changed} changed, {version.removed} removed)"
    )


@registers.command("list")
def list_registers() -> None:
    """List the registers; never what is in them.

    Example:

        xunjian registers list
    """
    from rich.console import Console
    from rich.table import Table

    from api.commands import open_database
    from api.registers import service

    with open_database() as database, database.read() as session:
        found = service.registers(session, limit=1_000_000)
    table = Table("name", "kind", "version", "plates", box=None)
    for register in found:
        table.add_row(register.name, register.kind, str(register.version), str(register.entries))
    Console().print(table)
