import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from api.dispatch.signatures import TOLERANCE, Keys, KeysInvalid, SignatureWrong

OLD = "whsec_" + base64.b64encode(b"o" * 32).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"x" * 32).decode()
BODY = '{"level": "第三级"}'.encode()


def pair(seed: bytes) -> tuple[str, str]:
    private = Ed25519PrivateKey.from_private_bytes(seed * 32)
    encoded = [
        base64.b64encode(raw).decode()
        for raw in (private.private_bytes_raw(), private.public_key().public_bytes_raw())
    ]
    return f"whsk_{encoded[0]}", f"whpk_{encoded[1]}"


OUR_PRIVATE, OUR_PUBLIC = pair(b"a")
THEIR_PRIVATE, THEIR_PUBLIC = pair(b"b")


def test_while_a_secret_changes_receivers_with_either_take_the_message() -> None:
    headers = Keys.read(f"{NEW} {OLD}").sign("msg-1", datetime.now(UTC), BODY)

    for secret in (NEW, OLD):  # the library is not ours
        assert Webhook(secret).verify(BODY, headers) == {"level": "第三级"}
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(BODY, headers)


def test_either_side_of_ed25519_checks_the_other() -> None:
    at = datetime.now(UTC)
    ours, theirs = (
        Keys.read(f"{OUR_PRIVATE} {THEIR_PUBLIC}"),
        Keys.read(f"{THEIR_PRIVATE} {OUR_PUBLIC}"),
    )
    headers = ours.sign("msg-1", at, BODY)

    assert headers["webhook-signature"].startswith("v1a,")
    assert ours.public_of_private == (OUR_PUBLIC,)
    theirs.verify(headers, BODY, at=at)
    ours.verify(theirs.sign("msg-2", at, BODY), BODY, at=at)
    with pytest.raises(SignatureWrong):
        ours.verify(headers, BODY, at=at)


def test_an_ed25519_signature_is_that_of_rfc_8032() -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    keys = Keys.read(f"{OUR_PRIVATE} {THEIR_PUBLIC}")
    signature = keys.sign("msg-1", at, BODY)["webhook-signature"].removeprefix("v1a,")

    signed = b"msg-1." + str(int(at.timestamp())).encode() + b"." + BODY
    expected = Ed25519PrivateKey.from_private_bytes(b"a" * 32).sign(signed)
    assert base64.b64decode(signature) == expected


@pytest.mark.parametrize("text", [NEW, f"{THEIR_PRIVATE} {OUR_PUBLIC}"])
def test_what_is_old_or_of_the_future_is_refused(text: str) -> None:
    present = datetime.now(UTC)
    keys = Keys.read(text) if text == NEW else Keys.read(f"{OUR_PRIVATE} {THEIR_PUBLIC}")
    for away in (-2, 2):
        headers = Keys.read(text).sign("msg-1", present + away * TOLERANCE, BODY)
        with pytest.raises(SignatureWrong):
            keys.verify(headers, BODY, at=present)
    keys.verify(
        Keys.read(text).sign("msg-1", present + timedelta(seconds=5), BODY), BODY, at=present
    )


@given(
    st.dictionaries(
        st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text()
    )
)
def test_no_header_passes_or_breaks_it(headers: dict[str, str]) -> None:
    keys = Keys.read(f"{NEW} {OUR_PRIVATE} {THEIR_PUBLIC}")

    with pytest.raises(SignatureWrong):
        keys.verify(headers, BODY, at=datetime.now(UTC))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "24 to 64"),
        (THEIR_PUBLIC, "24 to 64"),
        (OUR_PRIVATE, "cannot be checked"),
        (f"{NEW} whsec_c2hvcnQ=", "24 to 64"),
        (f"{NEW} whpk_not+base64!", "32 random bytes"),
    ],
)
def test_keys_that_cannot_work_are_told(text: str, says: str) -> None:
    with pytest.raises(KeysInvalid, match=says) as error:
        Keys.read(text)
    assert error.value.hint
