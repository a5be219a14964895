import simplejpeg
from hypothesis import given
from hypothesis import strategies as st

from tests import rtsp


@given(number=st.integers(0, 2**16 - 1), quality=st.integers(20, 95))
def test_a_number_is_read_from_a_poor_picture(number: int, quality: int) -> None:
    picture = rtsp.number_picture(number, (320, 180))
    jpeg = simplejpeg.encode_jpeg(picture // 2 + 60, quality=quality)
    assert rtsp.read_jpeg_number(jpeg) == number


def test_a_picture_without_a_number_has_none() -> None:
    assert rtsp.read_number(rtsp.number_picture(7, (320, 180))[90:]) is None
