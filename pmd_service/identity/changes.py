"""Changing selected rows, all or none, with their audit entry: the statement shared by posts and files."""

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
        goal: the SET list.
        holds: whether a row has these values already, and is not written again.
        among: a condition on the rows that the action may name.
        trail: values of the audit entry besides actor, action and owner, by column.
        allowed: a condition on the whole action.
        also: more columns of the chosen rows, each after a comma.
        besides: more statements of the same WITH, each after a comma.
    """
    # Rows are locked in the order of their ids, so that overlapping selections queue instead of deadlocking. The lock
    # is weaker than FOR UPDATE: inserts that refer to a post, such as comments, do not wait. “chosen” has the rows as
    # they are under the lock; the other parts see the older snapshot, and must not read “holds” from the table.
    return f"""
        WITH chosen AS MATERIALIZED (
            SELECT id, {holds} AS holds {also}
              FROM {table}
             WHERE id = ANY($1) AND {among}
             ORDER BY id
               FOR NO KEY UPDATE),
        verdict AS MATERIALIZED (
            SELECT count(*) = cardinality($1::bigint[]) AND {allowed} AS whole FROM chosen),
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
