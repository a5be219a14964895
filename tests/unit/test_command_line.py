"""The command line: every command helps with an example, quickly, and errors exit with 1."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer

import xunjian

HEAVY = ("numpy", "cv2", "onnxruntime", "torch", "fastapi", "sqlalchemy")


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if hasattr(command, "list_commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = list(commands(typer.main.get_command(xunjian.app)))


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "xunjian", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_commands_people_are_told_of_are_there() -> None:
    present = {" ".join(path) for path, _ in ALL}
    assert {
        *("demo", "serve", "inspect", "train", "evaluate", "export", "bench serve"),
        *("gateway post", "db upgrade", "token create", "user create", "sandbox"),
    } <= present


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_help_says_what_it_does_and_gives_an_example(path: tuple[str, ...], command: Any) -> None:
    assert f"xunjian {' '.join(path)}" in command.help, "no example in the help"
    assert all(getattr(parameter, "help", None) for parameter in command.params)


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys, typer, xunjian\n"
        "group = typer.main.get_command(xunjian.app)\n"
        "[group.get_command(None, name) for name in group.list_commands(None)]\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    finished = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert finished.stdout.strip() == "[]"


def test_an_expected_error_is_one_clear_message_and_exit_code_1() -> None:
    finished = run("gateway", "post", "tests", "--token", "xj_x", "--camera", "bus-1")
    assert finished.returncode == 1
    assert finished.stderr.startswith("error: ")
    assert "Traceback" not in finished.stderr


def test_an_unknown_command_is_a_usage_error() -> None:
    assert run("inspekt").returncode == 2
