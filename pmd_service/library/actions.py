"""Actions on files: judge, trash and restore (LIBRARY section 3).

Each is one transaction, all or nothing, as with posts: it locks the chosen files and changes them only if all of them
are found.
"""

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

import asyncpg
import msgspec
from msgspec import Meta

from ..assets.asset import lock_library
from ..base.database import Connection, Pool
from ..base.telemetry import log
from ..http.etags import IfMatch
from ..http.selection import AssetIds, are, check_all_found, distinct_ids
from ..identity.audit import Action as AuditAction
from ..identity.audit import Reason, check_reason, record
from ..identity.users import Actor
from ..locales import Sentence, plural, translatable
from .details import require_seen
from .stacking import DONE, Decision, decide, is_decision

Judgement: TypeAlias = Literal["approve", "unapprove", "set_aside", "trash", "restore"]
Action: TypeAlias = Judgement | Decision | Literal["purge"]


class AssetActionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/assets/action; a moderator's needs a reason for `trash` and `purge`."""

    action: Action
    asset_ids: AssetIds
    reason: Reason | None = None


class AssetsChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The result; ``affected_count`` files have the requested state now, including those that had it before."""

    success: Literal[True] = True
    affected_count: Annotated[int, Meta(examples=[2])]
    message: Annotated[Sentence, Meta(examples=["2 files are changed."])]
    draft_count: Annotated[
        int,
        Meta(
            description="For `trash` and `set_aside`: drafts of these files, which cannot be published now.",
            examples=[1],
        ),
    ] = 0
    scheduled_draft_count: Annotated[int, Meta(description="Those of them that have a time.", examples=[1])] = 0
    earlier_stacks: Annotated[
        Sequence[Sequence[int]],
        Meta(
            description="For `stack` and `unstack`: those that they were in, each with the file on top first.",
            examples=[[[7, 8]]],
        ),
    ] = ()


_LOCK = """
SELECT id, deleted_at, theme, source, provenance, license_id, attribution, name, note, rating, label, hashtags,
       alt_text, content_warnings, ai_opt_out
  FROM asset
 WHERE id = ANY($1) AND user_id = $2
 ORDER BY id
   FOR NO KEY UPDATE
"""


async def lock_assets(
    connection: Connection, owner_id: int, named: Sequence[int], *, finds_trash: bool = False
) -> list[asyncpg.Record]:
    """Lock the owner's files until the transaction ends; returns what edits compare.

    Under the lock of their library: a change of a stack writes files that it does not name, and would deadlock.

    Raises:
        ProblemError: 400 with each file that is unknown, another user's or in the trash; 422 too many files.
    """
    distinct = distinct_ids("file", named)
    await lock_library(connection, user_id=owner_id)
    found = await connection.fetch(_LOCK, distinct, owner_id)
    assets = [asset for asset in found if finds_trash or asset["deleted_at"] is None]
    check_all_found("file", named, [asset["id"] for asset in assets])
    return assets


# Each writes the files of $1 that are not as requested yet. “unapprove” undoes either judgement; “trash” leaves the
# date of the first call.
_STATEMENTS: dict[str, str] = {
    "approve": """
        UPDATE asset SET approved = true, rejected_at = NULL, updated_at = now()
         WHERE id = ANY($1) AND NOT approved""",
    "unapprove": """
        UPDATE asset SET approved = false, rejected_at = NULL, updated_at = now()
         WHERE id = ANY($1) AND (approved OR rejected_at IS NOT NULL)""",
    "set_aside": """
        UPDATE asset SET approved = false, rejected_at = now(), updated_at = now()
         WHERE id = ANY($1) AND rejected_at IS NULL""",
    "trash": "UPDATE asset SET deleted_at = now(), updated_at = now() WHERE id = ANY($1) AND deleted_at IS NULL",
    "restore": "UPDATE asset SET deleted_at = NULL, updated_at = now() WHERE id = ANY($1) AND deleted_at IS NOT NULL",
}

# A draft of a file that leaves the library this way fails at its time; by the unique index, one row a file.
_DRAFTS = """
SELECT count(*), count(*) FILTER (WHERE status = 'scheduled') AS scheduled
  FROM draft WHERE asset_id = ANY($1) AND user_id = $2 AND status <> 'published'
"""
_LEAVES: frozenset[Action] = frozenset({"trash", "set_aside"})

_DONE: dict[Judgement, str] = {
    "approve": translatable("approved"),
    "unapprove": translatable("new again"),
    "set_aside": translatable("set aside"),
    "trash": translatable("in the trash"),
    "restore": translatable("restored"),
}

# Also for files in the trash: what was decided about several can be undone whatever became of one meanwhile.
_FOR_ALL = frozenset({"trash", "restore", "stack", "unstack", "compare_again", "fold"})

_AUDITED: dict[Judgement | Decision, AuditAction] = {
    "approve": "approve_assets",
    "unapprove": "unapprove_assets",
    "set_aside": "set_aside_assets",
    "trash": "trash_assets",
    "restore": "restore_assets",
    "stack": "stack_assets",
    "unstack": "unstack_assets",
    "keep_both": "keep_both_assets",
    "compare_again": "compare_assets_again",
    "unfold": "unfold_assets",
    "fold": "fold_assets",
}


async def act(
    pool: Pool,
    actor: Actor,
    action: Judgement | Decision,
    named: Sequence[int],
    match: IfMatch,
    *,
    reason: str | None = None,
) -> AssetsChanged:
    """Do this to all of these files, or to none; repeating it changes nothing.

    Raises:
        ProblemError: 400 with each file that is unknown, another user's, or (except for ``_FOR_ALL``) in the trash;
            412; 422 for too many files, a stack with a result, a reason from the owner, or none from a
            moderator for ``trash``.
    """
    check_reason(actor, reason, is_required=action == "trash")
    async with pool.acquire() as connection, connection.transaction():
        count, stacks = await apply(connection, actor, action, named, match, reason=reason)
        drafts = await connection.fetchrow(_DRAFTS, named, actor.subject.id) if action in _LEAVES else None
    done = msgspec.structs.replace(changed(actor, action, count, (_DONE | DONE)[action]), earlier_stacks=stacks)
    return _warned(done, *drafts) if drafts and drafts["count"] else done


def _warned(done: AssetsChanged, drafts: int, scheduled: int) -> AssetsChanged:
    drafts_wait = plural(
        "{number} draft cannot be published now ({scheduled} scheduled).",
        "{number} drafts cannot be published now ({scheduled} scheduled).",
        drafts,
        scheduled=scheduled,
    )
    message = f"{done.message} {drafts_wait}"
    return msgspec.structs.replace(done, draft_count=drafts, scheduled_draft_count=scheduled, message=message)


async def apply(
    connection: Connection,
    actor: Actor,
    action: Judgement | Decision,
    named: Sequence[int],
    match: IfMatch,
    *,
    reason: str | None = None,
) -> tuple[int, Sequence[Sequence[int]]]:
    """The same, in the caller's transaction; returns how many files there are, and the stacks that they were in."""
    user_id = actor.subject.id
    assets = await lock_assets(connection, user_id, named, finds_trash=action in _FOR_ALL)
    await require_seen(connection, match, named, user_id=user_id)
    asset_ids = [asset["id"] for asset in assets]
    stacks: Sequence[Sequence[int]] = ()
    if is_decision(action):
        stacks = await decide(connection, action, user_id=user_id, asset_ids=list(dict.fromkeys(named)))
    else:
        await connection.execute(_STATEMENTS[action], asset_ids)
    await record(connection, actor, _AUDITED[action], asset_ids=asset_ids, reason=reason)
    return len(asset_ids), stacks


def changed(actor: Actor, action: str, count: int, done: str) -> AssetsChanged:
    log.info("assets_changed", action=action, assets=count, user=actor.subject.sqid, by=actor.viewer.sqid)
    return AssetsChanged(affected_count=count, message=are(count, "file", done))
