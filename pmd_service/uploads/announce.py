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
from ..http.errors import unprocessable
from ..http.repeats import find_repeated
from ..identity import audit
from ..identity.users import Actor
from ..site.texts import hashtags, readable
from ..vault import Vault
from .admit import Offer, admit, open_upload
from .queries import find_upload, list_lines
from .room import require_open_place
from .rules import Offered, Planned, judge
from .shapes import AllowanceLeft, AnnouncedUpload, CheckAnswer, CheckRequest, Defaults, UploadRequest

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
    if len(body.files) > settings.upload_max_files:
        raise unprocessable(f"At most {settings.upload_max_files} files go into one upload.", path="$.files")
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
    return await announced(pool, actor, admitted.upload_id)


async def announced(pool: Pool, actor: Actor, upload_id: UUID) -> AnnouncedUpload:
    """The upload as the answer tells it."""
    upload = await find_upload(pool, user_id=actor.subject.id, upload_id=upload_id)
    return AnnouncedUpload(files=await list_lines(pool, actor, upload_id), **msgspec.structs.asdict(upload))


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
