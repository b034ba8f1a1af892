"""The line, the lease, the heartbeat beside the work, the runner, and the sweep."""

from .mutant import Mutant, tests_of

_ROOM = "pmd_service/work"
_TESTS = "tests/work"
_LEASE = f"{_ROOM}/lease.py"
_HEARTBEAT = f"{_ROOM}/heartbeat.py"
_HELD = f"{_ROOM}/held.py"
_RETRY = f"{_ROOM}/retry.py"
_RUNNER = f"{_ROOM}/runner.py"
_SWEEP = f"{_ROOM}/sweep.py"
_REGISTRY = f"{_ROOM}/registry.py"
_SQL = "migrations/0002_work.sql"
_LAST_TURN = "(SELECT max(turn) FROM work_accounts WHERE kind = of_kind)));"
_lease = tests_of(f"{_TESTS}/test_lease.py")
_runner = tests_of(f"{_TESTS}/test_runner.py")
_places = tests_of(f"{_TESTS}/test_places.py")
_line = tests_of(f"{_TESTS}/test_line.py")
_sweep = tests_of(f"{_TESTS}/test_sweep.py")
_TAKEN_OVER = _lease("an_expired_lease_is_taken_over_and_its_worker_can_change_nothing_more")
_SETTLING = _lease("what_is_written_beside_settling_is_written_only_by_who_holds_the_row")
_ALL_AT_ONCE = _lease("no_more_of_a_users_rows_run_than_allowed_although_all_are_claimed_at_once")
_PASSED_OVER = _lease("a_row_that_another_is_taking_is_passed_over")
_CANCELLED = _runner("work_that_is_cancelled_is_stopped_and_its_row_left_as_it_is")
_KEEPS = _runner("the_heartbeat_keeps_the_lease_and_tells_the_progress")
_EXCEPTION = _runner("an_exception_is_tried_again_later_as_often_as_the_kind_allows")
_LONGER = _runner("retries_wait_longer_and_longer_but_never_more_than_ten_minutes")
_STOPS = _runner("a_worker_that_stops_hands_its_work_over_without_a_fault")
_SECOND = _sweep("after_a_second_expired_lease_a_row_waits_longer_than_its_neighbours")
_GIVEN_UP = _sweep("a_row_whose_workers_keep_dying_is_given_up_with_a_sentence")
_ONCE = _line("each_user_is_served_once_before_anybody_is_served_twice")
_YESTERDAY = _line("who_comes_back_to_an_empty_house_does_not_pay_for_yesterday")
_COSTLY = _line("a_costly_users_turns_lie_further_apart")
_NEXT = _line("the_next_one_is_lined_up_whoever_ends_or_takes_away_the_one_before")
_LATER = _line("rows_that_are_due_later_are_lined_up_when_they_are_due")
_MEANWHILE = _line("what_becomes_due_before_its_transaction_ends_is_not_forgotten")
_UNREGISTERED = _line("a_kind_that_no_worker_has_registered_yet_waits_with_one_row_a_user")
_GONE = _lease("work_whose_subject_is_gone_is_dropped_and_the_next_one_is_claimed")
_HIGHER = _line("a_higher_limit_is_used_and_a_lower_one_kept")
_ORDER = _line("kinds_in_order_let_nothing_overtake_what_has_not_ended")
_ONE_LOOK = _places("one_look_that_finds_nothing_does_for_all_tickets_that_wait_for_a_place")
_WRITTEN = _places("who_has_computed_all_lets_others_while_the_end_is_written_down")
_PLACES = _places("no_place_for_computing_is_made_or_lost_by_who_is_cancelled_while_waiting_for_one")
_HANDS_ON = _places("a_ticket_goes_on_while_something_is_due_and_then_hands_on")
_SCHEMA = _places("a_worker_on_a_newer_schema_claims_nothing_until_it_is_as_expected")
_CUT = _sweep("no_user_may_hold_all_places_of_a_kind")
_DUE = _sweep("what_is_due_has_tickets_and_no_more_than_that")
_FEW = (f"{_TESTS}/test_suspects.py::test_no_more_than_two_run_at_a_time_and_others_are_not_held_up",)
_SUSPECTS = f"{_ROOM}/suspects.py"
_SUSPECT = (f"{_TESTS}/test_suspects.py::test_a_suspect_is_built_by_a_process_of_its_own",)
_NO_BEAT = _runner("without_a_heartbeat_for_a_whole_lease_the_work_is_given_up")
_SETTLED = _runner("settling_is_not_mistaken_for_losing")
_AWAY = _runner("a_database_that_is_away_for_a_heartbeat_costs_nothing")
_TIME_LIMIT = _runner("work_past_its_time_limit_ends_failed_after_its_retries")

MUTANTS = (
    Mutant(_HELD, "id = $1 AND token = $2", "id = $1 AND $2::uuid IS NOT NULL", _TAKEN_OVER),
    Mutant(_LEASE, "$3) WHERE id = $1 AND token = $2", "$3) WHERE id = $1 AND $2::uuid IS NOT NULL", _TAKEN_OVER),
    Mutant(
        _LEASE,
        'FROM work WHERE id = $1 AND token = $2"\n_RENEW',
        'FROM work WHERE id = $1 AND $2::uuid IS NOT NULL"\n_RENEW',
        _TAKEN_OVER,
    ),
    Mutant(_LEASE, 'await pool.execute(_DROP, work["id"], work["token"])', "pass", _GONE),
    Mutant(_SQL, "AND state = 'waiting' AND turn IS NOT NULL\n", "AND state = 'waiting'\n", _ALL_AT_ONCE),
    Mutant(_SQL, "ORDER BY turn, id LIMIT 1", "ORDER BY id LIMIT 1", _ONCE),
    Mutant(_SQL, "LIMIT 1 FOR UPDATE SKIP LOCKED)", "LIMIT 1)", _PASSED_OVER),
    Mutant(_SQL, "LIMIT 1 FOR UPDATE SKIP LOCKED)", "LIMIT 1 FOR UPDATE)", _PASSED_OVER),
    Mutant(_SQL, "(expired < 2 OR takes_suspects)", "true", _FEW),
    Mutant(_SQL, "coalesce(max(per_user), 1) - (", "coalesce(max(per_user), 1) + 1 - (", _ALL_AT_ONCE),
    Mutant(_SQL, "coalesce(max(per_user), 1) - (", "coalesce(max(per_user), 2) - (", _UNREGISTERED),
    Mutant(_SQL, "next_turn := greatest(next_turn, coalesce(", "next_turn := greatest(0, coalesce(", _ONCE),
    Mutant(_SQL, _LAST_TURN, "0));", _YESTERDAY),
    Mutant(_SQL, "SELECT turn + cost INTO", "SELECT turn INTO", _COSTLY),
    Mutant(_SQL, "IF coalesce(cardinality(next_ids), 0) < free THEN", "IF false THEN", _LATER),
    Mutant(_SQL, "coalesce(bool_or(in_order), true)", "false", _ORDER),
    Mutant(_SQL, "OR NEW.state = 'failed' AND OLD.state = 'waiting'\n", "\n", _ORDER),
    Mutant(_SQL, "AFTER INSERT OR DELETE ON work DEFERRABLE", "AFTER INSERT ON work DEFERRABLE", _NEXT),
    Mutant(_SQL, "changed.turn IS NULL AND changed.state <> 'waiting'", "changed.turn IS NULL", _ORDER),
    Mutant(
        _SQL,
        "AND due_at <= clock_timestamp()\n                     ORDER BY",
        "AND due_at <= now()\n                     ORDER BY",
        _MEANWHILE,
    ),
    Mutant(
        f"{_ROOM}/adding.py",
        "DELETE FROM work WHERE kind = $1 AND subject",
        "DELETE FROM work WHERE kind <> $1 AND subject",
        _CANCELLED,
    ),
    Mutant(
        f"{_ROOM}/upkeep.py",
        "OR {step.only_if})",
        "OR true)",
        (f"{_TESTS}/test_upkeep.py::test_a_step_with_nothing_to_do_is_not_begun",),
    ),
    Mutant(
        f"{_ROOM}/upkeep.py",
        "if step.name not in busy]",
        "]",
        (f"{_TESTS}/test_upkeep.py::test_a_step_that_outlasts_its_limit_is_not_begun_again_beside_itself",),
    ),
    Mutant(
        f"{_ROOM}/tickets.py",
        "if #due > 0 then",
        "if #due > 999 then",
        (f"{_TESTS}/test_arq_worker.py::test_two_workers_share_what_waits",),
    ),
    Mutant(
        f"{_ROOM}/tickets.py",
        "'-inf', now, 'LIMIT'",
        "'-inf', '+inf', 'LIMIT'",
        (f"{_TESTS}/test_queue.py::test_a_delayed_ticket_is_due_by_redis_s_clock_and_is_not_counted_before",),
    ),
    Mutant(
        f"{_ROOM}/arq_worker.py",
        'await self.ctx["work_off"]()',
        "pass",
        (f"{_TESTS}/test_arq_command.py::test_burst_does_all_that_is_due_mails_included_without_any_ticket_and_ends",),
    ),
    Mutant(_REGISTRY, "UPDATE work_accounts SET wakes_at = now()", "UPDATE work_accounts SET wakes_at = NULL", _HIGHER),
    Mutant(_REGISTRY, "per_user = excluded.per_user, in_order", "in_order", _CUT),
    Mutant(_REGISTRY, ", kind.concurrency - 1)", ", kind.concurrency + 99)", _CUT),
    Mutant(_HELD, "if self._is_acquired:", "if True:", _PLACES),
    Mutant(_RUNNER, "if self.is_idle or not self._breakers", "if not self._breakers", _SCHEMA),
    Mutant(_RUNNER, "if time.monotonic() > until:", "if False:", _HANDS_ON),
    Mutant(
        _RUNNER,
        "if self._is_stopping:  #",
        "if False:  #",
        _places("a_ticket_that_a_stopping_worker_has_taken_is_put_back"),
    ),
    Mutant(
        f"{_ROOM}/arq_worker.py",
        ' or self.ctx["runner"].is_idle or',
        " or",
        (f"{_TESTS}/test_arq_worker.py::test_a_worker_that_may_claim_nothing_leaves_tickets_to_others",),
    ),
    Mutant(_LEASE, "faults = faults + $3", "faults = faults + $3 * 0", _EXCEPTION),
    Mutant(_LEASE, "make_interval(secs => $4)", "make_interval(secs => $4 * 0)", _EXCEPTION),
    Mutant(_LEASE, "error = left($3, 500)", "error = $3", _runner("a_long_reason_is_cut_to_what_the_column_holds")),
    Mutant(_HEARTBEAT, "if not await lease.is_held(pool, held):", "if False:", _CANCELLED),
    Mutant(_HEARTBEAT, "while time.monotonic() - renewed < lease.LEASE_SECONDS:", "while True:", _NO_BEAT),
    Mutant(_HEARTBEAT, "if not working.done() and not held.is_settled:", "if not working.done():", _SETTLED),
    Mutant(_HEARTBEAT, "(asyncpg.PostgresError, *DATABASE_DOWN)", "asyncpg.DataError", _AWAY),
    Mutant(_HEARTBEAT, "if progress == written and time.monotonic() - renewed < RENEW_SECONDS:", "if True:", _KEEPS),
    Mutant(_HELD, "raise LeaseLostError\n", "return\n", _SETTLING),
    Mutant(_RETRY, "4.0**faults, RETRY_CAP_SECONDS", "4.0**faults, 10 * RETRY_CAP_SECONDS", _LONGER),
    Mutant(_RETRY, "RETRY_BASE_SECONDS * 4.0**faults", "RETRY_BASE_SECONDS", _LONGER),
    Mutant(_SWEEP, "2 ^ expired", "0 ^ expired", _SECOND),
    Mutant(_SWEEP, "random() * 1.25", "40", _SECOND),
    Mutant(_RUNNER, "asyncio.timeout(kind.time_limit_seconds)", "asyncio.timeout(None)", _TIME_LIMIT),
    Mutant(_RUNNER, "held.work.faults >= kind.max_retries", "held.work.faults > kind.max_retries", _EXCEPTION),
    Mutant(
        _RUNNER,
        "retry_delay(held.work.faults) if retry.delay_seconds is None else retry.delay_seconds",
        "retry_delay(held.work.faults)",
        _runner("a_handler_may_say_when_to_try_again"),
    ),
    Mutant(
        _RUNNER,
        "if not isinstance(outcome, Done):",
        "if outcome is None:",
        ("tests/downloads/test_build.py::test_an_attempt_that_cannot_publish_is_told_to_operators_as_well",),
    ),
    Mutant(_RUNNER, "held, fault=False, delay_seconds=0", "held, fault=True, delay_seconds=0", _STOPS),
    Mutant(_RUNNER, "await asyncio.shield(self._hand_over(kind, held))", "pass", _STOPS),
    Mutant(_SWEEP, "lease_until < now() AND expired < $2", "expired < $2", _TAKEN_OVER),
    Mutant(_SWEEP, "expired = expired + (coalesce", "expired = 0 * (coalesce", _GIVEN_UP),
    Mutant(
        _SWEEP,
        "AND expired < $2\n",
        "AND $2::int > 0\n",
        _GIVEN_UP,
        equivalent="giving up comes first, and leaves none above",
    ),
    Mutant(_SWEEP, "AND expired >= $2\n", "AND expired > $2\n", _GIVEN_UP),
    Mutant(_SWEEP, "            await kind.fail(connection", "            kind.fail  # (connection", _GIVEN_UP),
    Mutant(_SWEEP, 'if check["due"]:', "if False:", _DUE),
    Mutant(
        f"{_ROOM}/orders.py",
        "AND state IN ('waiting', 'running')",
        "AND state = 'waiting'",
        ("tests/ops/test_console.py::test_what_waits_or_runs_is_stopped_and_its_owner_reads_by_whom",),
    ),
    Mutant(
        f"{_ROOM}/orders.py",
        "if await connection.fetchrow(kind.restart, subject) is None:",
        "if False:",
        ("tests/ops/test_console.py::test_retry_all_leaves_what_only_its_owner_can_mend",),
    ),
    Mutant(
        f"{_ROOM}/groups.py",
        "if len(ended) < len(rows):",
        "if False:",
        ("tests/uploads/test_probing.py::test_a_probe_that_has_lost_a_line_settles_none",),
    ),
    Mutant(f"{_ROOM}/tickets.py", "wanted - redis.call('ZCOUNT', queue, '-inf', now)", "wanted", _DUE),
    Mutant(
        f"{_ROOM}/attempts.py",
        "except (asyncpg.PostgresError, *DATABASE_DOWN) as fault:",
        "except ZeroDivisionError as fault:",
        _runner("a_failed_attempt_of_which_no_record_can_be_written_is_retried_all_the_same"),
    ),
    Mutant(_RUNNER, "if held.work.expired < SUSPECT_AFTER:", "if True:", _SUSPECT),
    Mutant(
        _SUSPECTS,
        "await asyncio.shield(_stop(child))",
        "pass",
        (f"{_TESTS}/test_suspects.py::test_a_worker_that_stops_takes_its_suspects_process_along_which_hands_over",),
    ),
    Mutant(_RUNNER, "self._nothing_due.get(kind.name, 0) > began", "False", _ONE_LOOK),
    Mutant(_RUNNER, "self._nothing_due.get(kind.name, 0) > began", "kind.name in self._nothing_due", _ONE_LOOK),
    Mutant(
        _HELD,
        "            self._slot.release()\n\n    @asynccontextmanager",
        "            pass\n\n    @asynccontextmanager",
        _WRITTEN,
    ),
)
