"""Reading what is kept, for those who asked for it."""

import structlog

from api.errors import NotFound, Unavailable
from api.evidence.errors import ObjectCorrupt, ObjectMissing, ObjectStoreError
from api.evidence.objects import ObjectStore

_log = structlog.get_logger()


def read_object(objects: ObjectStore, key: str) -> bytes:
    """Return the bytes of an object.

    Raises:
        NotFound: it is no longer whole in the store.
        Unavailable: the store does not answer.
    """
    try:
        return objects.get(key)
    except (ObjectMissing, ObjectCorrupt) as error:
        _log.error("evidence is lost", key=key, error=str(error))
        raise NotFound(
            "It is no longer whole in the object store; an administrator can restore it.",
            code="picture-lost",
        ) from error
    except ObjectStoreError as error:
        _log.error("the object store does not answer", error=str(error))
        raise Unavailable(
            "The object store does not answer; try again.",
            code="object-store-unavailable",
            retry_after_s=5,
        ) from error
