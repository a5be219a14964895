"""The `xunjian` command line: gathers each package's commands and imports them only when asked.

Every `commands.py` imports no more than typer at its top, so that help is quick and a machine
that only runs a gateway needs nothing of the others.
"""

import importlib
import os
import sys
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

# One core per job is the policy; numpy's linear algebra would otherwise spin on all of them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_COMMANDS = {
    "demo": "api.commands",
    "serve": "api.commands",
    "work": "api.commands",
    "db": "api.commands",
    "user": "api.commands",
    "token": "api.commands",
    "camera": "api.commands",
    "device": "api.devices.commands",
    "registers": "api.registers.commands",
    "rules": "api.rules.commands",
    "routing": "api.routing.commands",
    "report": "api.reports.commands",
    "sandbox": "api.commands",
    "gateway": "gateway.commands",
    "inspect": "inference.commands",
    "synthesize": "datasets.commands",
    "dataset": "datasets.dataset_commands",
    "train": "training.commands",
    "evaluate": "training.commands",
    "export": "training.commands",
    "plates": "training.plates.commands",
    "compare": "training.promotion_commands",
    "promote": "training.promotion_commands",
    "rollback": "training.promotion_commands",
    "bench": "benchmarks.commands",
}


class _LazyGroup(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:
        if cmd_name not in _COMMANDS:
            return None
        commands: Any = typer.main.get_command(importlib.import_module(_COMMANDS[cmd_name]).app)
        found: TyperCommand | TyperGroup | None = (
            commands.get_command(ctx, cmd_name)  # type: ignore[assignment]
            if isinstance(commands, TyperGroup)
            else commands
        )
        return found


app = typer.Typer(cls=_LazyGroup, no_args_is_help=True, add_completion=False)


@app.callback()
def xunjian() -> None:
    """Xunjian (巡检): the inspection service that makes a city's cameras work."""


def main() -> None:
    """Run the command line; an expected error becomes one clear message and exit code 1."""
    try:
        app()
    except Exception as error:
        hint = getattr(error, "hint", ...)
        if hint is ...:
            raise
        typer.secho(f"error: {error}", fg="red", err=True)
        if hint:
            typer.secho(hint, dim=True, err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
