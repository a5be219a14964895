"""Who is asking."""

from dataclasses import dataclass
from typing import Literal

from api.permissions import Role


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in person, or a machine with a token.

    Attributes:
        kind: `user` or `token`.
        id: the id of the user or of the token.
        name: for people to read; a user's name or a token's.
        role: what the permission table is asked with.
        gateway_id: the gateway that the token is bound to; None for everyone else.
        camera_ids: the cameras it may see; None means every camera. A gateway sees its own.
    """

    kind: Literal["user", "token"]
    id: str
    name: str
    role: Role
    gateway_id: str | None = None
    camera_ids: frozenset[str] | None = None

    @property
    def actor(self) -> str:
        """Return the name under which the audit record keeps what was done: `user:ID`."""
        return f"{self.kind}:{self.id}"

    def may_see(self, camera_id: str) -> bool:
        """Say whether what this camera saw may be shown; where not, it does not exist (404)."""
        return self.camera_ids is None or camera_id in self.camera_ids
