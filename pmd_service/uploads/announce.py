"""Announcing files: what would become of each, and the upload that awaits those which are new.

Looking, reserving and inserting happen in one transaction under two locks: one a library, so that two uploads cannot
pass its allowance together, and one for all, so that they cannot pass the disk.
"""

import asyncio
import errno
import hashlib
import shutil
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID, uuid4

import msgspec

from ..assets.allowance import Allowance, read_allowance
from ..assets.asset import Known, Provenance, find_known, lock_library, restore_asset
from ..assets.reports import add_report
from ..database import Connection, Pool
from ..http.errors import ProblemError, unprocessable
from ..identity import audit
from ..identity.users import Actor
from ..ops.settings import Settings
from ..ops.telemetry import log
from .names import checked_path, extension_of, name_of
from .queries import Line, Upload, find_upload, list_lines
from .rules import REASONS, RefusedError, check_kind
from .settle import mark_success, recount

MAX_CHECKED = 512
MAX_OPEN_UPLOADS = 4
# What an upload may not use up: Postgres, logs and archives of the same machine go on.
DISK_RESERVE_BYTES = 64 * 1024**2

Verdict = Literal["new", "already_there", "in_trash", "refused"]

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class AnnouncedFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file as its owner has it."""

    path: Annotated[str, msgspec.Meta(min_length=1, max_length=4096, description="Relative, with `/`.")]
    size: Annotated[int, msgspec.Meta(ge=0, le=2**53, description="Bytes.")]
    hash: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$", description="SHA-256.")] | None = None
    mtime: Annotated[int, msgspec.Meta(ge=0, le=2**53, description="Milliseconds since 1970.")] | None = None


class CheckRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/uploads/check."""

    files: Annotated[list[AnnouncedFile], msgspec.Meta(min_length=1, max_length=MAX_CHECKED)]


class Defaults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is said of all files of an upload."""

    theme: _Text | None = None
    source: _Text | None = None
    provenance: Provenance = "unknown"
    license_id: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None
    attribution: Annotated[str, msgspec.Meta(min_length=1, max_length=500)] | None = None
    hashtags: Annotated[
        list[Annotated[str, msgspec.Meta(min_length=1, max_length=64)]], msgspec.Meta(max_length=64)
    ] = []


class UploadRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/uploads."""

    files: Annotated[list[AnnouncedFile], msgspec.Meta(min_length=1)]
    name: _Text | None = None
    defaults: Defaults = Defaults()


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of a file: ``asset_id`` where the library has it, a code and a sentence where it is refused."""

    path: str
    verdict: Verdict
    asset_id: int | None = None
    code: str | None = None
    message: str | None = None


class AllowanceLeft(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of the user's library; ``reserved_bytes`` are of files that are announced and not settled."""

    limit_bytes: int
    used_bytes: int
    reserved_bytes: int
    left_bytes: int


class CheckAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The verdicts in the order of the files."""

    items: Sequence[Checked]
    allowance: AllowanceLeft


class AnnouncedUpload(Upload, frozen=True, kw_only=True):
    """An upload with all of its lines."""

    files: Sequence[Line]


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A line that will be inserted: its file, what is said of it, and the line that it follows."""

    id: UUID
    file: AnnouncedFile
    path: str
    checked: Checked
    follows: UUID | None = None


async def check_files(pool: Pool, settings: Settings, actor: Actor, body: CheckRequest) -> CheckAnswer:
    """What would become of each file, and what is left of the allowance; nothing changes."""
    async with pool.acquire() as connection:
        known = await _find_known(connection, actor, body.files)
        await audit.record_once(connection, actor, "read_uploads")
        allowance = await read_allowance(connection, user_id=actor.subject.id, limit_bytes=settings.library_max_bytes)
    return CheckAnswer(items=[judge(file, known) for file in body.files], allowance=_left(allowance))


async def announce(
    pool: Pool, settings: Settings, actor: Actor, body: UploadRequest, *, idempotency_key: str | None
) -> AnnouncedUpload:
    """Open an upload; what is there already is a success at once.

    Raises:
        ProblemError: 422 too many files, no such licence, the allowance does not suffice, or a key used for another
            announcement; 429 too many open uploads; 507 the disk does not suffice.
    """
    if len(body.files) > settings.upload_max_files:
        raise unprocessable(f"At most {settings.upload_max_files} files go into one upload.", path="$.files")
    request_hash = hashlib.sha256(msgspec.json.encode((actor.subject.id, body))).hexdigest()
    async with pool.acquire() as connection, connection.transaction():
        await lock_announcing(connection, actor)
        upload_id = await _find_repeated(connection, actor, request_hash, idempotency_key)
        if upload_id is None:
            plan = plan_lines(body.files, await _find_known(connection, actor, body.files))
            await require_room(connection, settings, actor, sum(line.file.size for line in plan if is_sent(line)))
            await _require_license(connection, body.defaults.license_id)
            if any(map(is_sent, plan)):
                await require_open_place(connection, actor)
            upload_id = await insert_upload(
                connection,
                settings,
                actor,
                total_files=len(plan),
                name=body.name,
                defaults=body.defaults,
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


def judge(file: AnnouncedFile, known: Mapping[str, Known]) -> Checked:
    """What would become of this file, by its name, its size and the hash that is claimed."""
    try:
        path = checked_path(file.path)
        check_kind(extension_of(name_of(path)), file.size)
    except RefusedError as refused:
        return Checked(path=file.path, verdict="refused", code=refused.code, message=str(refused))
    asset = known.get(file.hash or "")
    if asset is None:
        return Checked(path=path, verdict="new")
    return Checked(path=path, verdict="in_trash" if asset.is_in_trash else "already_there", asset_id=asset.asset_id)


def plan_lines(
    files: Sequence[AnnouncedFile], known: Mapping[str, Known], *, ids: Sequence[UUID] | None = None
) -> list[Planned]:
    """The lines in their order; of new ones with the same hash the first is sent, and the others follow it.

    Args:
        ids: of lines that are there already; None gives them new ones.
    """
    plan: list[Planned] = []
    leaders: dict[str, UUID] = {}
    for file, line_id in zip(files, ids or [uuid4() for _ in files], strict=True):
        checked = judge(file, known)
        follows = leaders.setdefault(file.hash, line_id) if checked.verdict == "new" and file.hash else line_id
        plan.append(
            Planned(
                id=line_id,
                file=file,
                path=checked.path,
                checked=checked,
                follows=follows if follows != line_id else None,
            )
        )
    return plan


def is_sent(line: Planned) -> bool:
    """Whether bytes of this line will come."""
    return line.checked.verdict == "new" and line.follows is None


async def lock_announcing(connection: Connection, actor: Actor) -> None:
    """Until the transaction ends, nobody else reserves anything of the disk or of this user's allowance."""
    # “upl” in ASCII. One lock for all: an announcement takes a few milliseconds.
    await connection.execute("SELECT pg_advisory_xact_lock(x'75706c'::int, 0)")
    await lock_library(connection, user_id=actor.subject.id)


async def require_room(connection: Connection, settings: Settings, actor: Actor, needed: int) -> None:
    """Let so many bytes more be reserved; under ``lock_announcing``.

    Raises:
        ProblemError: 422 over the allowance, 507 over the disk.
    """
    if needed == 0:
        return
    allowance = await read_allowance(connection, user_id=actor.subject.id, limit_bytes=settings.library_max_bytes)
    if needed > allowance.left_bytes:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"Your library has room for {allowance.left_bytes:,} more bytes, and these files have {needed:,}. "
            "What lies in the trash counts until it is emptied.",
            kind="library-full",
        )
    if settings.vault_url is not None:
        return
    awaited = await connection.fetchval(
        """SELECT coalesce(sum(file_size - received_bytes), 0)::bigint
             FROM batch_report_files
            WHERE processing_status = 'pending' AND follows IS NULL"""
    )
    free = (await asyncio.to_thread(shutil.disk_usage, settings.vault_path)).free
    if needed + awaited + DISK_RESERVE_BYTES > free:
        raise insufficient_storage()


def insufficient_storage() -> ProblemError:
    """The disk is full: an operator's matter, which may pass."""
    return ProblemError(
        HTTPStatus.INSUFFICIENT_STORAGE,
        "There is not enough room on the server just now. Please try again later.",
        headers={"Retry-After": "600"},
    )


def is_disk_full(error: BaseException) -> bool:
    """Whether this, or what caused it, is a full disk or a used-up quota of the file system."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


async def require_open_place(connection: Connection, actor: Actor, *, besides: UUID | None = None) -> None:
    """Let the user have one more open upload, ``besides`` being that one.

    Raises:
        ProblemError: 429, enough of them await bytes.
    """
    waiting = await connection.fetchval(
        """
        SELECT count(*)
          FROM batch_reports
         WHERE user_id = $1 AND status = 'processing' AND id IS DISTINCT FROM $2
           AND EXISTS (SELECT FROM batch_report_files
                        WHERE batch_id = batch_reports.id AND processing_status = 'pending'
                          AND next_attempt_at = 'infinity')""",
        actor.subject.id,
        besides,
    )
    if waiting >= MAX_OPEN_UPLOADS:
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"{MAX_OPEN_UPLOADS} uploads are open already. Let one of them end, or stop it.",
            kind="open-uploads",
            headers={"Retry-After": "60"},
        )


async def insert_upload(
    connection: Connection,
    settings: Settings,
    actor: Actor,
    *,
    total_files: int,
    name: str | None,
    defaults: Defaults = Defaults(),  # noqa: B008 - frozen
    idempotency_key: str | None = None,
    request_hash: str | None = None,
) -> UUID:
    upload_id: UUID = await connection.fetchval(
        """
        INSERT INTO batch_reports (user_id, requested_by, total_files, name, defaults, idempotency_key, request_hash,
                                   expires_at, report_days)
        VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(hours => $8), $9) RETURNING id""",
        actor.subject.id,
        actor.viewer.id,
        total_files,
        name,
        defaults,
        idempotency_key,
        request_hash,
        settings.upload_ttl_hours,
        settings.report_ttl_days,
    )
    return upload_id


_INSERT_LINES = """
INSERT INTO batch_report_files (id, batch_id, user_id, processing_order, file_name, relative_path, file_size, file_type,
                                mtime, expected_hash, follows, processing_status, error_code, error_message,
                                settled_at)
SELECT line.id, $1, $2, $3 + line.place - 1, line.name, line.path, line.size, line.extension, line.mtime, line.hash,
       line.follows, CASE WHEN line.code IS NULL THEN 'pending' ELSE 'failed' END, line.code, line.message,
       CASE WHEN line.code IS NOT NULL THEN now() END
  FROM unnest($4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::bigint[], $10::text[], $11::uuid[],
              $12::text[], $13::text[])
       WITH ORDINALITY AS line (id, name, path, size, extension, mtime, hash, follows, code, message, place)
"""


async def insert_lines(
    connection: Connection, actor: Actor, upload_id: UUID, plan: Sequence[Planned], *, first: int = 0
) -> None:
    """Insert the lines, numbered from ``first``; those that the library or its trash has already succeed at once."""
    names = [name_of(line.path)[-255:] for line in plan]
    await connection.execute(
        _INSERT_LINES,
        upload_id,
        actor.subject.id,
        first,
        [line.id for line in plan],
        [name or "_" for name in names],
        [line.path[:4096] for line in plan],
        [line.file.size for line in plan],
        [extension_of(name)[:10] or None for name in names],
        [line.file.mtime for line in plan],
        [line.file.hash for line in plan],
        [line.follows for line in plan],
        [line.checked.code for line in plan],
        [line.checked.message for line in plan],
    )
    for line in plan:
        if line.checked.asset_id is not None:
            await settle_known(connection, actor, upload_id, line, line.checked.asset_id)


async def settle_known(connection: Connection, actor: Actor, upload_id: UUID, line: Planned, asset_id: int) -> None:
    """A line whose bytes are in the library, or in its trash, needs none."""
    assert line.file.hash is not None
    user_id = actor.subject.id
    restored = None
    if line.checked.verdict == "in_trash":
        restored = await restore_asset(connection, user_id=user_id, content_hash=line.file.hash)
    facts = await connection.fetchrow(
        """
        SELECT asset.type, file_format, size_bytes,
               (SELECT facts FROM reports WHERE asset_id = asset.id ORDER BY created_at DESC LIMIT 1) AS facts
          FROM asset WHERE id = $1""",
        asset_id,
    )
    assert facts is not None
    report_id = await add_report(
        connection,
        user_id=user_id,
        batch_id=upload_id,
        asset_id=asset_id,
        outcome="restored" if restored is not None else "already_there",
        file_name=name_of(line.path),
        content_hash=line.file.hash,
        facts=facts["facts"] or {"type": facts["type"]},
    )
    await mark_success(connection, line.id, report_id, facts["file_format"])


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


def refusal(code: str) -> ProblemError:
    """A single file that would not get in, as tus's creation tells it."""
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if code.endswith("_too_large") else HTTPStatus.UNPROCESSABLE_ENTITY
    return ProblemError(status, REASONS[code].message, kind=code.replace("_", "-"))
