"""The lease, the heartbeat beside the work, the runner, and the sweep."""

from .mutant import Mutant

_ROOM = "pmd_service/work"
_TESTS = "tests/work"
_LEASE = f"{_ROOM}/lease.py"
_HEARTBEAT = f"{_ROOM}/heartbeat.py"
_HELD = f"{_ROOM}/held.py"
_RETRY = f"{_ROOM}/retry.py"
_RUNNER = f"{_ROOM}/runner.py"
_SWEEP = f"{_ROOM}/sweep.py"


def _lease(test: str) -> tuple[str]:
    return (f"{_TESTS}/test_lease.py::test_{test}",)


def _runner(test: str) -> tuple[str]:
    return (f"{_TESTS}/test_runner.py::test_{test}",)


def _sweep(test: str) -> tuple[str]:
    return (f"{_TESTS}/test_sweep.py::test_{test}",)


_TAKEN_OVER = _lease("an_expired_lease_is_taken_over_and_its_worker_can_change_nothing_more")
_SETTLING = _lease("what_is_written_beside_settling_is_written_only_by_who_holds_the_row")
_ALL_AT_ONCE = _lease("no_more_of_a_users_rows_run_than_allowed_although_all_are_claimed_at_once")
_WAITS = _lease("a_claim_waits_for_the_same_users_claim_that_is_not_committed_yet")
_CANCELLED = _runner("work_that_is_cancelled_is_stopped_and_its_row_left_as_it_is")
_KEEPS = _runner("the_heartbeat_keeps_the_lease_and_tells_the_progress")
_EXCEPTION = _runner("an_exception_is_tried_again_later_as_often_as_the_kind_allows")
_LONGER = _runner("retries_wait_longer_and_longer_but_never_more_than_ten_minutes")
_STOPS = _runner("a_worker_that_stops_hands_its_work_over_without_a_fault")
_SECOND = _sweep("after_a_second_expired_lease_a_row_waits_longer_than_its_neighbours")
_GIVEN_UP = _sweep("a_row_whose_workers_keep_dying_is_given_up_with_a_sentence")
_TURNS = _sweep("users_take_turns_and_none_fills_the_queue")
_STALE = _sweep("a_worker_that_died_before_claiming_does_not_block_the_job")
_SUSPECTS = f"{_ROOM}/suspects.py"
_SUSPECT = (f"{_TESTS}/test_suspects.py::test_a_suspect_is_built_by_a_process_of_its_own",)

MUTANTS = (
    Mutant(_LEASE, "attempt = $2 AND lease_token = $3", "$2::int > 0 AND $3::uuid IS NOT NULL", _TAKEN_OVER),
    Mutant(
        _LEASE,
        "attempt = $2 AND lease_token = $3",
        "attempt = $2 AND $3::uuid IS NOT NULL",
        _TAKEN_OVER,
        equivalent="either is made anew by each claim, and would do alone",
    ),
    Mutant(
        _LEASE,
        "attempt = $2 AND lease_token = $3",
        "$2::int > 0 AND lease_token = $3",
        _TAKEN_OVER,
        equivalent="either is made anew by each claim, and would do alone",
    ),
    Mutant(
        _LEASE,
        "= '{kind.waiting}' AND next_attempt_at <= now()",
        "= '{kind.waiting}'",
        _lease("a_row_is_not_claimed_before_its_time"),
    ),
    Mutant(_LEASE, "       < $4\n", "       <= $4\n", _ALL_AT_ONCE),
    Mutant(_LEASE, "pg_advisory_xact_lock(hashtext('work {kind.table}'), user_id)", "1", _WAITS),
    Mutant(_LEASE, "hashtext('work {kind.table}'), user_id)", "hashtext('work {kind.table}'), 0)", _WAITS),
    Mutant(_LEASE, "faults = faults + $4", "faults = faults + $4 * 0", _EXCEPTION),
    Mutant(_LEASE, "make_interval(secs => $5)", "make_interval(secs => $5 * 0)", _EXCEPTION),
    Mutant(_LEASE, "failed.message[:500]", "failed.message", _runner("a_long_reason_is_cut_to_what_the_column_holds")),
    Mutant(_HEARTBEAT, "if not await lease.is_held(pool, kind, held):", "if False:", _CANCELLED),
    Mutant(
        _HEARTBEAT,
        "while time.monotonic() - renewed < lease.LEASE_SECONDS:",
        "while True:",
        _runner("without_a_heartbeat_for_a_whole_lease_the_work_is_given_up"),
    ),
    Mutant(
        _HEARTBEAT,
        "if not working.done() and not held.is_settled:",
        "if not working.done():",
        _runner("settling_is_not_mistaken_for_losing"),
    ),
    Mutant(
        _HEARTBEAT,
        "(asyncpg.PostgresError, *DATABASE_DOWN)",
        "asyncpg.DataError",
        _runner("a_database_that_is_away_for_a_heartbeat_costs_nothing"),
    ),
    Mutant(_HEARTBEAT, "if news == told and time.monotonic() - renewed < RENEW_SECONDS:", "if True:", _KEEPS),
    Mutant(_HELD, "raise LeaseLostError\n", "return\n", _SETTLING),
    Mutant(_RETRY, "4.0**faults, RETRY_CAP_SECONDS", "4.0**faults, 10 * RETRY_CAP_SECONDS", _LONGER),
    Mutant(_RETRY, "RETRY_BASE_SECONDS * 4.0**faults", "RETRY_BASE_SECONDS", _LONGER),
    Mutant(_RETRY, "2 ^ expired_leases", "0 ^ expired_leases", _SECOND),
    Mutant(_RETRY, "random() * {TAKE_OVER_BASE_SECONDS / 2}", "{TAKE_OVER_CAP_SECONDS}", _SECOND),
    Mutant(
        _RUNNER,
        "asyncio.timeout(kind.time_limit_seconds)",
        "asyncio.timeout(None)",
        _runner("work_past_its_time_limit_ends_failed_after_its_retries"),
    ),
    Mutant(_RUNNER, "held.row.faults < kind.max_retries", "held.row.faults <= kind.max_retries", _EXCEPTION),
    Mutant(
        _RUNNER,
        "retry_delay(held.row.faults) if delay_seconds is None else delay_seconds",
        "retry_delay(held.row.faults)",
        _runner("a_handler_may_say_when_to_try_again"),
    ),
    Mutant(_RUNNER, "held, fault=False, delay_seconds=0", "held, fault=True, delay_seconds=0", _STOPS),
    Mutant(_RUNNER, "await asyncio.shield(self._hand_over(kind, held))", "pass", _STOPS),
    Mutant(_SWEEP, "AND lease_expires_at < now()", "", _TAKEN_OVER),
    Mutant(_SWEEP, "expired_leases = expired_leases + 1, ", "", _GIVEN_UP),
    Mutant(
        _SWEEP,
        "AND expired_leases < $1 RETURNING",
        "AND $1::int > 0 RETURNING",
        _GIVEN_UP,
        equivalent="giving up comes first, and leaves none above",
    ),
    Mutant(_SWEEP, "AND expired_leases >= $1 RETURNING", "AND expired_leases > $1 RETURNING", _GIVEN_UP),
    Mutant(_SWEEP, "await kind.when_failed(connection, given_up)", "pass", _GIVEN_UP),
    Mutant(_SWEEP, "PARTITION BY user_id ORDER BY", "ORDER BY", _TURNS),
    Mutant(_SWEEP, " WHERE place <= $2\n", " WHERE $2::int > 0\n", _TURNS),
    Mutant(_SWEEP, " ORDER BY place, next_attempt_at\n", " ORDER BY next_attempt_at\n", _TURNS),
    Mutant(_SWEEP, 'is_overdue=row["is_overdue"]', "is_overdue=False", _STALE),
    Mutant(_SWEEP, "now() - make_interval(secs => $1) AS is_overdue", "now() AS is_overdue, $1::float8", _STALE),
    Mutant(_LEASE, 'waiting["expired_leases"] >= suspect_after', 'waiting["expired_leases"] > suspect_after', _SUSPECT),
    Mutant(
        _SUSPECTS,
        "await asyncio.shield(_stop(child))",
        "pass",
        (f"{_TESTS}/test_suspects.py::test_a_worker_that_stops_takes_its_suspects_process_along",),
    ),
)
