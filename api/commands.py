"""Commands of the service; heavy imports stay inside the functions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from api.accounts.models import User
    from api.database import Database
    from api.errors import Unprocessable

app = typer.Typer(no_args_is_help=True)
db = typer.Typer(no_args_is_help=True, help="The database's tables.")
user = typer.Typer(no_args_is_help=True, help="People who sign in.")
token = typer.Typer(no_args_is_help=True, help="Tokens of machines.")
camera = typer.Typer(no_args_is_help=True, help="Cameras whose frames are taken.")
app.add_typer(db, name="db")
app.add_typer(user, name="user")
app.add_typer(token, name="token")
app.add_typer(camera, name="camera")


Role = Literal["operator", "supervisor", "ml_engineer", "admin"]
Kind = Literal["bus", "community", "checkpoint", "field_pole"]
ListenerFd = Annotated[
    int | None,
    typer.Option(min=0, help="Listen on this open socket, handed over by a process manager."),
]


@app.command()
def demo(
    frames: Annotated[
        Path | None,
        typer.Option(help="Drive along your own pictures.", exists=True, file_okay=False),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End by itself.")] = False,
    folder: Annotated[
        Path, typer.Option(help="Where it keeps everything; emptied at the start.")
    ] = Path("var/demo"),
) -> None:
    """Show the main job: what cameras see is found, reviewed, dispatched and looked at again.

    Buses drive along a damaged road, lorries pass a checkpoint, a field pole looks at a trap,
    cameras watch a building and a yard. Then the buses drive again: what the department repaired
    closes itself, what it only said to be repaired comes back, each with its timeline. With
    --frames only a bus drives, once, along your pictures. Stays up until Ctrl-C so that you can
    look at the page. Exit code 0 only if a case of each inspection arrived and every claim ended
    as it should.

    Examples:

        xunjian demo

        xunjian demo --frames pictures/ --once
    """
    from api.demo.run import run

    run(folder=folder, frames=frames, once=once)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every one.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = 8000,
    fd: ListenerFd = None,
) -> None:
    """Run the service until Ctrl-C; frames on their way are finished first.

    Settings are environment variables, docs/operations.md lists them.

    Examples:

        xunjian serve

        XUNJIAN_DATABASE_URL=postgresql://xunjian@db/xunjian xunjian serve --host 0.0.0.0
    """
    from api.serve import serve as run

    run(host, port, fd)


@app.command()
def work(
    child: Annotated[
        bool, typer.Option("--child", hidden=True, help="End when standard input ends.")
    ] = False,
) -> None:
    """Do the long work that no request waits for, until Ctrl-C: inspect clips.

    `xunjian serve` starts such a process by itself (XUNJIAN_WORKER_PROCESSES). Run more of them,
    here or on other machines, with the same settings; several share the work.

    Example:

        XUNJIAN_DATABASE_URL=postgresql://xunjian@db/xunjian xunjian work
    """
    from api.work import work as run

    run(child=child)


@app.command()
def sandbox(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = 8311,
    fd: ListenerFd = None,
    secret: Annotated[
        str | None,
        typer.Option(
            envvar="XUNJIAN_SANDBOX_SECRET",
            help="Signs webhooks: whsec_ and base64; made and shown when absent.",
        ),
    ] = None,
    api_key: Annotated[
        str | None,
        typer.Option(envvar="XUNJIAN_SANDBOX_API_KEY", help="What Open311 requests must carry."),
    ] = None,
    delay: Annotated[
        float | None,
        typer.Option(
            min=0, help="Seconds between accepted, in progress and done; never if absent."
        ),
    ] = None,
    script: Annotated[
        Path | None,
        typer.Option(
            help="What it does with each work, YAML, in place of --delay.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ] = None,
    callback_url: Annotated[
        str | None, typer.Option(help="Where to tell; by default where each message asks for it.")
    ] = None,
) -> None:
    """Run a receiving department for demonstrations and tests: Open311 and webhooks.

    Examples:

        xunjian sandbox --port 8311 --delay 5

        xunjian sandbox --script department.yaml

        XUNJIAN_SANDBOX_SECRET="whsec_$(openssl rand -base64 32)" xunjian sandbox
    """
    if delay is not None and script is not None:
        raise typer.BadParameter("give --delay or --script, not both")
    from api.sandbox.script import Script, read_script
    from api.sandbox.serve import serve as run

    if script is not None:
        chosen = read_script(script.read_bytes())
    else:
        chosen = Script() if delay is None else Script.steady(delay)
    run(host, port, fd, secret=secret, api_key=api_key, script=chosen, callback_url=callback_url)


@db.command()
def upgrade() -> None:
    """Bring the database to the tables that this version needs; safe to repeat.

    Example:

        XUNJIAN_DATABASE_URL=postgresql://xunjian@db/xunjian xunjian db upgrade
    """
    from api import migrations
    from api.database import Database
    from api.settings import load_settings

    settings = load_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.resolved_database_url)
    before = migrations.current(database)
    migrations.upgrade(database)
    after = migrations.current(database)
    typer.echo(f"{after}, was {before or 'empty'}" if after != before else f"{after} already")


@db.command()
def current() -> None:
    """Show the revision of the database; exit code 1 when it is not what this version needs.

    Example:

        xunjian db current
    """
    from api import migrations
    from api.database import Database
    from api.settings import load_settings

    revision = migrations.current(Database(load_settings().resolved_database_url))
    typer.echo(revision or "empty")
    if revision != migrations.head():
        typer.echo(f"this version needs {migrations.head()}: run `xunjian db upgrade`", err=True)
        raise typer.Exit(1)


PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


@user.command("create")
def create_user(
    username: Annotated[str, typer.Argument(help="The name to sign in with.")],
    role: Annotated[Role, typer.Option(help="What the user may do.")],
    display_name: Annotated[
        str | None, typer.Option("--name", help="What others read; the username when absent.")
    ] = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Make a user; asks for the password.

    Examples:

        xunjian user create alice --role admin

        xunjian user create wang.fang --role operator --name 王芳 --password-stdin < secret.txt
    """
    from api import permissions
    from api.accounts import service

    password_hash = service.new_password_hash(_password(from_stdin=password_stdin))
    with open_database() as database, database.write() as session:
        service.create_user(
            session,
            username=username,
            display_name=display_name or username,
            password_hash=password_hash,
            role=permissions.Role(role),
            camera_ids=None,
            actor=acting(),
        )
    typer.echo(f"{username} can sign in as {role}")


@user.command("set-password")
def set_password(
    username: Annotated[str, typer.Argument(help="Whose password.")],
    password_stdin: PasswordStdin = False,
) -> None:
    """Give a user a new password and sign the user out everywhere.

    Example:

        xunjian user set-password alice
    """
    from api.accounts import service

    password_hash = service.new_password_hash(_password(from_stdin=password_stdin))
    with open_database() as database, database.write() as session:
        found = service.get_user_named(session, username)
        service.update_user(
            session, user_id=found.id, values={"password_hash": password_hash}, actor=acting()
        )
    typer.echo(f"{username} has a new password")


@user.command("list")
def list_users() -> None:
    """List the users.

    Example:

        xunjian user list
    """
    from api.accounts import service

    with open_database() as database, database.read() as session:
        users = service.users(session, limit=_ALL)
    table(
        ["username", "name", "role", "cameras", "disabled"],
        [
            [u.username, u.display_name, u.role, _cameras(u), "yes" if u.disabled_at else ""]
            for u in users
        ],
    )


@token.command("create")
def create_token(
    name: Annotated[str, typer.Argument(help="What the token is for.")],
    gateway: Annotated[
        str | None,
        typer.Option(help="The name of the gateway it is for; made if there is none."),
    ] = None,
    role: Annotated[
        Role | None, typer.Option(help="Without --gateway: what the machine may do.")
    ] = None,
) -> None:
    """Make a token and print it, this once: only its hash is kept.

    Examples:

        xunjian token create depot-east --gateway depot-east

        xunjian token create gis-export --role operator
    """
    from api import permissions
    from api.accounts import service
    from api.gateways import service as gateways

    if (gateway is None) == (role is None):
        raise typer.BadParameter("give either --gateway or --role")
    with open_database() as database, database.write() as session:
        gateway_id = None
        if gateway is not None:
            found = gateways.find_gateway(session, gateway) or gateways.create_gateway(
                session, name=gateway, actor=acting()
            )
            gateway_id = found.id
        made, secret = service.create_token(
            session,
            name=name,
            role=permissions.Role(role or "gateway"),
            gateway_id=gateway_id,
            expires_at=None,
            actor=acting(),
        )
    typer.echo(secret)
    typer.echo(f"token {made.id}: keep it now, it is not shown again", err=True)


@token.command("list")
def list_tokens() -> None:
    """List the tokens, revoked ones too; their secrets are not kept.

    Example:

        xunjian token list
    """
    from api.accounts import service

    with open_database() as database, database.read() as session:
        tokens = service.tokens(session, limit=_ALL)
    table(
        ["id", "name", "role", "made", "revoked"],
        [
            [t.id, t.name, t.role, f"{t.created_at:%Y-%m-%d}", "yes" if t.revoked_at else ""]
            for t in tokens
        ],
    )


@token.command("revoke")
def revoke_token(token_id: Annotated[str, typer.Argument(help="From `token list`.")]) -> None:
    """Revoke a token; a running service refuses it within five seconds.

    Example:

        xunjian token revoke 01a20047-c5c9-7577-b939-191621380c29
    """
    from api.accounts import service

    with open_database() as database, database.write() as session:
        service.revoke_token(session, token_id=token_id, actor=acting())
    typer.echo("revoked")


@camera.command("create")
def create_camera(
    name: Annotated[str, typer.Argument(help="The camera's name, unique.")],
    gateway: Annotated[
        str, typer.Option(help="The gateway that posts its frames; made if there is none.")
    ],
    kind: Annotated[Kind, typer.Option(help="Where it stands or rides.")] = "bus",
    inspection: Annotated[
        list[str] | None, typer.Option(help="What to inspect for; may be repeated.")
    ] = None,
) -> None:
    """Make a camera. Its calibration, and a fixed camera's place, are set with the API.

    Example:

        xunjian camera create "bus 17 front" --gateway depot-east --inspection road_damage
    """
    from api.cameras import service
    from api.cameras.models import CameraKind
    from api.gateways import service as gateways

    with open_database() as database, database.write() as session:
        found = gateways.find_gateway(session, gateway) or gateways.create_gateway(
            session, name=gateway, actor=acting()
        )
        made = service.create_camera(
            session,
            name=name,
            kind=CameraKind(kind),
            gateway_id=found.id,
            inspections=inspection or ["road_damage"],
            actor=acting(),
        )
    typer.echo(made.id)


@camera.command("list")
def list_cameras() -> None:
    """List the cameras.

    Example:

        xunjian camera list
    """
    from api.cameras import service

    with open_database() as database, database.read() as session:
        cameras = service.cameras(session, limit=_ALL)
    table(
        ["id", "name", "kind", "inspections", "disabled"],
        [
            [c.id, c.name, c.kind, ", ".join(c.inspections), "yes" if c.disabled_at else ""]
            for c in cameras
        ],
    )


_ALL = 1_000_000


def open_database() -> "AbstractContextManager[Database]":
    """Open the installation's database, with this version's tables in it."""
    from api.migrations import prepared_database
    from api.settings import load_settings

    return prepared_database(load_settings())


def acting() -> str:
    """Return who runs the command, for the audit record."""
    import getpass

    return f"cli:{getpass.getuser()}"


def mistakes_told(file: Path, problem: "Unprocessable") -> typer.Exit:
    """Tell of every mistake in a document, one a line; return the exit that follows."""
    for error in problem.extra.get("errors", [{"location": "file", "message": problem.detail}]):
        typer.secho(f"{file}: {error['location']}: {error['message']}", fg="red", err=True)
    return typer.Exit(1)


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return typer.get_text_stream("stdin").readline().rstrip("\r\n")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _cameras(found: "User") -> str:
    return "every" if found.camera_ids is None else str(len(found.camera_ids))


def table(columns: list[str], rows: list[list[str]]) -> None:
    """Print a table."""
    from rich.console import Console
    from rich.table import Table

    printed = Table(*columns, box=None)
    for row in rows:
        printed.add_row(*row)
    Console().print(printed)
