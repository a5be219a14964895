"""The `xunjian` command line: gathers each package's commands and imports them only when asked."""

import importlib
import sys
from typing import Any

import click
import typer
from typer.core import TyperGroup

_COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("api.commands", "a bus drive from frames to dispatched cases, on embedded defaults"),
    "serve": ("api.commands", "run the service"),
    "sandbox": ("api.commands", "run a receiving department that speaks Open311 and webhooks"),
    "db": ("api.commands", "create and upgrade the database"),
    "token": ("api.commands", "create and revoke tokens of gateways and machines"),
    "user": ("api.commands", "create and change users"),
    "inspect": ("inference.commands", "inspect pictures or folders offline"),
    "bench": (
        "benchmarks.commands",
        "measure speed as ratios to the limit and to the naive service",
    ),
    "train": ("training.commands", "train a detector from a dataset"),
    "evaluate": ("training.commands", "reproduce the figures of a model's card"),
    "export": ("training.commands", "export trained weights to ONNX, FP32 and INT8"),
    "synthesize": ("datasets.commands", "render drives with ground truth"),
    "gateway": ("gateway.commands", "run beside the cameras: capture, queue, upload"),
}


class _LazyGroup(TyperGroup):
    """Lists every command at once, imports a command's package when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order a newcomer meets them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command; while only helping, a light stand-in that carries the short help."""
        if cmd_name not in _COMMANDS:
            return None
        module_name, short_help = _COMMANDS[cmd_name]
        if ctx.resilient_parsing or not ctx._protected_args:
            return click.Command(cmd_name, short_help=short_help, help=short_help)
        module = importlib.import_module(module_name)
        group: Any = typer.main.get_command(module.app)
        return group.commands[cmd_name]


app = typer.Typer(cls=_LazyGroup, no_args_is_help=True, add_completion=False)


def main() -> None:
    """Run the command line; an expected error becomes one clear message and exit code 1."""
    from models.errors import XunjianError

    try:
        app()
    except XunjianError as error:
        from rich.console import Console

        console = Console(stderr=True)
        console.print(f"[bold red]error:[/] {error}", highlight=False)
        if error.hint:
            console.print(f"[dim]{error.hint}[/]", highlight=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
