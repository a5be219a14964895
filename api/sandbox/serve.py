"""Runs the receiving department."""

import base64
import secrets as random

import uvicorn
from rich.console import Console

from api.sandbox.app import SandboxOptions, create_sandbox
from api.sandbox.script import Script
from api.serve import address, listen


def serve(
    host: str,
    port: int,
    fd: int | None,
    *,
    secret: str | None,
    api_key: str | None,
    script: Script,
    callback_url: str | None,
) -> None:
    """Run the department until Ctrl-C.

    Raises:
        KeysInvalid: the secret holds no keys of Standard Webhooks.
        CannotServe: when the port is taken or the descriptor is no socket.
    """
    console = Console()
    chosen = secret or f"whsec_{base64.b64encode(random.token_bytes(32)).decode()}"
    options = SandboxOptions(
        secret=chosen, api_key=api_key, script=script, callback_url=callback_url
    )
    sandbox = create_sandbox(options)
    listener = listen(host, port, fd)
    desk = address(listener)
    console.print(f"The department's desk: {desk}")
    console.print(f"Open311: {desk}/open311/v2    webhooks: {desk}/webhook")
    if secret is None:
        console.print(f"its webhook secret, made now: {chosen}", soft_wrap=True)
    uvicorn.Server(uvicorn.Config(sandbox, log_level="warning", timeout_graceful_shutdown=2)).run(
        sockets=[listener]
    )
