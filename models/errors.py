"""The root of Xunjian's error tree.

XunjianError
├── ModelError
│   ├── ModelNotFound
│   ├── ModelInvalid
│   └── PromotionRefused
└── … each package hangs its own branch here (`inference.errors.InferenceError`, …)
"""


class XunjianError(Exception):
    """Root of every error that Xunjian raises on purpose.

    Attributes:
        hint: How to mend it, in one sentence, or None where nothing general can be said.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class ModelError(XunjianError):
    """A model folder cannot be used."""


class ModelNotFound(ModelError):
    """No model of that name, or not in that variant."""


class ModelInvalid(ModelError):
    """A model's files are damaged or contradict each other."""


class PromotionRefused(ModelError):
    """A version cannot be put in service, or taken back, now."""
