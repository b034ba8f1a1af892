"""What is done to files by hand: judged, thrown away, brought back, and removed for good (LIBRARY section 3).

Each is one statement, all or nothing, as with posts: it locks the chosen files, and changes them only when they are
all there.
"""

from collections.abc import Collection, Sequence
from http import HTTPStatus
from typing import Annotated, Literal, TypeAlias

import msgspec

from ..database import Pool
from ..http.errors import Fault, ProblemError
from ..http.wire import MAX_NAMED, MAX_SELECTION
from ..identity.audit import Action as Audited
from ..identity.users import Actor
from ..ops.telemetry import log

Judgement: TypeAlias = Literal["approve", "unapprove", "set_aside", "trash", "restore"]
Action: TypeAlias = Judgement | Literal["purge"]

AssetId = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
AssetIds = Annotated[
    list[AssetId],
    msgspec.Meta(
        min_length=1,
        max_length=MAX_NAMED,
        description=f"1 to {MAX_SELECTION} different ids of files; repeats count once.",
    ),
]


class AssetActionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/assets/action."""

    action: Action
    asset_ids: AssetIds


class AssetsChanged(msgspec.Struct, frozen=True, kw_only=True):
    """What an action came to; ``affected_count`` files are now as asked for, whether or not they were before."""

    success: Literal[True] = True
    affected_count: int
    message: str


def statement(
    goal: str, *, holds: str, among: str = "deleted_at IS NULL", allowed: str = "true", also: str = ""
) -> str:
    """The statement of one action; its parameters are the ids, the owner, the actor and the action's name.

    Args:
        goal: what is set.
        holds: whether a file is so already; then it is not written again.
        among: which of the owner's files the action may name.
        allowed: a condition on the whole action.
        also: what else ``allowed`` needs to know of each file.
    """
    # In the order of ids, so that overlapping selections queue instead of deadlocking. What “chosen” gives is a file
    # as it is under its lock; the other parts see the statement's older snapshot.
    return f"""
        WITH chosen AS MATERIALIZED (
            SELECT id, {holds} AS holds {also}
              FROM asset
             WHERE id = ANY($1) AND user_id = $2 AND {among}
             ORDER BY id
               FOR NO KEY UPDATE),
        verdict AS MATERIALIZED (
            SELECT count(*) = cardinality($1::int[]) AND {allowed} AS whole FROM chosen),
        changed AS (
            UPDATE asset
               SET {goal}, updated_at = now()
              FROM chosen, verdict
             WHERE asset.id = chosen.id AND NOT chosen.holds AND whole),
        audited AS (
            INSERT INTO audit_log (actor_id, action, target_user_id, post_ids, asset_ids)
            SELECT $3, $4, $2, '{{}}', $1 FROM verdict WHERE whole AND $3 <> $2)
        SELECT array(SELECT id FROM chosen) AS found, {allowed} AS allowed"""


STATEMENTS: dict[Judgement, str] = {
    "approve": statement("approved = true, rejected_at = NULL", holds="approved"),
    # Back to “new”, whichever way it was judged: the undo of both.
    "unapprove": statement("approved = false, rejected_at = NULL", holds="NOT approved AND rejected_at IS NULL"),
    "set_aside": statement("approved = false, rejected_at = now()", holds="rejected_at IS NOT NULL"),
    # What is in the trash may be named: a repeated call finds its goal reached, and the date of the first stays.
    "trash": statement("deleted_at = now()", holds="deleted_at IS NOT NULL", among="true"),
    "restore": statement("deleted_at = NULL", holds="deleted_at IS NULL", among="true"),
}

_AUDITED: dict[Judgement, Audited] = {
    "approve": "approve_assets",
    "unapprove": "unapprove_assets",
    "set_aside": "set_aside_assets",
    "trash": "trash_assets",
    "restore": "restore_assets",
}

_DONE: dict[Judgement, str] = {
    "approve": "approved",
    "unapprove": "new again",
    "set_aside": "set aside",
    "trash": "in the trash",
    "restore": "restored",
}


async def act(pool: Pool, actor: Actor, action: Judgement, named: Sequence[int]) -> AssetsChanged:
    """Do this to all of these files, or to none; doing it again changes nothing.

    Raises:
        ProblemError: 400 with each file that is unknown, somebody else's, or (except for ``trash`` and ``restore``)
            in the trash; 422 too many.
    """
    asset_ids = distinct_assets(named)
    row = await pool.fetchrow(STATEMENTS[action], asset_ids, actor.subject.id, actor.viewer.id, _AUDITED[action])
    assert row is not None
    check_all_found(named, row["found"])
    return changed(actor, action, len(asset_ids), _DONE[action])


def distinct_assets(asset_ids: Sequence[int]) -> list[int]:
    """The ids in their order, repeats once.

    Raises:
        ProblemError: 422, more than 128 of them.
    """
    distinct = list(dict.fromkeys(asset_ids))
    if len(distinct) > MAX_SELECTION:
        detail = f"At most {MAX_SELECTION} files go at once, and {len(distinct)} were named."
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, faults=[Fault(path="$.asset_ids", message=detail)])
    return distinct


def check_all_found(asset_ids: Sequence[int], found: Collection[int]) -> None:
    """All of these files are among those found.

    Raises:
        ProblemError: 400 with each that is not.
    """
    found = set(found)
    lost = {asset_id: index for index, asset_id in reversed(list(enumerate(asset_ids))) if asset_id not in found}
    if lost:
        # Which of unknown, in the trash or somebody else's it is, is not told to anybody.
        faults = [
            Fault(path=f"$.asset_ids[{index}]", message=f"There is no such file: {asset_id}.")
            for asset_id, index in sorted(lost.items(), key=lambda item: item[1])
        ]
        detail = f"Nothing was changed: {len(lost)} of these files cannot be found."
        raise ProblemError(HTTPStatus.BAD_REQUEST, detail, faults=faults)


def changed(actor: Actor, action: str, count: int, done: str) -> AssetsChanged:
    log.info("assets_changed", action=action, assets=count, user=actor.subject.sqid, by=actor.viewer.sqid)
    return AssetsChanged(affected_count=count, message=f"{files(count)} {'is' if count == 1 else 'are'} {done}.")


def files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
