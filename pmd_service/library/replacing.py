"""POST /api/pmd/posts/{post_id}/file: another file of the library becomes what a post shows.

The post keeps its address, comments, reactions and date, and its files are versions (``site/versions``). The file is
prepared as for publishing.

In a thread: reading the prepared copy, and writing it to its part file, in one hop.
"""

import asyncio
from contextlib import aclosing
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from ..archive.sums import locate_summed
from ..assets.asset import VAULT_PREFIX, Asset, find_asset
from ..assets.disclosures import Marks, record_disclosures, replace_disclosures
from ..assets.hashing import hash_file
from ..base.database import POOL, Connection
from ..base.settings import SETTINGS
from ..base.telemetry import log
from ..http.errors import bad_request, conflict, require, unavailable, unprocessable
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.route import Routes
from ..http.selection import PostId, RowId
from ..identity.audit import Reason, check_reason, record
from ..identity.users import ACTOR, Actor
from ..media.messages import Faulted, Refused
from ..media.spare import ChildFaultError
from ..outbox.hook import Hook, queue_webhook
from ..site.details import edit_details, find_details
from ..site.posts import LIVE_ARTWORK
from ..site.versions import NewFile, PostVersions, add_version, find_versions, lock_versions, require_replaceable
from ..vault import VAULT
from ..vault.leftovers import new_object
from .new_posts import DISCLOSED_BY, art_key, copies_of, refusal_of, too_large
from .publishing import PUBLISHING, require_walls

ROUTES = Routes("Posts", missing="post", keys="posts")


class ReplaceRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/posts/{post_id}/file; a moderator gives a reason."""

    asset_id: Annotated[RowId, Meta(description="A file of the library.", examples=[7])]
    marks: Marks = "strip"
    reason: Reason | None = None


class _Replacement(msgspec.Struct, frozen=True, kw_only=True):
    """What one request asks for, and by whom."""

    actor: Actor
    post_id: int
    asset: Asset
    body: ReplaceRequest
    once: Once
    match: IfMatch


@ROUTES(
    "POST /api/pmd/posts/{post_id:[0-9]+}/file",
    "Its versions, with the new file as the newest.",
    scopes=("posts:write", "library:read"),
    problems={
        HTTPStatus.BAD_REQUEST: "There is no such file, or it is in the trash.",
        HTTPStatus.CONFLICT: "Another post shows it, there are too many versions, or only the site writes posts.",
        HTTPStatus.UNPROCESSABLE_ENTITY: "Posts cannot show this file.",
    },
)
async def post_file(
    request: web.Request, post_id: PostId, body: ReplaceRequest, once: Once, match: IfMatch
) -> PostVersions:
    """Replace the file of a post.

    By a file of the library, prepared as for publishing. The post keeps its id, address, comments, reactions and date;
    the files that it has shown stay as versions. A file that the post shows already changes nothing. One that a model
    made has the post say so, as publishing it does.
    """
    app, actor = request.app, request[ACTOR]
    pool, user_id = app[POOL], actor.subject.id
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
    check_reason(actor, body.reason, is_required=True)
    await require_replaceable(pool, app[SETTINGS])
    match.require(require(await find_versions(pool, owner_id=user_id, post_id=post_id), "post"))
    asset = await find_asset(pool, user_id=user_id, asset_id=body.asset_id)
    if asset is None or asset.deleted_at is not None:
        raise bad_request("There is no such file.", path="$.asset_id")
    if (refusal := refusal_of(asset, app[SETTINGS])) is not None:
        raise unprocessable(refusal[1], path="$.asset_id")
    if body.marks == "strip":
        require_walls(app[SETTINGS])
    # The sum of the file that is replaced, for its version: known by now, or read.
    await locate_summed(pool, app[VAULT], await pool.fetchval(_ART_URLS, post_id, user_id) or [])
    wanted = _Replacement(actor=actor, post_id=post_id, asset=asset, body=body, once=once, match=match)
    versions = await _replace(app, wanted)
    log.info(
        "post_file_replaced", post_id=post_id, number=versions.revision, user=actor.subject.sqid, by=actor.viewer.sqid
    )
    return versions


_ART_URLS = (
    "SELECT coalesce(array_agg(art_url), '{}') FROM posts WHERE id = $1 AND owner_id = $2 AND art_url IS NOT NULL"
)


async def _replace(app: web.Application, wanted: _Replacement) -> PostVersions:
    """Prepare a copy, and let the post show it."""
    async with app[PUBLISHING], app[VAULT].scratch() as folder:
        path = await _copy(app, wanted, folder)
        data = await asyncio.to_thread(path.read_bytes)
        if (refusal := too_large(len(data), app[SETTINGS])) is not None:
            raise unprocessable(refusal[1], path="$.asset_id")
        sha256, _ = await asyncio.to_thread(hash_file, path)
    key, hook = art_key(wanted.actor.subject.sqid, wanted.asset.file_format), Hook.of(app)
    async with new_object(app[POOL], app[VAULT], key) as copy:
        await asyncio.to_thread(copy.part.write, data)
        stored = await asyncio.to_thread(copy.part.seal)
        async with app[POOL].acquire() as connection, connection.transaction():
            versions, is_new = await _show(connection, wanted, f"{VAULT_PREFIX}{stored.key}", stored.size, sha256)
            webhook_id = None
            if is_new:
                await copy.keep(connection)
                user_id, post_ids = wanted.actor.subject.id, [wanted.post_id]
                webhook_id = await queue_webhook(connection, hook, user_id=user_id, action="edit", post_ids=post_ids)
            await wanted.once.end(connection, versions)
        await hook.changed(webhook_id)
    return versions


async def _copy(app: web.Application, wanted: _Replacement, folder: Path) -> Path:
    """The file as the post will show it, in the folder or in the vault.

    Raises:
        ProblemError: 422, it cannot be prepared; 503, not at the moment.
    """
    try:
        async with aclosing(copies_of(app[VAULT], [wanted.asset], wanted.body.marks, folder)) as copies:
            async for copy in copies:
                if isinstance(copy, Refused):
                    raise unprocessable(copy.message, path="$.asset_id")
                if isinstance(copy, Faulted):
                    break
                if copy.path.is_relative_to(folder):
                    return copy.path
                return await asyncio.to_thread(_kept, copy.path, folder)
    except ChildFaultError as error:
        log.error("publishing_faulted", error=str(error))
    raise unavailable("Files cannot be prepared for publishing at the moment. Please try again.")


def _kept(path: Path, folder: Path) -> Path:
    """A copy of a file that the vault lends for a moment."""
    (folder / "kept").write_bytes(path.read_bytes())
    return folder / "kept"


_LOCK = "SELECT FROM asset WHERE id = $1 AND user_id = $2 FOR UPDATE"

# After the lock: a statement that waits for it does not see the post that was published meanwhile.
_STATE = f"""
SELECT deleted_at IS NOT NULL AS is_in_trash, post_id,
       post_id IS DISTINCT FROM $3 AND EXISTS (
           SELECT FROM posts WHERE posts.id = asset.post_id AND owner_id = $2 AND {LIVE_ARTWORK}) AS is_shown_elsewhere
  FROM asset WHERE id = $1 AND user_id = $2
"""


async def _show(
    connection: Connection, wanted: _Replacement, art_url: str, size: int, sha256: str
) -> tuple[PostVersions, bool]:
    """The post's versions, and whether the file is a new one of them; in the transaction that keeps it.

    Raises:
        RepeatedError: the same request has been answered meanwhile.
        ProblemError: 404, 409, 412; 400, the file is in the trash or gone by now.
    """
    user_id, post_id, asset = wanted.actor.subject.id, wanted.post_id, wanted.asset
    await wanted.once.begin(connection)
    versions = await lock_versions(connection, owner_id=user_id, post_id=post_id)
    wanted.match.require(versions)
    await connection.execute(_LOCK, asset.id, user_id)
    row = await connection.fetchrow(_STATE, asset.id, user_id, post_id)
    if row is None or row["is_in_trash"]:
        raise bad_request("The file is in the trash, or gone, by now.", path="$.asset_id")
    if row["is_shown_elsewhere"]:
        raise conflict("Another post shows this file: a file is one post.")
    await record(connection, wanted.actor, "replace_file", [post_id], asset_ids=[asset.id], reason=wanted.body.reason)
    if versions.items and versions.items[0].sha256 == sha256:
        return versions, False
    await replace_disclosures(connection, post_id=post_id, disclosed=[])
    if wanted.body.marks == "keep":
        await record_disclosures(connection, post_id=post_id, asset_id=asset.id)
    file = NewFile(
        asset_id=asset.id,
        art_url=art_url,
        sha256=sha256,
        size_bytes=size,
        width=asset.width,
        height=asset.height,
        frame_count=asset.frame_count,
        file_format=asset.file_format,
    )
    await add_version(connection, owner_id=user_id, post_id=post_id, file=file)
    await _disclose(connection, wanted)
    return require(await find_versions(connection, owner_id=user_id, post_id=post_id), "post"), True


async def _disclose(connection: Connection, wanted: _Replacement) -> None:
    """A post of a file that a model made says so, as if it had been published with it; “assisted” stays."""
    if (disclosure := DISCLOSED_BY.get(wanted.asset.provenance)) is None:
        return
    user_id, post_id = wanted.actor.subject.id, wanted.post_id
    known = await find_details(connection, owner_id=user_id, post_ids=[post_id])
    if known[post_id]["ai_disclosure"] in (None, "none"):
        await edit_details(connection, owner_id=user_id, post_ids=[post_id], new={"ai_disclosure": disclosure})
