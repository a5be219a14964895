import pytest

from api.devices.parts import read_parts
from api.errors import BadRequest

SCENE_HEADERS = (
    'Content-Disposition: form-data; name="x"; filename="底图.jpg";\r\n'
    "Content-Type: image/jpeg\r\nContent-ID: <FU1>"
)
KIND = "multipart/form-data; boundary=MIME_boundary"


def body(*parts: tuple[str, bytes]) -> bytes:
    """Return a multipart body of parts with these headers."""
    told = b"".join(
        b"--MIME_boundary\r\n" + headers.encode() + b"\r\n\r\n" + data + b"\r\n"
        for headers, data in parts
    )
    return told + b"--MIME_boundary--\r\n"


def test_parts_need_no_name_and_keep_every_byte() -> None:
    picture = b"\xff\xd8\r\n--MIME_boundar\r\n\x00--\r\n\xff\xd9"
    told, shown = read_parts(
        body(
            ("Content-Type: application/json; charset=UTF-8\r\nContent-Length: 2", b"{}"),
            (
                SCENE_HEADERS,
                picture,
            ),
        ),
        KIND,
    )
    assert (told.name, told.content_type, told.data) == ("", "application/json", b"{}")
    assert (shown.name, shown.filename, shown.content_id) == ("x", "底图.jpg", "FU1")
    assert shown.data == picture


def test_a_mixed_body_with_a_quoted_boundary_is_read() -> None:
    read = read_parts(
        body(("Content-Type: text/xml", b"<a/>")), 'multipart/mixed; boundary="MIME_boundary"'
    )
    assert [part.data for part in read] == [b"<a/>"]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", KIND),
        (b"nothing of the kind", KIND),
        (body(("Content-Type: text/xml", b"<a/>"))[:-20], KIND),
        (body(("Content-Type: text/xml", b"<a/>")), "multipart/form-data"),
        (body(("Content-Type: text/xml", b"<a/>")), "multipart/form-data; boundary=other"),
        (body(*[("A: b", b"")] * 33), KIND),
        (body(("A" * 5000, b"")), KIND),
        (body(("no colon", b"")), KIND),
    ],
)
def test_what_is_no_multipart_is_said_to_be_none(data: bytes, kind: str) -> None:
    with pytest.raises(BadRequest):
        read_parts(data, kind)
