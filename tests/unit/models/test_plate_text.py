import pytest

from models.plate_text import CHARSET, PROVINCES, colors_of, is_plate


def test_the_alphabet_has_every_province_and_no_i_or_o() -> None:
    assert len(PROVINCES) == len(set(PROVINCES)) == 31
    assert len(set(CHARSET)) == len(CHARSET)
    assert "I" not in CHARSET
    assert "O" not in CHARSET


@pytest.mark.parametrize(
    ("text", "colors"),
    [
        ("京A12345", ("blue", "yellow")),
        ("粤BD12345", ("green",)),
        ("粤B12345F", ("green",)),
        ("渝B3587学", ("yellow",)),
        ("冀A1234挂", ("yellow",)),
        ("京A0006警", ("white",)),
        ("粤ZF023港", ("black",)),
        ("粤Z1234澳", ("black",)),
        ("使224578", ("black",)),
        ("224578使", ("black",)),
        ("沪A0023领", ("black",)),
        ("沪22422领", ("black",)),
    ],
)
def test_plates_of_every_kind(text: str, colors: tuple[str, ...]) -> None:
    assert colors_of(text) == colors
    assert is_plate(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "京A1234",
        "A京12345",
        "京112345",
        "京AO2345",
        "京A警1234",
        "粤BD1234F",
        "粤B1234567",
        "京",
    ],
)
def test_what_is_no_plate(text: str) -> None:
    assert not is_plate(text)
    assert colors_of(text) == ()
