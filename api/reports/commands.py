"""Commands for daily reports; heavy imports stay inside the functions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

app = typer.Typer(no_args_is_help=True)
report = typer.Typer(no_args_is_help=True, help="Signed daily reports.")
app.add_typer(report, name="report")


@report.callback()
def _group() -> None:
    """Signed daily reports: checked, and the key to check them with."""


@report.command()
def verify(
    file: Annotated[
        Path,
        typer.Argument(help="The report, JSON or CSV.", exists=True, dir_okay=False, readable=True),
    ],
    key: Annotated[
        Path | None,
        typer.Option(
            help="The public key (PEM) of who made it; this installation's own when absent.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ] = None,
) -> None:
    """Say whether a daily report is what was signed; exit code 1 if not.

    Examples:

        xunjian report verify xunjian-2026-11-21.json --key key.pem

        xunjian report verify xunjian-2026-11-21.csv
    """
    from api.reports import signing

    public = signing.read_pem(key.read_bytes()) if key else _own_key()
    day = signing.verify(file.read_bytes(), public)
    typer.echo(f"{file}: genuine; the report of {day}, key {signing.key_id(public)[:16]}…")


@report.command("key")
def show_key() -> None:
    """Print the public key of this installation's reports, for those who receive them.

    Example:

        xunjian report key > key.pem
    """
    from api.reports import signing

    typer.echo(signing.as_pem(_own_key()), nl=False)


def _own_key() -> "Ed25519PublicKey":
    from api.reports.signing import ReportSigner
    from api.secrets import load_secret_key
    from api.settings import load_settings

    return ReportSigner(load_secret_key(load_settings().data_dir)).public_key
