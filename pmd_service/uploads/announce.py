"""Announcing files: what would become of each, and the upload that awaits those which are new."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

import msgspec

from ..assets.allowance import read_allowance
from ..assets.asset import find_known
from ..base.database import Connection, Pool
from ..base.settings import Settings
from ..base.telemetry import log
from ..http.errors import conflict, unprocessable
from ..http.repeats import find_repeated
from ..identity import audit
from ..identity.users import Actor
from ..site.texts import hashtags, readable
from ..vault import Vault
from .admit import Offer, admit, insert_lines, open_upload
from .queries import find_upload, list_lines
from .quota import require_open_place
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
    """What would become of each file, and what is left of the allowance; nothing changes."""
    user_id, hashes = actor.subject.id, {file.hash for file in body.files if file.hash}
    async with pool.acquire() as connection:
        known = await find_known(connection, user_id=user_id, hashes=hashes)
        await audit.record_once(connection, actor, "read_uploads")
        allowance = await read_allowance(connection, settings, user_id=user_id)
    return CheckAnswer(
        items=[judge(file, known) for file in body.files],
        allowance=msgspec.convert(allowance, AllowanceLeft, from_attributes=True),
    )


async def announce(
    pool: Pool, vault: Vault, settings: Settings, actor: Actor, body: UploadRequest, *, idempotency_key: str | None
) -> AnnouncedUpload:
    """Open an upload; what is there already is a success at once.

    Raises:
        ProblemError: 422 too many files, no such licence, a text or hashtag that cannot be read, the allowance does not
            suffice, or a key used for another announcement; 429 too many open uploads; 507 the disk does not suffice.
    """
    total = _require_sizes(settings, body)
    defaults = _readable(body.defaults)
    request_hash = hashlib.sha256(msgspec.json.encode((actor.subject.id, body))).hexdigest()

    async def offer(connection: Connection) -> Offer:
        repeated = await find_repeated(
            connection,
            "batch_reports",
            requested_by=actor.viewer.id,
            key=idempotency_key,
            asked={"request_hash": request_hash},
            columns="id, request_hash",
        )
        return Offer([], repeated["id"]) if repeated else Offer([Offered(file=file) for file in body.files])

    async def enter(connection: Connection, plan: Sequence[Planned]) -> UUID:
        await _require_license(connection, defaults.license_id)
        if any(line.is_needed for line in plan):
            await require_open_place(connection, user_id=actor.subject.id)
        return await open_upload(
            connection,
            settings,
            actor,
            plan,
            total_files=total,
            name=body.name,
            defaults=defaults,
            idempotency_key=idempotency_key,
            request_hash=request_hash,
        )

    admitted = await admit(pool, vault, settings, actor, offer=offer, enter=enter)
    if admitted.plan:
        log.info(
            "upload_announced", upload_id=str(admitted.upload_id), files=len(admitted.plan), user=actor.subject.sqid
        )
    return await announced(pool, actor, admitted.upload_id, most=len(body.files))


def _require_sizes(settings: Settings, body: UploadRequest) -> int:
    """How many files there are in all.

    Raises:
        ProblemError: 422 too many, at once or in all, or more than are said to be.
    """
    _require_page(body.files)
    total = body.total_files or len(body.files)
    if total > settings.upload_max_files:
        raise unprocessable(f"At most {settings.upload_max_files:,} files go into one upload.", path="$.files")
    if total < len(body.files):
        raise unprocessable(f"These are {len(body.files)} files, and not {total}.", path="$.total_files")
    return total


def _require_page(files: Sequence[AnnouncedFile]) -> None:
    if len(files) > MAX_ANNOUNCED:
        most = f"At most {MAX_ANNOUNCED} files are announced at once."
        raise unprocessable(f"{most} Say how many there are, and announce the others after.", path="$.files")


async def announce_page(
    pool: Pool, vault: Vault, settings: Settings, actor: Actor, upload_id: UUID, body: PageRequest
) -> AnnouncedUpload:
    """Announce further files of an upload; a page that is announced again changes nothing.

    Raises:
        ProblemError: 404, 410 no such upload; 409 it has ended, or other files stand at these places; 422 too many, or
            more than were said to come, or the allowance does not suffice; 507 the disk does not suffice.
    """
    _require_page(body.files)

    async def offer(connection: Connection) -> Offer:
        upload = await lock_owned(connection, actor, upload_id, ended="This upload is no longer open.")
        taken = await connection.fetchval(_TAKEN, upload_id, body.first, body.first + len(body.files))
        if taken == len(body.files):
            return Offer([], upload_id)
        if taken:
            raise conflict("Some of these places have files already.")
        if upload["status"] != "processing":
            raise conflict("This upload has ended. Open another one.")
        if body.first + len(body.files) > upload["total_files"]:
            raise unprocessable(f"This upload was to have {upload['total_files']} files.", path="$.files")
        return Offer([Offered(file=file) for file in body.files], upload_id)

    async def enter(connection: Connection, plan: Sequence[Planned]) -> UUID:
        await insert_lines(connection, actor, upload_id, plan, first=body.first)
        return upload_id

    await admit(pool, vault, settings, actor, offer=offer, enter=enter)
    return await announced(pool, actor, upload_id, after=body.first - 1, most=len(body.files))


_TAKEN = """
SELECT count(*) FROM batch_report_files WHERE batch_id = $1 AND processing_order >= $2 AND processing_order < $3
"""


async def announced(
    pool: Pool, actor: Actor, upload_id: UUID, *, after: int = -1, most: int = MAX_ANNOUNCED
) -> AnnouncedUpload:
    """The upload as the answer tells it, with so many lines behind that one."""
    upload = await find_upload(pool, user_id=actor.subject.id, upload_id=upload_id)
    lines = await list_lines(pool, actor, upload_id, after=after, limit=most)
    return AnnouncedUpload(files=lines, **msgspec.structs.asdict(upload))


def _readable(defaults: Defaults) -> Defaults:
    """As an edit would have said it: texts in one line, hashtags as the site has them."""
    said = {name: text for name in _TEXTS if (text := getattr(defaults, name)) is not None}
    texts = {name: readable(text, path=f"$.defaults.{name}") for name, text in said.items()}
    tags = hashtags(defaults.hashtags, path="$.defaults.hashtags")
    return msgspec.structs.replace(defaults, hashtags=tags, **texts)


async def _require_license(connection: Connection, license_id: int | None) -> None:
    if license_id is None:
        return
    if await connection.fetchval("SELECT 1 FROM licenses WHERE id = $1", license_id) is None:
        raise unprocessable("There is no such licence.", path="$.defaults.license_id")
