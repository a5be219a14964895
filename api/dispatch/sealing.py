"""Secrets of destinations and devices at rest.

They are encrypted, since they must be used again and cannot be hashed.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken

from api.secrets import derive_key
from models.errors import XunjianError


class SecretUnreadable(XunjianError):
    """A stored secret was encrypted with another key."""


class Seal:
    """Encrypts and decrypts stored secrets (Fernet: AES-128-CBC with HMAC-SHA256).

    Args:
        secret_key: the installation's secret key (`api.secrets.load_secret_key`).
    """

    def __init__(self, secret_key: bytes) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(derive_key(secret_key, "stored secrets")))

    def close(self, secret: str) -> str:
        """Return a secret as it may be stored."""
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return the secret that was stored.

        Raises:
            SecretUnreadable: it was encrypted with another key.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SecretUnreadable(
                "a stored secret was encrypted with another secret.key",
                hint="Restore the secret.key that belongs to this database, or set the "
                "secret again.",
            ) from None
