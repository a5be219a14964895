"""Runs the service in this process until it is told to stop."""

import os
import socket

import typer
import uvicorn
from fastapi import FastAPI
from sqlalchemy import make_url

from api.accounts import service as accounts
from api.app import create_app
from api.connections import GuardedProtocol
from api.database import Database
from api.dependencies import Services
from api.jobs.supervisor import child_command, supervised
from api.logs import configure_logs
from api.migrations import prepared_database
from api.settings import Settings, load_settings
from inference.policy import ExecutionPolicy, choose_policy
from models.errors import XunjianError

_FINISH_WITHIN_S = 30
_KEEP_ALIVE_S = 75


class Server(uvicorn.Server):
    """A server that ends the streams of events when it is told to stop.

    They never end by themselves, and a server waits for every answer.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, once the answers on their way are given."""
        app = self.config.app
        if isinstance(app, FastAPI) and isinstance(
            services := getattr(app.state, "services", None), Services
        ):
            services.feed.close()
        await super().shutdown(sockets)


class CannotServe(XunjianError):
    """The service cannot start as it is set up."""


def serve(host: str, port: int, fd: int | None) -> None:
    """Run the service until SIGINT or SIGTERM; requests on their way are finished first.

    Args:
        host: the address to listen on.
        port: the port to listen on; 0 takes any free one.
        fd: a listening socket to take instead, by its file descriptor.

    Raises:
        SettingsInvalid: when an environment variable makes no sense.
        ProviderUnavailable: when the device that is asked for does not work here.
        DatabaseNotReady: when the database does not answer or lacks tables.
        CannotServe: when the port is taken or the descriptor is no socket.
    """
    settings = load_settings()
    configure_logs()
    policy = choose_policy(settings.device)
    with prepared_database(settings) as database:
        _serve(settings, policy, database, listen(host, port, fd))


def _serve(
    settings: Settings, policy: ExecutionPolicy, database: Database, listener: socket.socket
) -> None:
    with database.read() as session:
        nobody = not accounts.users(session, limit=1)
    for name, value in {
        "database": _without_password(settings.resolved_database_url),
        "objects": _without_password(settings.resolved_object_store),
        "inference": f"{policy.device}: {policy.reason}",
        "address": address(listener),
    }.items():
        typer.echo(f"{name:<10} {value}", err=True)
    if nobody:
        typer.echo("nobody can sign in yet: xunjian user create NAME --role admin", err=True)
    server = Server(server_config(settings))
    workers = supervised(child_command(), processes=settings.worker_processes, database=database)
    try:
        with workers:
            server.run(sockets=[listener])
    except KeyboardInterrupt:
        return
    if not server.started:
        raise CannotServe("the service did not start; the log above says why")


def server_config(settings: Settings) -> uvicorn.Config:
    """Return how the service listens: how long it waits for whom, and how many come in."""
    return uvicorn.Config(
        create_app(settings),
        http=GuardedProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=settings.max_connections,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_FINISH_WITHIN_S,
    )


def listen(host: str, port: int, fd: int | None) -> socket.socket:
    """Open the socket to serve on, or take over one that is open; arguments as in `serve`.

    Raises:
        CannotServe: when the port is taken or the descriptor is no socket.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        if fd is not None:
            return socket.socket(fileno=fd)
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise CannotServe(
            f"cannot listen on {host} port {port}: {os.strerror(error.errno or 0)}"
            if fd is None
            else f"descriptor {fd} is not a socket: {os.strerror(error.errno or 0)}",
            hint="Choose another with --host and --port.",
        ) from error


def address(listener: socket.socket) -> str:
    """Return the HTTP address of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _without_password(location: str) -> str:
    return make_url(location).render_as_string() if "://" in location else location
