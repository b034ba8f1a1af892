"""Publishing files as posts, by the site's own rules (LIBRARY section 3).

What is published is a copy without anything that the file says beside its contents, places above all, made in the media
child; or, where that is chosen, the file as it is. It lies where the site's artworks lie: what becomes of the library's
file is no matter to the post.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Literal
from uuid import uuid4

import msgspec
from aiohttp import web
from msgspec import Meta

from ..assets.asset import VAULT_PREFIX, Asset, find_assets, key_of
from ..assets.tellings import Marks, Telling, find_tellings, note_post
from ..base.database import POOL, Connection, Pool
from ..base.settings import SETTINGS, Settings, SettingsError
from ..base.telemetry import log
from ..http.errors import conflict, unavailable
from ..http.selection import AssetIds, RowId, check_all_found, distinct_ids
from ..identity.audit import Reason, check_reason, record
from ..identity.users import Actor
from ..media.messages import Refused
from ..media.sandbox_policy import require_sandbox
from ..media.spare import ChildFaultError
from ..media.stripping import GONE, Given, Stripped, strip_files
from ..outbox.hook import Hook, tell_site
from ..site.posts import LIVE_ARTWORK
from ..site.rights import are_ours, takes_posts
from ..vault import VAULT, ObjectMissingError, Vault
from ..vault.leftovers import new_object

# Children that strip at the same time in a process; whoever comes third waits.
AT_ONCE = 2
PUBLISHING = web.AppKey("publishing", asyncio.Semaphore)


class PublishRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/assets/publish; a moderator says why."""

    asset_ids: AssetIds
    hidden: bool = False
    marks: Marks = "strip"
    reason: Reason | None = None


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file; a refused one says why, in a code and a sentence."""

    asset_id: Annotated[int, Meta(examples=[7])]
    outcome: Annotated[Literal["published", "already", "refused"], Meta(examples=["published"])]
    post_id: Annotated[int | None, Meta(examples=[102])] = None
    code: str | None = None
    message: str | None = None


class PublishAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each file, in the order in which they were named."""

    items: Sequence[Publication]
    published_count: int
    left_out: Annotated[Sequence[Telling], Meta(description="What the published files tell, and no post does.")]
    kept: Annotated[Sequence[Telling], Meta(description="What the posts tell, because `marks` was `keep`.")]


_POST_OF = f"""
SELECT asset.id, posts.id AS post_id
  FROM asset JOIN posts ON posts.id = asset.post_id
 WHERE asset.id = ANY($1) AND asset.user_id = $2 AND owner_id = $2 AND {LIVE_ARTWORK}
"""

_LOCK = "SELECT deleted_at IS NOT NULL AS is_in_trash FROM asset WHERE id = $1 AND user_id = $2 FOR UPDATE"

_INSERT = """
WITH post AS (
    INSERT INTO posts (owner_id, kind, title, hashtags, art_url, width, height, frame_count, file_format, file_bytes,
                       license_id, hidden_by_user)
    SELECT user_id, 'artwork', $2, hashtags, $3, width, height, frame_count, file_format, $4, license_id, $5
      FROM asset
     WHERE id = $1
    RETURNING id)
UPDATE asset SET post_id = post.id, updated_at = now() FROM post WHERE asset.id = $1 RETURNING post_id
"""


async def publish(app: web.Application, actor: Actor, body: PublishRequest) -> PublishAnswer:
    """Publish each of these files that is not yet, and that the site takes; doing it again publishes nothing twice.

    Raises:
        ProblemError: 400 with each file that is unknown, somebody else's or in the trash; 409 where the site takes no
            posts from here; 422 too many files, a reason to oneself, or none of a moderator's.
    """
    pool, settings = app[POOL], app[SETTINGS]
    check_reason(actor, body.reason, is_required=True)
    asset_ids, user_id = distinct_ids("file", body.asset_ids), actor.subject.id
    if not takes_posts(settings, stands_alone=await are_ours(pool)):
        raise conflict("Posts are not made from here: publish on the site itself.")
    found = await find_assets(pool, user_id=user_id, asset_ids=asset_ids)
    assets = [found[asset_id] for asset_id in asset_ids if asset_id in found and found[asset_id].deleted_at is None]
    check_all_found("file", body.asset_ids, [asset.id for asset in assets])
    posts = {row["id"]: row["post_id"] for row in await pool.fetch(_POST_OF, asset_ids, user_id)}
    told = {
        asset.id: Publication(asset_id=asset.id, outcome="already", post_id=posts[asset.id])
        if asset.id in posts
        else _refusal(asset, settings)
        for asset in assets
    }
    waiting = [asset for asset in assets if told[asset.id] is None]
    if body.marks == "strip":
        _require_walls(settings)
    work = _Publishing(pool, app[VAULT], settings, Hook.of(app), actor, body)
    async with app[PUBLISHING], aclosing(work.publish(waiting)) as fresh:
        try:
            async for publication in fresh:
                told[publication.asset_id] = publication
        except ChildFaultError as error:
            # What is published by now is “already” the next time.
            log.error("publishing_faulted", error=str(error))
            raise unavailable("Files cannot be made ready for publishing just now. Please try again.") from error
    items = [each for asset_id in asset_ids if (each := told[asset_id]) is not None]
    published = [item.asset_id for item in items if item.outcome == "published"]
    by = {"user": actor.subject.sqid, "by": actor.viewer.sqid}
    log.info("assets_published", assets=len(published), marks=body.marks, **by)
    told_of = await find_tellings(pool, user_id=user_id, asset_ids=published)
    stripped, kept = (told_of, ()) if body.marks == "strip" else ((), told_of)
    return PublishAnswer(items=items, published_count=len(published), left_out=stripped, kept=kept)


def _require_walls(settings: Settings) -> None:
    try:
        require_sandbox(settings)
    except SettingsError as error:
        log.error("publishing_has_no_walls", error=str(error))
        raise unavailable("Files cannot be made ready for publishing here: ask whoever runs this service.") from error


def _refusal(asset: Asset, settings: Settings) -> Publication | None:
    """Why the site would not take this file, as far as its papers tell."""
    formats = [form.strip() for form in settings.post_formats.split(",")]
    side = settings.post_max_canvas
    if asset.type == "other":
        return _refused(asset, "not_an_image", "This file is kept and packed, and not shown: posts show images.")
    if asset.type != "image":
        return _refused(asset, "not_an_image", "Posts show images, and this is none.")
    if asset.file_format not in formats:
        return _refused(
            asset, "format", f"Posts are {', '.join(formats)}, and this is {asset.file_format}: convert it."
        )
    if max(asset.width or 0, asset.height or 0) > side:
        return _refused(
            asset, "canvas", f"Posts are {side} × {side} pixels at most, and this is {asset.width} × {asset.height}."
        )
    return None


def _refused(asset: Asset, code: str, message: str) -> Publication:
    return Publication(asset_id=asset.id, outcome="refused", code=code, message=message)


class _Publishing(msgspec.Struct, frozen=True):
    """One call's files on their way."""

    pool: Pool
    vault: Vault
    settings: Settings
    hook: Hook
    actor: Actor
    asked: PublishRequest

    async def publish(self, assets: Sequence[Asset]) -> AsyncGenerator[Publication]:
        """What becomes of each."""
        most = self.settings.post_max_bytes
        async with self.vault.scratch() as folder:
            ready = strip_files if self.asked.marks == "strip" else _lend
            files = [Given(key_of(asset.path), asset.file_format) for asset in assets]
            async with aclosing(ready(self.vault, files, folder)) as copies:
                async for copy in copies:
                    if isinstance(copy, Refused):
                        yield _refused(assets[copy.item], copy.code, copy.message)
                        continue
                    asset, size = assets[copy.place], (await asyncio.to_thread(copy.path.stat)).st_size
                    if size > most:
                        yield _refused(asset, "too_large", f"Posts have {most:,} bytes at most, and this has {size:,}.")
                        continue
                    yield await self._publish_one(asset, await asyncio.to_thread(copy.path.read_bytes))

    async def _publish_one(self, asset: Asset, data: bytes) -> Publication:
        actor, asked = self.actor, self.asked
        # No name is used twice: a copy that no post names in the end is removed, and is nobody else's.
        key = f"art/{actor.subject.sqid}/{uuid4().hex}.{asset.file_format}"
        async with new_object(self.pool, self.vault, key) as copy:
            await asyncio.to_thread(copy.part.write, data)
            stored = await asyncio.to_thread(copy.part.seal)
            async with self.pool.acquire() as connection, connection.transaction():
                settled = await _lock(connection, actor, asset)
                if settled is not None:
                    return settled
                title, art_url = asset.name.rpartition(".")[0] or asset.name, f"{VAULT_PREFIX}{stored.key}"
                post_id: int = await connection.fetchval(_INSERT, asset.id, title, art_url, stored.size, asked.hidden)
                if asked.marks == "keep":
                    await note_post(connection, post_id=post_id, asset_id=asset.id)
                await record(connection, actor, "publish_assets", [post_id], asset_ids=[asset.id], reason=asked.reason)
                await copy.keep(connection)
                user_id = actor.subject.id
                news_id = await tell_site(connection, self.hook, user_id=user_id, action="publish", post_id=post_id)
            await self.hook.changed(news_id)
        return Publication(asset_id=asset.id, outcome="published", post_id=post_id)


async def _lend(vault: Vault, files: Sequence[Given], _folder: Path) -> AsyncGenerator[Stripped | Refused, None]:
    """The files as they are, each until the next."""
    for place, (key, _) in enumerate(files):
        try:
            async with vault.local(key) as path:
                yield Stripped(place, path)
        except ObjectMissingError:
            yield Refused(place, *GONE)


async def _lock(connection: Connection, actor: Actor, asset: Asset) -> Publication | None:
    """Hold the file's row; what has become of it meanwhile, if that leaves nothing to publish."""
    row = await connection.fetchrow(_LOCK, asset.id, actor.subject.id)
    if row is None:
        return _refused(asset, "purged", "It was removed for good while it was made ready.")
    if row["is_in_trash"]:
        return _refused(asset, "in_trash", "It went to the trash while it was made ready.")
    posted = await connection.fetchrow(_POST_OF, [asset.id], actor.subject.id)
    return Publication(asset_id=asset.id, outcome="already", post_id=posted["post_id"]) if posted else None


# Whoever publishes all of a library asks once.
MOST_ASKED = 10_000

_OWN_FILES = "SELECT id FROM asset WHERE id = ANY($1) AND user_id = $2"


class TellingsRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/assets/tellings."""

    asset_ids: Annotated[
        list[RowId], Meta(min_length=1, max_length=MOST_ASKED, description="Ids of files.", examples=[[7]])
    ]


class TellingsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What some of the files tell, each kind once."""

    items: Sequence[Telling]


async def tell(pool: Pool, actor: Actor, body: TellingsRequest) -> TellingsAnswer:
    """What these files would say of their makers to whoever gets them.

    Raises:
        ProblemError: 400 with each file that is unknown or somebody else's.
    """
    asset_ids, user_id = distinct_ids("file", body.asset_ids, most=MOST_ASKED), actor.subject.id
    async with pool.acquire() as connection:
        rows = await connection.fetch(_OWN_FILES, asset_ids, user_id)
        check_all_found("file", asset_ids, [row["id"] for row in rows])
        return TellingsAnswer(items=await find_tellings(connection, user_id=user_id, asset_ids=asset_ids))
