"""What may stand on a Chinese licence plate: the characters of GA 36-2018 and their order.

Written once, below both the rendering of plates and the reading of them. Letters and digits leave
out I and O, as the standard does for the numbers it gives out; plates of the armed police (WJ) and
temporary paper plates are outside it.
"""

PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
"""The 31 provinces of mainland China, in the order of GB/T 2260."""
DIGITS = "0123456789"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
SPECIALS = "警学挂港澳使领"
"""Police, learner, trailer, Hong Kong, Macau, embassy, consulate."""
CHARSET = PROVINCES + DIGITS + LETTERS + SPECIALS
"""Every character a plate can carry, in the order of the reader's classes."""
COLORS = ("blue", "green", "yellow", "white", "black")
"""Colours of plates: `green` is new energy, large vehicles' green-yellow ones included."""

_NUMBER = DIGITS + LETTERS
_ENERGY = "DABCEFGHJK"  # D, A, B, C, E: electric; F, G, H, J, K: other new energy

# One string of admitted characters for each position; GA 36-2018, tables 1 and 3.
_CIVIL = (PROVINCES, LETTERS, *[_NUMBER] * 5)
_SMALL_ENERGY = (PROVINCES, LETTERS, _ENERGY, _NUMBER, *[DIGITS] * 4)
_LARGE_ENERGY = (PROVINCES, LETTERS, *[DIGITS] * 5, _ENERGY)
_MARKED = (PROVINCES, LETTERS, *[_NUMBER] * 4)
_EMBASSY = (*[DIGITS] * 6, "使")
_FORMER_EMBASSY = ("使", *[DIGITS] * 6)
_CONSULATE = (PROVINCES, *[DIGITS] * 5, "领")

PATTERNS: dict[str, tuple[tuple[str, ...], ...]] = {
    "blue": (_CIVIL,),
    "green": (_SMALL_ENERGY, _LARGE_ENERGY),
    "yellow": (_CIVIL, (*_MARKED, "学"), (*_MARKED, "挂")),
    "white": ((*_MARKED, "警"),),
    "black": (
        (*_MARKED, "港"),
        (*_MARKED, "澳"),
        (*_MARKED, "领"),
        _CONSULATE,
        _EMBASSY,
        _FORMER_EMBASSY,
    ),
}
"""Patterns of plates by colour: the characters admitted at each position."""
ALL_PATTERNS = tuple(dict.fromkeys(p for patterns in PATTERNS.values() for p in patterns))


def is_plate(text: str) -> bool:
    """Whether a text follows one of the patterns.

    Example:
        >>> is_plate("京A12345"), is_plate("京AD12345"), is_plate("京A1234")
        (True, True, False)
    """
    return any(_follows(text, pattern) for pattern in ALL_PATTERNS)


def colors_of(text: str) -> tuple[str, ...]:
    """The colours whose plates may carry this text, in the order of `COLORS`."""
    return tuple(
        color
        for color, patterns in PATTERNS.items()
        if any(_follows(text, pattern) for pattern in patterns)
    )


def _follows(text: str, pattern: tuple[str, ...]) -> bool:
    return len(text) == len(pattern) and all(
        character in admitted for character, admitted in zip(text, pattern, strict=True)
    )
