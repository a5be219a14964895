"""What can go wrong while a camera's frames are compared over days.

InferenceError
└── SiteError
    ├── BaselineImpossible
    └── TimesUnknown
"""

from inference.errors import InferenceError


class SiteError(InferenceError):
    """Root of the errors of `inference.sites`."""


class BaselineImpossible(SiteError):
    """The frames given do not make a baseline."""


class TimesUnknown(SiteError):
    """When the frames were taken cannot be told."""
