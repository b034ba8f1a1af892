"""Changing chosen rows, all of them or none, and the trail of it: the one statement that posts and files share."""

from collections.abc import Mapping


def change_statement(
    table: str,
    goal: str,
    *,
    holds: str,
    among: str,
    trail: Mapping[str, str],
    allowed: str = "true",
    also: str = "",
    besides: str = "",
) -> str:
    """The statement of one action. $1 are the rows' ids, $2 their owner, $3 the actor, $4 the action.

    Args:
        goal: what is set.
        holds: whether a row is so already; then it is not written again.
        among: which rows the action may name.
        trail: what the trail says beside actor, action and owner, by its columns.
        allowed: a condition on the whole action.
        also: more columns of the chosen rows, each after a comma.
        besides: more statements of the same WITH, each after a comma.
    """
    # Locks are taken in the order of ids, so that overlapping selections queue instead of deadlocking. They are
    # weaker than FOR UPDATE: whoever comments or reacts, and so refers to a post, does not wait for us. What
    # “chosen” gives is a row as it is under its lock; the other parts see the statement's older snapshot, and must
    # not ask the table itself whether the goal holds.
    return f"""
        WITH chosen AS MATERIALIZED (
            SELECT id, {holds} AS holds {also}
              FROM {table}
             WHERE id = ANY($1) AND {among}
             ORDER BY id
               FOR NO KEY UPDATE),
        verdict AS MATERIALIZED (
            SELECT count(*) = cardinality($1::int[]) AND {allowed} AS whole FROM chosen),
        changed AS (
            UPDATE {table}
               SET {goal}
              FROM chosen, verdict
             WHERE {table}.id = chosen.id AND NOT chosen.holds AND whole),
        audited AS (
            INSERT INTO audit_log (actor_id, action, target_user_id, {", ".join(trail)})
            SELECT $3, $4, $2, {", ".join(trail.values())} FROM verdict WHERE whole AND $3 <> $2)
            {besides}
        SELECT array(SELECT id FROM chosen) AS found, {allowed} AS allowed"""
