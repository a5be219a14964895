"""The tests' own device and the service's Digest, against the examples of the RFCs."""

import pytest

from api.devices.digest import DigestAnswer
from tests.viid_device import digest_response

# RFC 7616, 3.9.1, twice; RFC 2617, 3.5, with its errata.
_RFC_7616 = {
    "username": "Mufasa",
    "realm": "http-auth@example.org",
    "uri": "/dir/index.html",
    "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "nc": "00000001",
    "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
}
_EXAMPLES = [
    ("MD5", "Circle of Life", _RFC_7616, "8ca523f5e9506fed4657c9700eebdbec"),
    (
        "SHA-256",
        "Circle of Life",
        _RFC_7616,
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    ),
    (
        "MD5",
        "Circle Of Life",
        {
            "username": "Mufasa",
            "realm": "testrealm@host.com",
            "uri": "/dir/index.html",
            "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            "nc": "00000001",
            "cnonce": "0a4f113b",
        },
        "6629fae49393a05397450978507c4ef1",
    ),
]
examples = pytest.mark.parametrize(
    ("algorithm", "password", "values", "response"), _EXAMPLES, ids=["md5", "sha-256", "rfc-2617"]
)


@examples
def test_the_device_answers_as_the_rfc(
    algorithm: str, password: str, values: dict[str, str], response: str
) -> None:
    answered = digest_response(algorithm=algorithm, password=password, method="GET", **values)
    assert answered == response


@examples
def test_the_service_expects_what_the_rfc_says(
    algorithm: str, password: str, values: dict[str, str], response: str
) -> None:
    quoted = {name: value for name, value in values.items() if name != "nc"}
    header = "Digest " + ", ".join(f'{name}="{value}"' for name, value in quoted.items())
    answer = DigestAnswer.read(
        f'{header},\n qop=auth, nc={values["nc"]}, algorithm={algorithm}, response="{response}"'
    )
    assert answer is not None
    assert answer.expected(method="GET", secret=password) == response


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Digest",
        "Basic dXNlcjpwYXNz",
        'Digest username="a"',
        'Digest username="a", realm="r", nonce="n", uri="/", response="x", algorithm=MD4',
        'Digest username="a", realm="r", nonce="n", uri="/", response="x", qop=auth-int, nc=1',
        'Digest username="a", realm="r", nonce="n", uri="/", response="x", qop=auth, cnonce="c"',
        'Digest username="a", realm="r", nonce="n", nonce="m", uri="/", response="x"',
        'Digest username="a", realm="r", nonce="n", uri="/", response="x", =',
        "Digest " + "x" * 5000,
    ],
)
def test_what_is_no_answer(header: str) -> None:
    assert DigestAnswer.read(header) is None


def test_quotes_in_a_name_are_read() -> None:
    answer = DigestAnswer.read(
        r'Digest username="a\"b, c", realm="r", nonce="n", uri="/?a=1,2", response="x"'
    )
    assert answer is not None
    assert (answer.username, answer.uri, answer.nc) == ('a"b, c', "/?a=1,2", None)
