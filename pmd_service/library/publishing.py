"""Publishing files as posts, by the site's own rules (LIBRARY section 3).

A post gets a copy of the file, made in the media child without the file's metadata (places above all); or, by choice,
the file unchanged. The copy is stored with the site's artworks, so the post does not depend on the library's file.

In a thread: part files: a write and an fsync of several system calls in one hop.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Annotated, Literal

import aiofiles.os
import msgspec
from aiohttp import web
from msgspec import Meta

from ..assets.asset import Asset, find_assets
from ..assets.disclosures import Disclosure, Marks, find_disclosures
from ..base.database import POOL, Connection, Pool, find_values
from ..base.settings import SETTINGS, Settings, SettingsError
from ..base.telemetry import log
from ..http.errors import conflict, unavailable
from ..http.once import Once
from ..http.selection import AssetIds, RowId, check_all_found, distinct_ids
from ..identity.audit import Reason, check_reason, record
from ..identity.users import Actor
from ..locales import Sentence
from ..media.messages import Faulted, Refused
from ..media.sandbox_policy import require_sandbox
from ..media.spare import ChildFaultError
from ..outbox.hook import Hook, queue_webhook
from ..site.posts import LIVE_ARTWORK
from ..site.rights import PUBLISHING_IS_OFF, are_ours, takes_posts
from ..vault import VAULT, Vault
from ..vault.leftovers import new_object
from .new_posts import art_key, copies_of, insert_post, post_of, refusal_of, too_large
from .post_values import AllPostValues, PostValues, read_values

# Media children that strip metadata at the same time; further requests wait.
MAX_CONCURRENT = 2
_FAULTED = ("server_error", "An error of this service keeps it from being prepared. Its operators have been notified.")
_DISK_FULL = ("disk_full", "The server's disk is full at the moment. Please try again later.")
PUBLISHING = web.AppKey("publishing", asyncio.Semaphore)


class PublishRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/assets/publish; a moderator gives a reason."""

    asset_ids: AssetIds
    posts: AllPostValues = []
    hidden: bool = False
    marks: Marks = "strip"
    reason: Reason | None = None


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """The result for one file; a refusal has a code and a message."""

    asset_id: Annotated[int, Meta(examples=[7])]
    outcome: Annotated[Literal["published", "already", "refused"], Meta(examples=["published"])]
    post_id: Annotated[int | None, Meta(examples=[102])] = None
    code: str | None = None
    message: Sentence | None = None


class PublishAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The result for each file, in the order of the request."""

    items: Sequence[Publication]
    published_count: int
    left_out: Annotated[Sequence[Disclosure], Meta(description="Personal metadata removed from the posts.")]
    kept: Annotated[Sequence[Disclosure], Meta(description="Personal metadata in the posts (`marks: keep`).")]


_POST_OF = f"""
SELECT asset.id, posts.id AS post_id
  FROM asset JOIN posts ON posts.id = asset.post_id
 WHERE asset.id = ANY($1) AND asset.user_id = $2 AND owner_id = $2 AND {LIVE_ARTWORK}
"""

_LOCK = "SELECT deleted_at IS NOT NULL AS is_in_trash FROM asset WHERE id = $1 AND user_id = $2 FOR UPDATE"


async def publish(app: web.Application, actor: Actor, body: PublishRequest, once: Once) -> PublishAnswer:
    """Publish these files, except for published ones and those that the site refuses; safe to repeat.

    Each file is published in a transaction of its own, and the answer is kept for an ``Idempotency-Key`` after the
    last: after a crash in between, a repeated request finds the first files ``already`` published.

    Raises:
        ProblemError: 400 with each file that is unknown, another user's or in the trash; 409 if the site does not
            accept posts from here; 422 for too many files, invalid values, a reason from the owner, or none
            from a moderator; and as ``Once.begin``.
    """
    pool, settings = app[POOL], app[SETTINGS]
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
    check_reason(actor, body.reason, is_required=True)
    asset_ids, user_id = distinct_ids("file", body.asset_ids), actor.subject.id
    values = await read_values(pool, body.posts, asset_ids)
    if not takes_posts(settings, stands_alone=await are_ours(pool)):
        raise conflict(PUBLISHING_IS_OFF)
    found = await find_assets(pool, user_id=user_id, asset_ids=asset_ids)
    assets = [found[asset_id] for asset_id in asset_ids if asset_id in found and found[asset_id].deleted_at is None]
    check_all_found("file", body.asset_ids, [asset.id for asset in assets])
    posts = {row["id"]: row["post_id"] for row in await pool.fetch(_POST_OF, asset_ids, user_id)}
    results = {
        asset.id: Publication(asset_id=asset.id, outcome="already", post_id=posts[asset.id])
        if asset.id in posts
        else _refusal(asset, settings)
        for asset in assets
    }
    waiting = [asset for asset in assets if results[asset.id] is None]
    if body.marks == "strip":
        require_walls(settings)
    work = _Publishing(pool, app[VAULT], settings, Hook.of(app), actor, body, values)
    async with app[PUBLISHING], aclosing(work.publish(waiting)) as publications:
        try:
            async for publication in publications:
                results[publication.asset_id] = publication
        except ChildFaultError as error:
            # Files that are published by now are “already” the next time.
            log.error("publishing_faulted", error=str(error))
            raise unavailable("Files cannot be prepared for publishing at the moment. Please try again.") from error
    items = [each for asset_id in asset_ids if (each := results[asset_id]) is not None]
    published = [item.asset_id for item in items if item.outcome == "published"]
    by = {"user": actor.subject.sqid, "by": actor.viewer.sqid}
    log.info("assets_published", assets=len(published), marks=body.marks, **by)
    disclosures = await find_disclosures(pool, user_id=user_id, asset_ids=published)
    stripped, kept = (disclosures, ()) if body.marks == "strip" else ((), disclosures)
    answer = PublishAnswer(items=items, published_count=len(published), left_out=stripped, kept=kept)
    await once.end(pool, answer)
    return answer


def require_walls(settings: Settings) -> None:
    try:
        require_sandbox(settings)
    except SettingsError as error:
        log.error("publishing_has_no_walls", error=str(error))
        raise unavailable(
            "Files cannot be prepared for publishing here. Please ask the operator of this service."
        ) from error


def _refusal(asset: Asset, settings: Settings) -> Publication | None:
    refusal = refusal_of(asset, settings)
    return None if refusal is None else _refused(asset, *refusal)


def _refused(asset: Asset, code: str, message: str) -> Publication:
    return Publication(asset_id=asset.id, outcome="refused", code=code, message=message)


class _Publishing(msgspec.Struct, frozen=True):
    """The publishing of one request's files."""

    pool: Pool
    vault: Vault
    settings: Settings
    hook: Hook
    actor: Actor
    body: PublishRequest
    values: Mapping[int, PostValues]

    async def publish(self, assets: Sequence[Asset]) -> AsyncGenerator[Publication]:
        """Publish them one by one; yields each file's result."""
        async with (
            self.vault.scratch() as folder,
            aclosing(copies_of(self.vault, assets, self.body.marks, folder)) as copies,
        ):
            async for copy in copies:
                if isinstance(copy, Faulted):
                    yield _refused(assets[copy.item], *(_DISK_FULL if copy.is_disk_full else _FAULTED))
                    continue
                if isinstance(copy, Refused):
                    yield _refused(assets[copy.item], copy.code, copy.message)
                    continue
                asset, size = assets[copy.place], (await aiofiles.os.stat(copy.path)).st_size
                if (refusal := too_large(size, self.settings)) is not None:
                    yield _refused(asset, *refusal)
                    continue
                yield await self._publish_one(asset, await asyncio.to_thread(copy.path.read_bytes))

    async def _publish_one(self, asset: Asset, data: bytes) -> Publication:
        actor, body = self.actor, self.body
        new = post_of(asset, self.values.get(asset.id), is_hidden=body.hidden, marks=body.marks)
        async with new_object(self.pool, self.vault, art_key(actor.subject.sqid, asset.file_format)) as copy:
            await asyncio.to_thread(copy.part.write, data)
            stored = await asyncio.to_thread(copy.part.seal)
            async with self.pool.acquire() as connection, connection.transaction():
                settled = await _lock(connection, actor, asset)
                if settled is not None:
                    return settled
                post_id = await insert_post(connection, asset.id, stored, new, user_id=actor.subject.id)
                await record(connection, actor, "publish_assets", [post_id], asset_ids=[asset.id], reason=body.reason)
                await copy.keep(connection)
                user_id = actor.subject.id
                webhook_id = await queue_webhook(
                    connection, self.hook, user_id=user_id, action="publish", post_ids=[post_id]
                )
            await self.hook.changed(webhook_id)
        return Publication(asset_id=asset.id, outcome="published", post_id=post_id)


async def _lock(connection: Connection, actor: Actor, asset: Asset) -> Publication | None:
    """Lock the file's row; returns its result if it was purged, trashed or published in the meantime."""
    row = await connection.fetchrow(_LOCK, asset.id, actor.subject.id)
    if row is None:
        return _refused(asset, "purged", "It was deleted permanently while it was being prepared.")
    if row["is_in_trash"]:
        return _refused(asset, "in_trash", "It was moved to the trash while it was being prepared.")
    posted = await connection.fetchrow(_POST_OF, [asset.id], actor.subject.id)
    return Publication(asset_id=asset.id, outcome="already", post_id=posted["post_id"]) if posted else None


# Enough to publish a whole library after one call.
MAX_CHECKED = 10_000

_OWN_FILES = "SELECT id FROM asset WHERE id = ANY($1) AND user_id = $2"


class DisclosuresRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/assets/disclosures."""

    asset_ids: Annotated[
        list[RowId], Meta(min_length=1, max_length=MAX_CHECKED, description="Ids of files.", examples=[[7]])
    ]


class DisclosuresAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The personal metadata in some of the files, each kind once."""

    items: Sequence[Disclosure]


async def check_disclosures(pool: Pool, actor: Actor, body: DisclosuresRequest) -> DisclosuresAnswer:
    """The personal metadata that these files would disclose to anyone who gets them.

    Raises:
        ProblemError: 400 with each file that is unknown or another user's.
    """
    asset_ids, user_id = distinct_ids("file", body.asset_ids, most=MAX_CHECKED), actor.subject.id
    async with pool.acquire() as connection:
        check_all_found("file", asset_ids, await find_values(connection, _OWN_FILES, asset_ids, user_id))
        return DisclosuresAnswer(items=await find_disclosures(connection, user_id=user_id, asset_ids=asset_ids))
