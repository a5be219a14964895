"""The town of the demonstration: its departments, and how an administrator makes things in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Town:
    """What an act is set up in.

    Attributes:
        admin: signed in as an administrator.
        department_url: where the receiving department listens.
        webhook_secret: with which its webhooks are signed.
    """

    admin: httpx.Client
    department_url: str
    webhook_secret: str

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make something and return it as the service shows it."""
        created: dict[str, Any] = self.admin.post(path, json=body).raise_for_status().json()
        return created

    def put(self, path: str, body: Mapping[str, Any]) -> None:
        """Record something under a name that is known."""
        self.admin.put(path, json=body).raise_for_status()

    def send(self, method: str, path: str, content: bytes, content_type: str) -> None:
        """Hand in a document."""
        self.admin.request(
            method, path, content=content, headers={"Content-Type": content_type}
        ).raise_for_status()

    def script(self, rules: Sequence[Mapping[str, Any]]) -> None:
        """Tell the receiving department what to do with the work that comes from now on."""
        script = {"rules": list(rules)}  # JSON is YAML, too
        httpx.put(f"{self.department_url}/script", json=script).raise_for_status()

    def received(self, what: str) -> list[dict[str, Any]]:
        """Return the receiving department's work of a class."""
        works = httpx.get(f"{self.department_url}/received").raise_for_status().json()
        return [work for work in works if work["what"] == what]

    def gateway(self, name: str) -> tuple[str, str]:
        """Register a gateway; return its id and the secret that it signs in with."""
        gateway = self.create("/v1/gateways", {"name": name})
        token = self.create(
            "/v1/tokens", {"name": name, "role": "gateway", "gateway_id": gateway["id"]}
        )
        return str(gateway["id"]), str(token["secret"])

    def office(self, name: str, classes: Sequence[str] = ()) -> None:
        """Open an office that is told by webhook.

        Args:
            name: which rules may name too.
            classes: what it receives without being named.
        """
        self.create(
            "/v1/destinations",
            {
                "name": name,
                "kind": "webhook",
                "url": f"{self.department_url}/webhook",
                "secret": self.webhook_secret,
                "classes": list(classes),
            },
        )
