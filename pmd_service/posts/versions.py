"""GET /api/pmd/posts/{post_id}/versions, and restoring one of them."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from ..assets.disclosures import replace_disclosures
from ..base.database import POOL
from ..base.settings import SETTINGS
from ..base.telemetry import log
from ..http.errors import require
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.route import Routes
from ..http.selection import PostId
from ..identity.audit import Reason, check_reason, record, recorded_once
from ..identity.users import ACTOR
from ..outbox.hook import Hook, queue_webhook
from ..site.versions import (
    NewFile,
    PostVersions,
    add_version,
    find_version,
    find_versions,
    lock_versions,
    require_replaceable,
)

ROUTES = Routes("Posts", missing="post", keys="posts")
Number = Annotated[int, Meta(ge=1, le=2**31 - 1, description="The version's number.", examples=[1])]


class RestoreRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of a restore; a moderator gives a reason."""

    reason: Reason | None = None


@ROUTES("GET /api/pmd/posts/{post_id:[0-9]+}/versions", "Its versions, the newest first.")
@recorded_once("read_posts")
async def get_versions(request: web.Request, post_id: PostId) -> PostVersions | None:
    """List the versions of a post.

    Each file that it has shown; most posts have one. `GET /posts/{post_id}/art?version=` shows one.
    """
    return await find_versions(request.app[POOL], owner_id=request[ACTOR].subject.id, post_id=post_id)


@ROUTES(
    "POST /api/pmd/posts/{post_id:[0-9]+}/versions/{number:[0-9]+}/restore",
    "Its versions, with the restored one as the newest.",
    problems={HTTPStatus.CONFLICT: "The site alone writes what posts show, or the post has too many versions."},
)
async def post_restore(
    request: web.Request, post_id: PostId, number: Number, body: RestoreRequest | None, once: Once, match: IfMatch
) -> PostVersions:
    """Restore a version of a post.

    Its file becomes a new version. Restoring the current one changes nothing.
    """
    app, actor, reason = request.app, request[ACTOR], body.reason if body else None
    owner_id, hook, webhook_id = actor.subject.id, Hook.of(app), None
    async with app[POOL].acquire() as connection, connection.transaction():
        await once.begin(connection)
        check_reason(actor, reason, is_required=True)
        await require_replaceable(connection, app[SETTINGS])
        versions = await lock_versions(connection, owner_id=owner_id, post_id=post_id)
        match.require(versions)
        old = require(await find_version(connection, post_id=post_id, number=number), "version")
        if number != versions.revision:
            await replace_disclosures(connection, post_id=post_id, disclosed=old.disclosed)
            file = msgspec.convert(old, NewFile, from_attributes=True)
            await add_version(connection, owner_id=owner_id, post_id=post_id, file=file)
            versions = require(await find_versions(connection, owner_id=owner_id, post_id=post_id), "post")
            webhook_id = await queue_webhook(connection, hook, user_id=owner_id, action="edit", post_ids=[post_id])
        await record(connection, actor, "replace_file", [post_id], reason=reason)
        await once.end(connection, versions)
    await hook.changed(webhook_id)
    by = {"user": actor.subject.sqid, "by": actor.viewer.sqid}
    log.info("post_file_restored", post_id=post_id, number=number, **by)
    return versions
