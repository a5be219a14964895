"""Runs the receiving department."""

import base64
import secrets as random

import uvicorn
from rich.console import Console

from api.dispatch.connectors.webhook import WebhookConnector, WebhookSettings
from api.sandbox.app import SandboxOptions, create_sandbox
from models.errors import XunjianError


class SandboxSecretInvalid(XunjianError):
    """The secret cannot verify webhooks."""


def serve(
    host: str,
    port: int,
    *,
    secret: str | None,
    api_key: str | None,
    delay_s: float | None,
    callback_url: str | None,
) -> None:
    """Run the department until Ctrl-C.

    Raises:
        SandboxSecretInvalid: the secret is not one of Standard Webhooks.
    """
    console = Console()
    chosen = secret or f"whsec_{base64.b64encode(random.token_bytes(32)).decode()}"
    if problems := WebhookConnector(WebhookSettings(), chosen).problems([]):
        raise SandboxSecretInvalid(problems[0])
    options = SandboxOptions(
        secret=chosen, api_key=api_key, delay_s=delay_s, callback_url=callback_url
    )
    address = f"http://{host}:{port}"
    console.print(f"The department's desk: {address}")
    console.print(f"Open311: {address}/open311/v2    webhooks: {address}/webhook")
    if secret is None:
        console.print(f"its webhook secret, made now: {chosen}", soft_wrap=True)
    uvicorn.run(
        create_sandbox(options),
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=2,
    )
