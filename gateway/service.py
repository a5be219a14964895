"""The service as the gateway is told to reach it, whatever becomes of its token meanwhile."""

import threading
from collections.abc import Callable
from typing import TypeVar

from gateway.client import Client
from gateway.config import ServiceConfig
from gateway.errors import ConfigInvalid, SettingInvalid, Unauthorised

T = TypeVar("T")


class Service:
    """Asks the service. Safe for several threads.

    When the token is refused, the next question reads it anew: whoever puts a good one into its
    file need not start the gateway again.

    Args:
        config: where it is and how it is believed.
        on_sent: called with the bytes of bodies as they go out.
    """

    def __init__(
        self, config: ServiceConfig, *, on_sent: Callable[[int], None] | None = None
    ) -> None:
        self._config = config
        self._on_sent = on_sent
        self._lock = threading.Lock()
        self._client: Client | None = None

    def ask(self, question: Callable[[Client], T]) -> T:
        """Ask something and return the answer.

        Raises:
            ServiceError: as the client; `Unauthorised` also while there is no token.
        """
        client = self._connected()
        try:
            return question(client)
        except Unauthorised:
            with self._lock:
                if self._client is client:
                    self._client = None  # others may still wait for its answers: not closed here
            raise

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None

    def _connected(self) -> Client:
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def _connect(self) -> Client:
        config = self._config
        try:
            return Client(
                str(config.url),
                config.secret(),
                timeout_s=config.timeout,
                ca_file=config.ca_file,
                pinned_certificate=config.pinned_certificate,
                proxy=config.proxy,
                on_sent=self._on_sent,
            )
        except (ConfigInvalid, SettingInvalid) as error:
            raise Unauthorised(str(error), 401, "about:blank", hint=error.hint) from error
