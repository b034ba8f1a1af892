"""An S3-compatible object store (SPEC section 13): its hosts need no shared disk.

It provides no locks: each attempt writes a key of its own, and the row in Postgres publishes it. Only this module and
:mod:`.s3_client` use aiobotocore. The store's prefix is added and removed here.

In a thread: reading a part of a file in one hop.
"""

import asyncio
import bisect
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import hdrs
from botocore.exceptions import ClientError

from ..base.store_url import StoreUrl
from .base import Found, Head, ObjectUnreadableError, Stored, Take, VaultFaultError
from .objects import gather
from .s3_client import ATTEMPTS, code_of, create_client, is_refusal, status_of, translate_faults
from .s3_part import S3Part
from .scratch import DEAD_SECONDS
from .store import Bytes
from .writing import write_whole

PRESIGNED_SECONDS = 60
PRESIGNED_HEADERS = (hdrs.CONTENT_TYPE, hdrs.CONTENT_DISPOSITION, hdrs.CACHE_CONTROL)
PAGE = 1000
# A page of a listing costs about as much, in money and time, as this many HEAD requests.
HEADS_PER_LISTING = 32


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """An open multipart upload."""

    key: str
    upload_id: str
    age: float


class S3Store:
    """Everything below one prefix of one bucket.

    One client for the whole process; open it once, at start: creating it takes half a second. It connects on first use,
    so that a process starts while the store is down.
    """

    def __init__(self, url: StoreUrl) -> None:
        self._url = url
        self._open = AsyncExitStack()
        self._in_flight = 0
        self._is_silent = False

    async def open(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._client = await self._connect(self._url.endpoint)
        # Signing needs no connection, but the host that clients will use.
        self._signer = await self._connect(self._url.public) if self._url.public else self._client

    async def _connect(self, endpoint: str | None) -> Any:
        return await self._open.enter_async_context(create_client(self._url, endpoint))

    async def close(self) -> None:
        await self._open.aclose()

    @property
    def name(self) -> str:
        return f"Bucket {self._url.bucket} at {self._url.endpoint or f'AWS, {self._url.region}'}"

    def _named(self, key: str) -> dict[str, str]:
        return {"Bucket": self._url.bucket, "Key": self._url.prefix + key}

    @asynccontextmanager
    async def _request(self) -> AsyncIterator[Any]:
        """The client, for one small request with a timeout.

        After a timeout, only one request at a time probes the store; others fail immediately instead of waiting in
        line.
        """
        if self._is_silent and self._in_flight:
            raise VaultFaultError("The object store does not answer.")
        self._in_flight += 1
        try:
            with translate_faults():
                try:
                    async with asyncio.timeout(self._url.timeout):
                        yield self._client
                except TimeoutError:
                    self._is_silent = True
                    raise
                self._is_silent = False
        finally:
            self._in_flight -= 1

    async def _send(self, operation: str, key: str, **what: Any) -> Any:
        """Call a storing operation; each attempt may take as long as a small request."""
        with translate_faults():
            async with asyncio.timeout(ATTEMPTS * self._url.timeout):
                return await getattr(self._client, operation)(**self._named(key), **what)

    async def check(self) -> None:
        async with self._request() as client:
            try:
                await client.head_bucket(Bucket=self._url.bucket)
            except ClientError as error:
                if is_refusal(error):  # a HEAD's answer has no reason
                    await client.list_objects_v2(Bucket=self._url.bucket, MaxKeys=1)
                raise

    async def _classify(self, client: Any, key: str, error: ClientError) -> ObjectUnreadableError:
        """A refusal as the object's own error, if the bucket is accessible; other errors are raised unchanged."""
        if not is_refusal(error):
            raise error
        # A missing bucket looks like a missing object, and wrong credentials like a forbidden one.
        await client.head_bucket(Bucket=self._url.bucket)
        return ObjectUnreadableError(key, f"is refused by the object store: {code_of(error)}")

    async def head(self, key: str, first: int = 0) -> Head | None:
        async with self._request() as client:
            if first:
                try:
                    answer = await client.get_object(**self._named(key), Range=f"bytes=0-{first - 1}")
                    async with answer["Body"] as body:
                        return _head(answer, await body.read())
                except ClientError as error:
                    if not is_refusal(error):  # an empty object has no first byte
                        raise
            try:
                return _head(await client.head_object(**self._named(key)))
            except ClientError as error:
                unreadable = await self._classify(client, key, error)
                if status_of(error) == HTTPStatus.NOT_FOUND:
                    return None
                raise unreadable from error

    @asynccontextmanager
    async def read(self, key: str, head: Head | None = None, positions: range | None = None) -> AsyncIterator[Take]:
        part = {"Range": f"bytes={positions.start}-{positions.stop - 1}"} if positions is not None else {}
        async with self._request() as client:
            try:
                answer = await client.get_object(**self._named(key), **part)
            except ClientError as error:
                raise await self._classify(client, key, error) from error
        async with answer["Body"] as body:
            now = _head(answer)
            if head is not None and (now.size, now.etag) != (head.size, head.etag):
                what = "other bytes than it had" if now.size == head.size else f"{now.size} bytes, and had {head.size}"
                raise ObjectUnreadableError(key, f"has {what}")
            if positions is not None and answer.get("ContentLength", len(positions)) != len(positions):
                raise VaultFaultError("The object store answers with another range than was requested.")

            async def take(max_bytes: int) -> bytes:
                with translate_faults():
                    return bytes(await body.read(max_bytes))

            yield take

    async def put(self, key: str, source: Path | bytes, *, lasting: bool = True) -> Stored:
        if isinstance(source, Path):
            return await asyncio.to_thread(write_whole, self.begin(key), source)
        return Stored(key=key, size=len(source), etag=await self.put_object(key, source))

    async def put_object(self, key: str, data: bytes) -> str:
        return _etag(await self._send("put_object", key, Body=data))

    def begin(self, key: str) -> S3Part:
        return S3Part(self, key)

    async def copy(self, source: str, key: str, etag: str | None = None) -> str:
        unchanged = {} if etag is None else {"CopySourceIfMatch": f'"{etag}"'}
        answer = await self._send("copy_object", key, CopySource=self._named(source), **unchanged)
        return _etag(answer["CopyObjectResult"])

    async def compose(self, key: str, pieces: Sequence[str | Bytes]) -> str:
        upload_id = await self.begin_upload(key)
        try:
            etags = [
                await self.copy_part(key, upload_id, number, piece)
                if isinstance(piece, str)
                else await self.upload_part(key, upload_id, number, await asyncio.to_thread(piece))
                for number, piece in enumerate(pieces, start=1)
            ]
            return await self.complete_upload(key, upload_id, etags)
        except BaseException:
            await asyncio.shield(self.abort_upload(key, upload_id))
            raise

    async def copy_part(self, key: str, upload_id: str, number: int, source: str) -> str:
        """Copy an object as a part of a multipart upload."""
        part = {"UploadId": upload_id, "PartNumber": number, "CopySource": self._named(source)}
        return _etag((await self._send("upload_part_copy", key, **part))["CopyPartResult"])

    async def begin_upload(self, key: str) -> str:
        async with self._request() as client:
            return str((await client.create_multipart_upload(**self._named(key)))["UploadId"])

    async def upload_part(self, key: str, upload_id: str, number: int, data: bytes) -> str:
        return _etag(await self._send("upload_part", key, UploadId=upload_id, PartNumber=number, Body=data))

    async def complete_upload(self, key: str, upload_id: str, etags: Sequence[str]) -> str:
        parts = [{"PartNumber": number, "ETag": f'"{etag}"'} for number, etag in enumerate(etags, start=1)]
        whole = {"UploadId": upload_id, "MultipartUpload": {"Parts": parts}}
        return _etag(await self._send("complete_multipart_upload", key, **whole))

    async def abort_upload(self, key: str, upload_id: str) -> None:
        async with self._request() as client:
            try:
                await client.abort_multipart_upload(**self._named(key), UploadId=upload_id)
            except ClientError as error:
                if status_of(error) != HTTPStatus.NOT_FOUND:
                    raise

    async def uploads(self, prefix: str) -> Sequence[Upload]:
        """Open multipart uploads below a prefix, or of one key."""
        return [
            Upload(
                key=upload["Key"].removeprefix(self._url.prefix),
                upload_id=upload["UploadId"],
                age=(datetime.now(UTC) - upload["Initiated"]).total_seconds(),
            )
            async for page in self._pages("list_multipart_uploads", prefix)
            for upload in page.get("Uploads", [])
        ]

    async def tidy(self) -> None:
        for upload in await self.uploads(""):
            if upload.age > DEAD_SECONDS:
                await self.abort_upload(upload.key, upload.upload_id)

    async def delete(self, key: str, *, unfinished: bool = False) -> None:
        async with self._request() as client:
            await client.delete_object(**self._named(key))
        if unfinished:
            for upload in await self.uploads(key):
                if upload.key == key:  # it may be a mere prefix, and a store may ignore the key in an abort
                    await self.abort_upload(key, upload.upload_id)

    async def list(self, prefix: str) -> AsyncIterator[Sequence[Found]]:
        async for page in self._pages("list_objects_v2", prefix, PaginationConfig={"PageSize": PAGE}):
            yield [
                Found(
                    key=entry["Key"].removeprefix(self._url.prefix),
                    size=entry["Size"],
                    age=(datetime.now(UTC) - entry["LastModified"]).total_seconds(),
                )
                for entry in page.get("Contents", [])
                if not entry["Key"].endswith("/")
            ]

    async def heads(self, keys: Collection[str]) -> AsyncGenerator[Mapping[str, Head | None], None]:
        """By listing pages of 1,000 objects where the keys are dense, and by HEAD requests where they are sparse.

        Each listing starts at the next wanted key, and answers for all keys up to its last object. Those that it does
        not contain get a HEAD request of their own.
        """
        wanted = sorted(keys)
        while wanted:
            listed: Mapping[str, Head] = {}
            end = 0
            if len(wanted) > HEADS_PER_LISTING:
                listed, is_last = await self._list_from(wanted[0])
                end = len(wanted) if is_last else bisect.bisect_right(wanted, max(listed, default=""))
            end = max(end, HEADS_PER_LISTING)
            page, wanted = wanted[:end], wanted[end:]
            rest = [key for key in page if key not in listed]
            found = await gather(self._head_or_none, rest)
            yield {key: listed.get(key) for key in page} | dict(zip(rest, found, strict=True))

    async def _head_or_none(self, key: str) -> Head | None:
        try:
            return await self.head(key)
        except ObjectUnreadableError:
            return None

    async def _list_from(self, first: str) -> tuple[Mapping[str, Head], bool]:
        """A page of a listing that begins at this key or just before it, and whether it is the last page."""
        after = {"Prefix": self._url.prefix, "StartAfter": self._url.prefix + first[:-1]}
        async with self._request() as client:
            page = await client.list_objects_v2(Bucket=self._url.bucket, MaxKeys=PAGE, **after)
        heads = {
            entry["Key"].removeprefix(self._url.prefix): Head(
                size=entry["Size"], etag=_etag(entry), modified=entry["LastModified"]
            )
            for entry in page.get("Contents", ())
        }
        return heads, not page["IsTruncated"]

    async def _pages(self, operation: str, prefix: str, **more: Any) -> AsyncIterator[Mapping[str, Any]]:
        paginator = self._client.get_paginator(operation)
        pages = aiter(paginator.paginate(Bucket=self._url.bucket, Prefix=self._url.prefix + prefix, **more))
        while True:
            async with self._request():
                page = await anext(pages, None)
            if page is None:
                return
            yield page

    async def presign(self, key: str, headers: Mapping[str, str]) -> str:
        """A presigned address of the object, valid for a minute.

        Args:
            headers: headers of the store's response, as far as they can be requested.
        """
        overrides = {f"Response{name.replace('-', '')}": headers[name] for name in PRESIGNED_HEADERS if name in headers}
        with translate_faults():
            url = await self._signer.generate_presigned_url(
                "get_object", Params=self._named(key) | overrides, ExpiresIn=PRESIGNED_SECONDS
            )
        return str(url)


def _head(answer: Mapping[str, Any], first: bytes = b"") -> Head:
    whole = answer.get("ContentRange", "").rpartition("/")[2]
    size = int(whole) if whole.isdigit() else answer["ContentLength"]
    return Head(size=size, etag=_etag(answer), modified=answer["LastModified"], first=first)


def _etag(answer: Mapping[str, Any]) -> str:
    return str(answer["ETag"]).strip('"')
