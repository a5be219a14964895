"""An MQTT broker of the tests' own: Eclipse Mosquitto, from the installed binary."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "xunjian", "s3cret/with+signs"


class MosquittoMissing(Exception):
    """No Mosquitto is installed."""


@contextmanager
def broker(
    folder: Path, *, users: bool = False, certificate: Path | None = None, port: int = 0
) -> Iterator[str]:
    """Run a broker on a loopback port, a free one by default; give its address.

    Args:
        folder: for its files.
        users: whether it lets in only `USER`.
        certificate: its certificate and key, to speak TLS.
        port: where another one ran before.
    """
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if program is None:
        raise MosquittoMissing("Mosquitto is not installed (Debian: mosquitto)")
    with socket.create_server(("127.0.0.1", port)) as server:
        port = server.getsockname()[1]
    lines = [f"listener {port} 127.0.0.1", "user root"]
    if users:
        known = folder / "users"
        known.touch(mode=0o700)
        subprocess.run(["mosquitto_passwd", "-b", known, USER, PASSWORD], check=True)
        lines += ["allow_anonymous false", f"password_file {known}"]
    else:
        lines += ["allow_anonymous true"]
    if certificate is not None:
        lines += [f"certfile {certificate}", f"keyfile {certificate}"]
    settings = folder / "mosquitto.conf"
    settings.write_text("\n".join(lines) + "\n")
    process = subprocess.Popen([program, "-c", settings], stderr=subprocess.DEVNULL)
    try:
        _wait(port, process)
        yield f"{'mqtt' if certificate is None else 'mqtts'}://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"mosquitto ended with {process.returncode}")


def certificate_at(path: Path) -> Path:
    """Write a certificate of 127.0.0.1, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "broker")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path
