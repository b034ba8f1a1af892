"""The few calls of an object store that the vault makes, and what their failures mean.

aiobotocore is known here alone. The store is asked by keys with the vault's own prefix in front; nothing above sees it.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, cast

import aiohttp
import msgspec
from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from aiohttp import hdrs
from botocore.exceptions import BotoCoreError, ClientError

from ..ops.store_url import StoreUrl
from ..ops.telemetry import VAULT_FAULTS
from .base import Found, VaultFaultError

CONNECT_SECONDS = 5
READ_SECONDS = 30
ATTEMPTS = 3
CONNECTIONS = 64
PRESIGNED_SECONDS = 60
PRESIGNED_HEADERS = (hdrs.CONTENT_TYPE, hdrs.CONTENT_DISPOSITION, hdrs.CACHE_CONTROL)
PAGE = 1000


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What the store knows of an object; ``first`` are its first bytes, where they were asked for."""

    size: int
    etag: str
    modified: datetime
    first: bytes = b""


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """An open multipart upload."""

    key: str
    upload_id: str
    age: float


@contextmanager
def faults_told() -> Iterator[None]:
    """Every failure of the store as a fault that may pass; “not there” is told apart before."""
    try:
        yield
    except ClientError as error:
        VAULT_FAULTS.inc()
        code = error.response.get("Error", {}).get("Code", "?")
        raise VaultFaultError(f"The object store refuses {error.operation_name}: {code}.") from error
    except (BotoCoreError, aiohttp.ClientError, OSError, TimeoutError) as error:
        VAULT_FAULTS.inc()
        raise VaultFaultError(f"The object store does not answer: {type(error).__name__}.") from error


def is_not_found(error: ClientError) -> bool:
    return cast(int, error.response["ResponseMetadata"]["HTTPStatusCode"]) == HTTPStatus.NOT_FOUND


class ObjectStore:
    """One client for the whole process; open it once, at start: making it takes half a second."""

    def __init__(self, url: StoreUrl) -> None:
        self._url = url
        self._open = AsyncExitStack()

    async def open(self) -> None:
        self._client = await self._connect(self._url.endpoint)
        # Signing needs no connection, but the host that the reader will ask.
        self._signer = await self._connect(self._url.public) if self._url.public else self._client

    async def _connect(self, endpoint: str | None) -> Any:
        config = AioConfig(
            signature_version="s3v4",
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            max_pool_connections=CONNECTIONS,
            # Every request is signed over its body already; stores other than AWS stumble over checksums behind it.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path"} if endpoint else {},
        )
        client = get_session().create_client("s3", region_name=self._url.region, endpoint_url=endpoint, config=config)
        return await self._open.enter_async_context(client)

    async def close(self) -> None:
        await self._open.aclose()

    def _named(self, key: str) -> dict[str, str]:
        return {"Bucket": self._url.bucket, "Key": self._url.prefix + key}

    async def check(self) -> None:
        """Raises: VaultFaultError: the bucket cannot be reached with these credentials."""
        with faults_told():
            await self._client.head_bucket(Bucket=self._url.bucket)

    async def head(self, key: str) -> Head | None:
        with faults_told():
            try:
                answer = await self._client.head_object(**self._named(key))
            except ClientError as error:
                if not is_not_found(error):
                    raise
                # A missing bucket answers like a missing object, and is nobody's lost archive.
                await self.check()
                return None
        return _head(answer, answer["ContentLength"])

    async def peek(self, key: str, length: int) -> Head | None:
        """``head`` with the first bytes, in one request."""
        with faults_told():
            try:
                answer = await self._client.get_object(**self._named(key), Range=f"bytes=0-{length - 1}")
                async with answer["Body"] as body:
                    first = await body.read()
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] in (
                    HTTPStatus.NOT_FOUND,
                    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,  # an empty object has no first byte
                ):
                    return await self.head(key)
                raise
        told = answer.get("ContentRange", "").rpartition("/")[2]
        head = _head(answer, int(told) if told.isdigit() else answer["ContentLength"])
        return msgspec.structs.replace(head, first=first)

    @asynccontextmanager
    async def read(self, key: str, positions: range | None = None) -> AsyncIterator[Any]:
        """The object's body, to be read in chunks; errors while it is read belong into ``faults_told`` as well."""
        part = {"Range": f"bytes={positions.start}-{positions.stop - 1}"} if positions is not None else {}
        with faults_told():
            answer = await self._client.get_object(**self._named(key), **part)
        async with answer["Body"] as body:
            yield body

    async def put(self, key: str, data: bytes) -> str:
        """Store a whole object; its entity tag."""
        with faults_told():
            answer = await self._client.put_object(**self._named(key), Body=data)
        return _etag(answer)

    async def begin_upload(self, key: str) -> str:
        with faults_told():
            answer = await self._client.create_multipart_upload(**self._named(key))
        return str(answer["UploadId"])

    async def upload_part(self, key: str, upload_id: str, number: int, data: bytes) -> str:
        with faults_told():
            answer = await self._client.upload_part(
                **self._named(key), UploadId=upload_id, PartNumber=number, Body=data
            )
        return _etag(answer)

    async def complete_upload(self, key: str, upload_id: str, etags: Sequence[str]) -> str:
        parts = [{"PartNumber": number, "ETag": f'"{etag}"'} for number, etag in enumerate(etags, start=1)]
        with faults_told():
            answer = await self._client.complete_multipart_upload(
                **self._named(key), UploadId=upload_id, MultipartUpload={"Parts": parts}
            )
        return _etag(answer)

    async def abort_upload(self, key: str, upload_id: str) -> None:
        with faults_told():
            try:
                await self._client.abort_multipart_upload(**self._named(key), UploadId=upload_id)
            except ClientError as error:
                if not is_not_found(error):
                    raise

    async def uploads(self, prefix: str) -> Sequence[Upload]:
        """Open multipart uploads below a prefix, or of one key."""
        found: list[Upload] = []
        with faults_told():
            pages = self._client.get_paginator("list_multipart_uploads").paginate(
                Bucket=self._url.bucket, Prefix=self._url.prefix + prefix
            )
            async for page in pages:
                found += [
                    Upload(
                        key=upload["Key"].removeprefix(self._url.prefix),
                        upload_id=upload["UploadId"],
                        age=(datetime.now(UTC) - upload["Initiated"]).total_seconds(),
                    )
                    for upload in page.get("Uploads", [])
                ]
        return found

    async def delete(self, key: str) -> None:
        with faults_told():
            await self._client.delete_object(**self._named(key))

    async def list(self, prefix: str) -> AsyncIterator[Sequence[Found]]:
        """Pages of what lies below the prefix."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._url.bucket, Prefix=self._url.prefix + prefix, PaginationConfig={"PageSize": PAGE}
        )
        with faults_told():
            async for page in pages:
                yield [
                    Found(
                        key=entry["Key"].removeprefix(self._url.prefix),
                        size=entry["Size"],
                        age=(datetime.now(UTC) - entry["LastModified"]).total_seconds(),
                    )
                    for entry in page.get("Contents", [])
                    if not entry["Key"].endswith("/")
                ]

    async def presign(self, key: str, headers: Mapping[str, str]) -> str:
        """An address that gives the object to whoever has it, for a minute.

        Args:
            headers: what the store is to tell in the answer, as far as it can be asked to.
        """
        told = {f"Response{name.replace('-', '')}": headers[name] for name in PRESIGNED_HEADERS if name in headers}
        with faults_told():
            url = await self._signer.generate_presigned_url(
                "get_object", Params=self._named(key) | told, ExpiresIn=PRESIGNED_SECONDS
            )
        return str(url)


def _head(answer: Mapping[str, Any], size: int) -> Head:
    return Head(size=size, etag=_etag(answer), modified=answer["LastModified"])


def _etag(answer: Mapping[str, Any]) -> str:
    return str(answer["ETag"]).strip('"')
