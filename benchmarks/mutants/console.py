"""What operators see and do: finding, orders, pauses, and who may."""

from .mutant import Mutant, tests_of

_FINDING = "pmd_service/ops/console/finding.py"
_WORK = "pmd_service/work"
_ORDERS = f"{_WORK}/orders.py"
_LEASE = f"{_WORK}/lease.py"
_LOG = "pmd_service/ops/console/orders.py"
_test = tests_of("tests/ops/test_console.py")
_AGAIN = _test("console_finds_explains_and_retries_failed_work")
_OWNERS = _test("console_is_for_owners_and_not_for_moderators")
_PAUSED = _test("paused_kind_is_not_claimed_until_resumed")
_STOPPED = _test("stopped_work_shows_its_owner_who_stopped_it")
_MEND = _test("retry_all_leaves_work_that_needs_its_owner")

MUTANTS = (
    Mutant(_ORDERS, ", asyncpg.UniqueViolationError)", ")", _test("order_on_already_restarted_work_is_refused")),
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
    Mutant(
        "pmd_service/work/orders.py",
        "SET state = 'waiting', faults = 0, expired = 0, error",
        "SET state = 'waiting', faults = 0, error",
        ("tests/ops/test_console.py::test_stopped_work_shows_its_owner_who_stopped_it",),
    ),
    Mutant(
        "pmd_service/ops/console/orders.py",
        "AND row_id = $4 AND actor_id IS NOT DISTINCT FROM $1",
        "AND row_id = $4 AND actor_id = $1",
        ("tests/ops/test_console.py::test_cli_finds_explains_and_retries_failed_work",),
    ),
)
