import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.reports import signing
from api.reports.signing import ReportNotGenuine, ReportSigner, ReportUnreadable
from api.spreadsheets import table

_SIGNER = ReportSigner(b"k" * 32)
_OTHER = ReportSigner(b"x" * 32)
_REPORT = {"day": "2026-11-21", "classes": [{"class": "坑槽", "found": 3}], "matters": []}
_TABLE = table(("part", "item", "value"), [["report", "day", "2026-11-21"], ["classes", "a\nb", 3]])


def _signed(report: Any) -> dict[str, Any]:
    signature = _SIGNER.sign(signing.canonical(report))
    return {
        "report": report,
        "signature": {
            "algorithm": "Ed25519",
            "key_id": signature.key_id,
            "value": signature.value,
        },
    }


@pytest.mark.parametrize("indent", [None, 2])
def test_a_report_is_genuine_however_it_is_laid_out(indent: int | None) -> None:
    document = _signed(_REPORT)
    turned = {"signature": document["signature"], "report": dict(reversed(_REPORT.items()))}

    data = json.dumps(turned, indent=indent, ensure_ascii=False).encode()

    assert signing.verify(data, _SIGNER.public_key) == "2026-11-21"


def test_a_changed_number_is_found_out() -> None:
    document = _signed(_REPORT)
    document["report"] = {**_REPORT, "classes": [{"class": "坑槽", "found": 2}]}

    with pytest.raises(ReportNotGenuine, match="changed"):
        signing.verify(json.dumps(document).encode(), _SIGNER.public_key)


@given(at=st.integers(0, 10_000), byte=st.integers(1, 255))
def test_no_byte_of_a_table_can_be_changed(at: int, byte: int) -> None:
    data = bytearray(_SIGNER.sign_table(_TABLE).encode())
    data[at % len(data)] ^= byte

    with pytest.raises((ReportNotGenuine, ReportUnreadable)):
        signing.verify(bytes(data), _SIGNER.public_key)


def test_a_table_is_genuine_as_it_was_fetched() -> None:
    data = _SIGNER.sign_table(_TABLE).encode()

    assert signing.verify(data, _SIGNER.public_key) == "2026-11-21"
    with pytest.raises(ReportNotGenuine):
        signing.verify(data.replace(b",3", b",4"), _SIGNER.public_key)


def test_another_installations_key_is_named() -> None:
    with pytest.raises(ReportNotGenuine, match=signing.key_id(_OTHER.public_key)[:16]):
        signing.verify(json.dumps(_signed(_REPORT)).encode(), _OTHER.public_key)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"{}",
        b"[1]",
        b'{"report": 1, "signature": 2}',
        b"a,b\r\n1,2\r\n",
        b"\xff\xfe",
        json.dumps({"report": _REPORT, "signature": {"algorithm": "RSA"}}).encode(),
        json.dumps(
            {
                "report": _REPORT,
                "signature": {"algorithm": "Ed25519", "key_id": "a", "value": "no base64!"},
            }
        ).encode(),
    ],
)
def test_what_is_no_report_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(ReportUnreadable):
        signing.verify(data, _SIGNER.public_key)


def test_the_key_is_the_same_at_every_start_and_another_for_another_installation() -> None:
    again = ReportSigner(b"k" * 32)
    assert signing.as_pem(again.public_key) == signing.as_pem(_SIGNER.public_key)
    assert signing.as_pem(_OTHER.public_key) != signing.as_pem(_SIGNER.public_key)


def test_a_pem_is_read_back_and_nothing_else() -> None:
    pem = signing.as_pem(_SIGNER.public_key).encode()
    assert signing.key_id(signing.read_pem(pem)) == signing.key_id(_SIGNER.public_key)
    with pytest.raises(ReportUnreadable, match="PEM"):
        signing.read_pem(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees(tmp_path: Path) -> None:
    """Whoever does not trust our command can check with another's."""
    signed = signing.canonical(_REPORT)
    (tmp_path / "report").write_bytes(signed)
    (tmp_path / "key.pem").write_text(signing.as_pem(_SIGNER.public_key))
    (tmp_path / "signature").write_bytes(base64.b64decode(_SIGNER.sign(signed).value))
    command = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in report -sigfile signature"
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
