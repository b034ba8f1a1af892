"""Actions on files: judge, trash and restore (LIBRARY section 3).

Each is one statement, all or nothing, as with posts: it locks the chosen files and changes them only if all of them are
found.
"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ..base.database import Pool
from ..base.telemetry import log
from ..http.selection import AssetIds, are, check_all_found, distinct_ids
from ..identity.audit import Reason, check_reason
from ..identity.changes import change_statement
from ..identity.users import Actor

Judgement: TypeAlias = Literal["approve", "unapprove", "set_aside", "trash", "restore"]
Action: TypeAlias = Judgement | Literal["purge"]


class AssetActionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/assets/action; a moderator's needs a reason for `trash` and `purge`."""

    action: Action
    asset_ids: AssetIds
    reason: Reason | None = None


class AssetsChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The result; ``affected_count`` files have the requested state now, including those that had it before."""

    success: Literal[True] = True
    affected_count: Annotated[int, Meta(examples=[2])]
    message: Annotated[str, Meta(examples=["2 files are changed."])]


def statement(
    goal: str,
    *,
    holds: str,
    among: str = "deleted_at IS NULL",
    allowed: str = "true",
    also: str = "",
    reason: str = "NULL",
) -> str:
    """``change_statement`` for the owner's files; ``reason`` is the SQL of the audit entry's reason."""
    return change_statement(
        "asset",
        f"{goal}, updated_at = now()",
        holds=holds,
        among=f"user_id = $2 AND {among}",
        trail={"post_ids": "'{}'", "asset_ids": "$1", "reason": reason},
        allowed=allowed,
        also=also,
    )


_statement = partial(statement, reason="$5::text")

STATEMENTS: dict[Judgement, str] = {
    "approve": _statement("approved = true, rejected_at = NULL", holds="approved"),
    # Back to “new”: undoes either judgement.
    "unapprove": _statement("approved = false, rejected_at = NULL", holds="NOT approved AND rejected_at IS NULL"),
    "set_aside": _statement("approved = false, rejected_at = now()", holds="rejected_at IS NOT NULL"),
    # May name files in the trash: a repeated call finds its goal reached and leaves the first call's date.
    "trash": _statement("deleted_at = now()", holds="deleted_at IS NOT NULL", among="true"),
    "restore": _statement("deleted_at = NULL", holds="deleted_at IS NULL", among="true"),
}

_DONE: dict[Judgement, str] = {
    "approve": "approved",
    "unapprove": "new again",
    "set_aside": "set aside",
    "trash": "in the trash",
    "restore": "restored",
}


async def act(
    pool: Pool, actor: Actor, action: Judgement, named: Sequence[int], *, reason: str | None = None
) -> AssetsChanged:
    """Do this to all of these files, or to none; repeating it changes nothing.

    Raises:
        ProblemError: 400 with each file that is unknown, another user's, or (except for ``trash`` and ``restore``) in
            the trash; 422 for too many files, a reason from the owner, or none from a moderator for ``trash``.
    """
    check_reason(actor, reason, is_required=action == "trash")
    asset_ids, audited = distinct_ids("file", named), f"{action}_assets"
    row = await pool.fetchrow(STATEMENTS[action], asset_ids, actor.subject.id, actor.viewer.id, audited, reason)
    assert row is not None
    check_all_found("file", named, row["found"])
    return changed(actor, action, len(asset_ids), _DONE[action])


def changed(actor: Actor, action: str, count: int, done: str) -> AssetsChanged:
    log.info("assets_changed", action=action, assets=count, user=actor.subject.sqid, by=actor.viewer.sqid)
    return AssetsChanged(affected_count=count, message=f"{are(count, 'file', done)}.")
