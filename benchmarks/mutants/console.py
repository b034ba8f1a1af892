"""What operators see and do: finding, orders, pauses, and who may."""

from .mutant import Mutant, tests_of

_FINDING = "pmd_service/ops/console/finding.py"
_WORK = "pmd_service/work"
_ORDERS = f"{_WORK}/orders.py"
_LEASE = f"{_WORK}/lease.py"
_LOG = "pmd_service/ops/console/orders.py"
_test = tests_of("tests/ops/test_console.py")
_AGAIN = _test("what_has_failed_of_a_user_is_found_explained_and_tried_again")
_OWNERS = _test("it_is_for_owners_and_moderators_are_none")
_PAUSED = _test("a_paused_kind_is_claimed_by_nobody_until_it_goes_on")
_STOPPED = _test("what_waits_or_runs_is_stopped_and_its_owner_reads_by_whom")
_MEND = _test("retry_all_leaves_what_only_its_owner_can_mend")

MUTANTS = (
    Mutant(_ORDERS, ", asyncpg.UniqueViolationError)", ")", _test("what_another_does_already_is_not_begun_anew")),
    Mutant(
        "pmd_service/identity/session.py",
        "if route.owners and not actor.viewer.is_owner:",
        "if route.owners and not actor.viewer.is_moderator:",
        _OWNERS,
    ),
    Mutant("migrations/0002_work.sql", "AND paused_at IS NOT NULL)", "AND paused_at > now())", _PAUSED),
    Mutant(_LOG, "CASE WHEN $2 THEN coalesce(paused_at, now()) END", "CASE WHEN $2 OR true THEN now() END", _PAUSED),
    Mutant(_ORDERS, "await kind.before_restart(connection, subject)", "pass", _AGAIN),
    Mutant(
        _ORDERS,
        "SET state = 'failed', turn = NULL, token = NULL, lease_until = NULL,",
        "SET state = 'failed', turn = NULL,",
        _STOPPED,
    ),
    Mutant(_FINDING, "($4::int[] IS NULL OR user_id = ANY ($4))", "($4::int[] IS NULL OR user_id = user_id)", _AGAIN),
)
