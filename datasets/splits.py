"""Which pictures of a source are held back from training, by a rule that anyone can repeat."""

import hashlib

HELD_OUT_SHARE = 0.3
"""Share of a source's pictures held back, on average."""


def is_held_out(name: str, share: float = HELD_OUT_SHARE) -> bool:
    """Whether a picture is held back to judge, and never trained on.

    The rule looks at the file's name alone, so that every importer and every machine agrees and a
    picture that joins later moves no other: the first 8 bytes of the SHA-256 of the name (UTF-8),
    as a fraction of 2**64, below `share`. What was cut from one photo carries the photo's name.

    Args:
        name: File name of the picture with its suffix and without folders, e.g. `0012.jpg`.
        share: Share to hold back, 0 to 1.
    """
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * 2**64
