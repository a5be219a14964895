"""The secret key of this installation, from which every other secret of its own is derived."""

import hmac
import os
import secrets
from pathlib import Path

from models.errors import XunjianError

_BYTES = 32


class SecretKeyInvalid(XunjianError):
    """The file of the secret key is not one."""


def load_secret_key(data_dir: Path) -> bytes:
    """Return the installation's secret key, made on the first call.

    It lies in `data_dir/secret.key`, readable by its owner only. Several processes that start
    together get the same key. Services on several machines need the same file.

    Raises:
        SecretKeyInvalid: the file does not hold a key.
    """
    path = data_dir / "secret.key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        made = data_dir / f"secret.key.{secrets.token_hex(8)}"
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(made, path)  # fails where another process was first; its key stands
        except FileExistsError:
            pass
        finally:
            made.unlink()
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise SecretKeyInvalid(
            f"{path} does not hold a secret key",
            hint="Restore it from a backup; if it is removed, links that were given end.",
        )
    return key


def derive_key(secret_key: bytes, purpose: str) -> bytes:
    """Return a 32-byte key for one purpose, so that no key serves two.

    HMAC-SHA256 of the purpose under the secret key, a pseudo-random function (RFC 2104).
    """
    return hmac.digest(secret_key, purpose.encode(), "sha256")
