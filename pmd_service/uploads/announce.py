"""Announcing files: the verdict on each, and an upload that waits for those that are new."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from ..assets.allowance import read_allowance
from ..assets.asset import find_known
from ..base.database import Connection, Pool
from ..base.settings import Settings
from ..base.telemetry import log
from ..http.errors import conflict, unprocessable
from ..http.once import Once
from ..identity import audit
from ..identity.users import Actor
from ..locales import translatable
from ..site.licenses import require_licenses
from ..site.texts import file_hashtags, readable
from ..vault import Vault
from .admit import Offer, admit, insert_lines, open_upload
from .paths import normalized_path
from .queries import find_upload, list_lines
from .quota import require_upload_slot
from .rules import Offered, Planned, judge
from .settle import lock_owned
from .shapes import (
    MAX_ANNOUNCED,
    AllowanceLeft,
    AnnouncedFile,
    AnnouncedUpload,
    CheckAnswer,
    CheckRequest,
    Defaults,
    PageRequest,
    UploadRequest,
)

_TEXTS = ("theme", "source", "attribution")


async def check_files(pool: Pool, settings: Settings, actor: Actor, body: CheckRequest) -> CheckAnswer:
    """The verdict on each file, and what is left of the allowance. Changes nothing."""
    user_id, hashes = actor.subject.id, {file.sha256 for file in body.files if file.sha256}
    async with pool.acquire() as connection:
        known = await find_known(connection, user_id=user_id, hashes=hashes)
        await audit.record_once(connection, actor, "read_uploads")
        allowance = await read_allowance(connection, settings, user_id=user_id)
    return CheckAnswer(
        items=[judge(file, known) for file in body.files],
        allowance=msgspec.convert(allowance, AllowanceLeft, from_attributes=True),
    )


async def announce(
    pool: Pool, vault: Vault, settings: Settings, actor: Actor, body: UploadRequest, once: Once
) -> AnnouncedUpload:
    """Open an upload. Files that the library has already succeed immediately.

    Raises:
        ProblemError: 422 too many files, an unknown licence, an invalid text or hashtag, or the allowance does not
            suffice; 429 too many open uploads; 507 the disk does not suffice; and as ``Once.begin``.
    """
    total = _require_count(settings, body)
    defaults = _normalize(body.defaults)

    async def offer(connection: Connection) -> Offer:
        await once.begin(connection)
        return Offer([Offered(file=file) for file in body.files])

    async def insert(connection: Connection, plan: Sequence[Planned]) -> UUID:
        await _require_licenses(connection, defaults)
        if any(line.is_needed for line in plan):
            await require_upload_slot(connection, user_id=actor.subject.id)
        return await open_upload(
            connection, settings, actor, plan, total_files=total, name=body.name, defaults=defaults
        )

    answers: list[AnnouncedUpload] = []

    async def answer(connection: Connection, upload_id: UUID) -> None:
        answers.append(await announced(connection, actor, upload_id, limit=len(body.files)))
        await once.end(connection, answers[0])

    admitted = await admit(pool, vault, settings, actor, offer=offer, insert=insert, admitted=answer)
    log.info("upload_announced", upload_id=str(admitted.upload_id), files=len(admitted.plan), user=actor.subject.sqid)
    return answers[0]


def _require_count(settings: Settings, body: UploadRequest) -> int:
    """The total number of files.

    Raises:
        ProblemError: 422 too many in this request or in all, or more than ``total_files``.
    """
    _require_page(body.files)
    total = body.total_files or len(body.files)
    if total > settings.upload_max_files:
        raise unprocessable(f"An upload has at most {settings.upload_max_files:,} files.", path="$.files")
    if total < len(body.files):
        raise unprocessable(f"There are {len(body.files)} files, but total_files is {total}.", path="$.total_files")
    return total


def _require_page(files: Sequence[AnnouncedFile]) -> None:
    if len(files) > MAX_ANNOUNCED:
        limit = translatable(f"A request announces at most {MAX_ANNOUNCED} files.")
        raise unprocessable(f"{limit} Send total_files, and announce the others in further pages.", path="$.files")


async def announce_page(
    pool: Pool, vault: Vault, settings: Settings, actor: Actor, upload_id: UUID, body: PageRequest
) -> AnnouncedUpload:
    """Announce further files of an upload. Repeating a page changes nothing.

    Raises:
        ProblemError: 404, 410 no such upload; 409 it has ended, or some of these positions are taken; 422 too many
            files, more than ``total_files``, or the allowance does not suffice; 507 the disk does not suffice.
    """
    _require_page(body.files)

    async def offer(connection: Connection) -> Offer:
        upload = await lock_owned(connection, actor, upload_id, ended="This upload is no longer open.")
        present = await connection.fetchval(_COUNT_ANNOUNCED, upload_id, body.first, body.first + len(body.files))
        if present == len(body.files):
            return Offer([], upload_id)
        if present:
            raise conflict("Some of these positions have files already.")
        if upload["status"] != "processing":
            raise conflict("This upload has ended. Open another one.")
        if body.first + len(body.files) > upload["total_files"]:
            raise unprocessable(f"This upload has {upload['total_files']} files in all, as announced.", path="$.files")
        return Offer([Offered(file=file) for file in body.files], upload_id)

    async def insert(connection: Connection, plan: Sequence[Planned]) -> UUID:
        await insert_lines(connection, actor, upload_id, plan, first=body.first)
        return upload_id

    await admit(pool, vault, settings, actor, offer=offer, insert=insert)
    return await announced(pool, actor, upload_id, after=body.first - 1, limit=len(body.files))


_COUNT_ANNOUNCED = """
SELECT count(*) FROM batch_report_files WHERE batch_id = $1 AND processing_order >= $2 AND processing_order < $3
"""


async def announced(
    connection: Connection | Pool, actor: Actor, upload_id: UUID, *, after: int = -1, limit: int = MAX_ANNOUNCED
) -> AnnouncedUpload:
    """The upload as it is returned to the client, with a page of its lines."""
    upload = await find_upload(connection, user_id=actor.subject.id, upload_id=upload_id)
    lines = await list_lines(connection, actor, upload_id, after=after, limit=limit)
    return AnnouncedUpload(files=lines, **msgspec.structs.asdict(upload))


def _normalize(defaults: Defaults) -> Defaults:
    """Normalize like an edit in the library: texts on one line, hashtags as the site stores them."""
    given = {name: text for name in _TEXTS if (text := getattr(defaults, name)) is not None}
    texts = {name: readable(text, path=f"$.defaults.{name}") for name, text in given.items()}
    tags = file_hashtags(defaults.hashtags, path="$.defaults.hashtags")
    # As the paths of the files are: only then are they found in their folders.
    folders = [
        msgspec.structs.replace(each, folder=normalized_path(each.folder).strip("/"))
        for each in defaults.folder_licenses
    ]
    return msgspec.structs.replace(defaults, hashtags=tags, folder_licenses=folders, **texts)


async def _require_licenses(connection: Connection, defaults: Defaults) -> None:
    wanted = {"$.defaults.license_id": defaults.license_id}
    for number, each in enumerate(defaults.folder_licenses):
        wanted[f"$.defaults.folder_licenses[{number}].license_id"] = each.license_id
    await require_licenses(connection, wanted)
