"""Announcing files: what would become of each, and the upload that awaits those which are new.

Looking, reserving and inserting happen in one transaction under two locks: one a library, so that two uploads cannot
pass its allowance together, and one for all, so that they cannot pass the disk.
"""

import hashlib
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from ..assets.allowance import Allowance, read_allowance
from ..assets.asset import Known, find_known
from ..database import Connection, Pool
from ..http.errors import unprocessable
from ..identity import audit
from ..identity.users import Actor
from ..ops.settings import Settings
from ..ops.telemetry import log
from ..site.texts import hashtags, one_line
from ..vault import Vault
from .insert import insert_lines, insert_upload
from .plan import is_sent, judge, plan_lines
from .queries import find_upload, list_lines
from .room import lock_announcing, require_open_place, require_room
from .settle import recount
from .shapes import AllowanceLeft, AnnouncedFile, AnnouncedUpload, CheckAnswer, CheckRequest, Defaults, UploadRequest

_TEXTS = ("theme", "source", "attribution")


async def check_files(pool: Pool, settings: Settings, actor: Actor, body: CheckRequest) -> CheckAnswer:
    """What would become of each file, and what is left of the allowance; nothing changes."""
    async with pool.acquire() as connection:
        known = await _find_known(connection, actor, body.files)
        await audit.record_once(connection, actor, "read_uploads")
        allowance = await read_allowance(connection, user_id=actor.subject.id, limit_bytes=settings.library_max_bytes)
    return CheckAnswer(items=[judge(file, known) for file in body.files], allowance=_left(allowance))


async def announce(
    pool: Pool, vault: Vault, settings: Settings, actor: Actor, body: UploadRequest, *, idempotency_key: str | None
) -> AnnouncedUpload:
    """Open an upload; what is there already is a success at once.

    Raises:
        ProblemError: 422 too many files, no such licence, a text or hashtag that cannot be read, the allowance does not
            suffice, or a key used for another announcement; 429 too many open uploads; 507 the disk does not suffice.
    """
    if len(body.files) > settings.upload_max_files:
        raise unprocessable(f"At most {settings.upload_max_files} files go into one upload.", path="$.files")
    defaults = _readable(body.defaults)
    request_hash = hashlib.sha256(msgspec.json.encode((actor.subject.id, body))).hexdigest()
    async with pool.acquire() as connection, connection.transaction():
        await lock_announcing(connection, actor)
        upload_id = await _find_repeated(connection, actor, request_hash, idempotency_key)
        if upload_id is None:
            plan = plan_lines(body.files, await _find_known(connection, actor, body.files))
            needed = sum(line.file.size for line in plan if is_sent(line))
            await require_room(connection, vault, settings, actor, needed)
            await _require_license(connection, body.defaults.license_id)
            if any(map(is_sent, plan)):
                await require_open_place(connection, actor)
            upload_id = await insert_upload(
                connection,
                settings,
                actor,
                total_files=len(plan),
                name=body.name,
                defaults=defaults,
                idempotency_key=idempotency_key,
                request_hash=request_hash,
            )
            await insert_lines(connection, actor, upload_id, plan)
            await audit.record(connection, actor, "upload")
            await recount(connection, upload_id)
            log.info("upload_announced", upload_id=str(upload_id), files=len(plan), user=actor.subject.sqid)
    return await announced(pool, actor, upload_id)


async def announced(pool: Pool, actor: Actor, upload_id: UUID) -> AnnouncedUpload:
    """The upload as the answer tells it."""
    upload = await find_upload(pool, user_id=actor.subject.id, upload_id=upload_id)
    assert upload is not None
    target = actor.subject.sqid if actor.moderates else None
    files = await list_lines(pool, user_id=actor.subject.id, upload_id=upload_id, target=target)
    return AnnouncedUpload(files=files, **msgspec.structs.asdict(upload))


async def _find_known(connection: Connection, actor: Actor, files: Sequence[AnnouncedFile]) -> Mapping[str, Known]:
    hashes = {file.hash for file in files if file.hash is not None}
    return await find_known(connection, user_id=actor.subject.id, hashes=hashes) if hashes else {}


async def _find_repeated(
    connection: Connection, actor: Actor, request_hash: str, idempotency_key: str | None
) -> UUID | None:
    """The upload that this key opened within the last 24 hours."""
    if idempotency_key is None:
        return None
    row = await connection.fetchrow(
        """
        SELECT id, request_hash FROM batch_reports
         WHERE requested_by = $1 AND idempotency_key = $2 AND created_at > now() - interval '24 hours'
         ORDER BY created_at DESC LIMIT 1""",
        actor.viewer.id,
        idempotency_key,
    )
    if row is None:
        return None
    if row["request_hash"] != request_hash:
        raise unprocessable("This Idempotency-Key was used for another request.", path="Idempotency-Key")
    upload_id: UUID = row["id"]
    return upload_id


def _readable(defaults: Defaults) -> Defaults:
    """As an edit would have said it: texts in one line, hashtags as the site has them."""
    texts = {name: one_line(text) for name in _TEXTS if (text := getattr(defaults, name)) is not None}
    for name, text in texts.items():
        if not text:
            raise unprocessable("There is nothing to read in it.", path=f"$.defaults.{name}")
    tags = hashtags(defaults.hashtags, path="$.defaults.hashtags")
    return msgspec.structs.replace(defaults, hashtags=tags, **texts)


async def _require_license(connection: Connection, license_id: int | None) -> None:
    if license_id is None:
        return
    if await connection.fetchval("SELECT 1 FROM licenses WHERE id = $1", license_id) is None:
        raise unprocessable("There is no such licence.", path="$.defaults.license_id")


def _left(allowance: Allowance) -> AllowanceLeft:
    return AllowanceLeft(
        limit_bytes=allowance.limit_bytes,
        used_bytes=allowance.used_bytes,
        reserved_bytes=allowance.reserved_bytes,
        left_bytes=allowance.left_bytes,
    )
