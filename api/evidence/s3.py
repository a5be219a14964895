"""Objects in a bucket of an S3-compatible store."""

import base64
import hashlib
import io
from typing import NoReturn
from urllib.parse import parse_qs, unquote, urlsplit

from api.evidence.errors import (
    ObjectMissing,
    ObjectStoreError,
    StoreMisconfigured,
    StoreUnavailable,
)
from api.evidence.objects import object_key, verified_digest, verify

try:
    import urllib3
    from minio import Minio
    from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
except ImportError as error:
    raise StoreMisconfigured(
        "an s3:// object store needs the minio client",
        hint="Install it: pip install 'xunjian[s3]'.",
    ) from error

_FORM = "s3://ACCESS:SECRET@HOST[:PORT]/BUCKET[?secure=false&region=NAME]"
_CONNECTIONS = 32
_TIMEOUT = urllib3.Timeout(connect=3, read=15)
_RETRIES = urllib3.Retry(total=2, backoff_factor=0.2, status_forcelist=(500, 502, 503, 504))
_ABSENT = ("NoSuchKey", "NotFound", "NoSuchObject")
_REFUSALS = {
    "NoSuchBucket": "the bucket {bucket!r} does not exist; make it first",
    "AccessDenied": "the access key may not use the bucket {bucket!r}",
    "InvalidAccessKeyId": "the access key is unknown to the store",
    "SignatureDoesNotMatch": "the secret key is wrong",
    "InvalidBucketName": "{bucket!r} is not a name of a bucket",
    "RequestTimeTooSkewed": "the clocks of the service and of the store differ too much",
}


class S3Store:
    """An object store in one bucket.

    The store verifies what it receives (the signed SHA-256 of the payload over HTTP, its MD5 and
    TLS over HTTPS, `x-amz-checksum-sha256` where it knows it) and answers only when the object
    is durable; we verify again on reading.

    Args:
        client: a client that is allowed to read and write the bucket.
        bucket: an existing bucket.
    """

    def __init__(self, client: Minio, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    @classmethod
    def from_url(cls, url: str) -> "S3Store":
        """Return the store of a URL; see `open_object_store`.

        Raises:
            StoreMisconfigured: the URL is not of that form. The message holds no secret.
        """
        try:
            parts = urlsplit(url)
            options = parse_qs(parts.query, strict_parsing=bool(parts.query))
            port = parts.port
        except ValueError:
            raise StoreMisconfigured(
                "the object store's URL cannot be read", hint=f"Write it as {_FORM}."
            ) from None
        bucket = parts.path.strip("/")
        secure = options.pop("secure", ["true"])[-1]
        region = options.pop("region", [None])[-1]
        host = parts.hostname or ""
        complete = host and parts.username and parts.password and bucket
        if not complete or "/" in bucket or options or secure not in ("true", "false"):
            raise StoreMisconfigured(
                "the object store's URL cannot be understood", hint=f"Write it as {_FORM}."
            )
        try:
            client = Minio(
                host if port is None else f"{host}:{port}",
                access_key=unquote(parts.username or ""),
                secret_key=unquote(parts.password or ""),
                secure=secure == "true",
                region=region,
                http_client=urllib3.PoolManager(
                    timeout=_TIMEOUT, maxsize=_CONNECTIONS, retries=_RETRIES
                ),
            )
        except ValueError as error:
            raise StoreMisconfigured(
                f"the object store's address is not one: {error}", hint=f"Write it as {_FORM}."
            ) from None
        return cls(client, bucket)

    def put(self, data: bytes, content_type: str) -> str:
        """Keep an object; see `ObjectStore.put`."""
        digest = hashlib.sha256(data)
        key = object_key(digest.hexdigest())
        try:
            if not self._has(key, len(data)):
                self._client.put_object(
                    self._bucket,
                    key,
                    io.BytesIO(data),
                    len(data),
                    content_type,
                    part_size=max(len(data), 5 * 1024 * 1024),  # one request, all or nothing
                    metadata={"x-amz-checksum-sha256": base64.b64encode(digest.digest()).decode()},
                )
        except (MinioException, urllib3.exceptions.HTTPError, ValueError) as error:
            self._raise(error)
        return key

    def _has(self, key: str, size: int) -> bool:
        try:
            return self._client.stat_object(self._bucket, key).size == size
        except S3Error as error:
            if error.code in _ABSENT:
                return False
            raise

    def get(self, key: str) -> bytes:
        """Return the bytes of an object; see `ObjectStore.get`."""
        digest = verified_digest(key)
        try:
            response = self._client.get_object(self._bucket, key)
            try:
                data = response.read()
            finally:
                response.close()
                response.release_conn()
        except (MinioException, urllib3.exceptions.HTTPError, ValueError) as error:
            if isinstance(error, S3Error) and error.code in _ABSENT:
                raise ObjectMissing(f"the object {digest} is not in the store") from None
            self._raise(error)
        return verify(data, digest)

    def remove(self, key: str) -> None:
        """Remove an object; see `ObjectStore.remove`."""
        verified_digest(key)
        try:
            self._client.remove_object(self._bucket, key)
        except (MinioException, urllib3.exceptions.HTTPError, ValueError) as error:
            self._raise(error)

    def check(self) -> None:
        """Return if the bucket can be reached; see `ObjectStore.check`."""
        try:
            found = self._client.bucket_exists(self._bucket)
        except (MinioException, urllib3.exceptions.HTTPError, ValueError) as error:
            self._raise(error)
        if not found:
            raise self._refused("NoSuchBucket")

    def _refused(self, code: str) -> ObjectStoreError:
        return StoreMisconfigured(
            "the object store refuses: " + _REFUSALS[code].format(bucket=self._bucket),
            hint=f"Check XUNJIAN_OBJECT_STORE: {_FORM}.",
        )

    def _raise(self, error: Exception) -> NoReturn:
        if isinstance(error, S3Error) and error.code in _REFUSALS:
            raise self._refused(error.code) from error
        if isinstance(error, ValueError):
            raise StoreMisconfigured(f"the object store cannot be used: {error}") from error
        if isinstance(error, S3Error | ServerError | InvalidResponseError):
            said = f"answers with an error: {error}"
        else:
            said = f"does not answer: {type(error).__name__}"
        raise StoreUnavailable(
            f"the object store {said}", hint="Check that it runs and can be reached."
        ) from error
