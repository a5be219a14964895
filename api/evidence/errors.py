"""What can go wrong with stored objects.

XunjianError
└── ObjectStoreError
    ├── ObjectMissing
    ├── ObjectCorrupt
    ├── StoreMisconfigured
    └── StoreUnavailable
"""

from models.errors import XunjianError


class ObjectStoreError(XunjianError):
    """Root of the errors of the object store."""


class ObjectMissing(ObjectStoreError):
    """No object has this key."""


class ObjectCorrupt(ObjectStoreError):
    """The stored bytes are not those that its key names."""


class StoreMisconfigured(ObjectStoreError):
    """The store refuses: wrong address, wrong secret, no such bucket. Waiting does not help."""


class StoreUnavailable(ObjectStoreError):
    """The store does not answer or cannot write now; trying later may help."""
