"""The line, the lease, the heartbeat beside the work, the runner, and the sweep."""

from .mutant import Mutant, tests_of

_ROOM = "pmd_service/work"
_TESTS = "tests/work"
_LEASE = f"{_ROOM}/lease.py"
_HEARTBEAT = f"{_ROOM}/heartbeat.py"
_CLAIMED = f"{_ROOM}/claimed.py"
_RETRY = f"{_ROOM}/retry.py"
_RUNNER = f"{_ROOM}/runner.py"
_SWEEP = f"{_ROOM}/sweep.py"
_REGISTRY = f"{_ROOM}/registry.py"
_SQL = "migrations/0002_work.sql"
_LAST_TURN = "(SELECT max(turn) FROM work_accounts WHERE kind = of_kind)));"
_lease = tests_of(f"{_TESTS}/test_lease.py")
_runner = tests_of(f"{_TESTS}/test_runner.py")
_places = tests_of(f"{_TESTS}/test_slots.py")
_line = tests_of(f"{_TESTS}/test_turns.py")
_sweep = tests_of(f"{_TESTS}/test_sweep.py")
_TAKEN_OVER = _lease("expired_lease_is_taken_over_and_old_token_is_fenced")
_SETTLING = _lease("settling_transaction_commits_only_with_the_lease")
_ALL_AT_ONCE = _lease("concurrent_claims_respect_running_per_user")
_PASSED_OVER = _lease("claim_skips_a_locked_row")
_CANCELLED = _runner("cancelled_work_stops_and_its_row_is_unchanged")
_KEEPS = _runner("heartbeat_renews_the_lease_and_writes_progress")
_EXCEPTION = _runner("exception_is_retried_up_to_max_retries")
_LONGER = _runner("retry_delay_grows_to_at_most_ten_minutes")
_STOPS = _runner("stopping_worker_hands_over_without_a_fault")
_SECOND = _sweep("row_with_two_expired_leases_waits_longer")
_GIVEN_UP = _sweep("row_whose_workers_keep_dying_fails_with_a_message")
_ONCE = _line("turns_serve_each_user_once_before_any_twice")
_YESTERDAY = _line("idle_user_does_not_pay_for_past_usage")
_COSTLY = _line("turns_of_expensive_rows_are_further_apart")
_NEXT = _line("next_row_gets_a_turn_when_a_row_ends_or_is_removed")
_LATER = _line("rows_due_later_get_their_turn_when_due")
_MEANWHILE = _line("row_due_before_its_commit_gets_a_turn")
_UNREGISTERED = _line("unregistered_kind_gives_one_turn_per_user")
_GONE = _lease("work_without_subject_is_dropped_and_the_next_is_claimed")
_HIGHER = _line("running_per_user_limit_can_rise_and_fall")
_ORDER = _line("ordered_kind_claims_nothing_before_the_first_has_ended")
_ONE_LOOK = _places("one_empty_claim_ends_all_tickets_waiting_for_a_slot")
_WRITTEN = _places("released_slot_is_free_while_the_end_is_written")
_PLACES = _places("cancelled_wait_for_a_slot_neither_adds_nor_loses_one")
_HANDS_ON = _places("ticket_runs_due_rows_for_seconds_then_enqueues_another")
_SCHEMA = _places("worker_claims_nothing_on_a_newer_schema")
_CUT = _sweep("running_per_user_stays_below_the_kinds_slots")
_DUE = _sweep("sweep_enqueues_as_many_tickets_as_due_rows")
_FEW = (f"{_TESTS}/test_suspects.py::test_at_most_two_suspects_run_beside_other_work",)
_SUSPECTS = f"{_ROOM}/suspects.py"
_SUSPECT = (f"{_TESTS}/test_suspects.py::test_suspect_runs_in_its_own_process",)
_HANGS = _runner("work_is_cancelled_after_a_lease_of_a_database_that_hangs")
_SETTLED = _runner("settled_work_is_no_lost_lease")
_AWAY = _runner("heartbeat_survives_a_database_outage")
_TIME_LIMIT = _runner("time_limit_fails_the_work_after_its_retries")

MUTANTS = (
    Mutant(_CLAIMED, "id = $1 AND token = $2", "id = $1 AND $2::uuid IS NOT NULL", _TAKEN_OVER),
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
        (f"{_TESTS}/test_upkeep.py::test_upkeep_step_with_nothing_to_do_is_not_begun",),
    ),
    Mutant(
        f"{_ROOM}/upkeep.py",
        "if not (step.is_shared or step.name in busy)]",
        "if not step.is_shared]",
        (f"{_TESTS}/test_upkeep.py::test_upkeep_step_past_its_limit_is_not_begun_twice",),
    ),
    Mutant(
        f"{_ROOM}/tickets.py",
        "if #due > 0 then",
        "if #due > 999 then",
        (f"{_TESTS}/test_arq_worker.py::test_two_workers_share_waiting_tickets",),
    ),
    Mutant(
        f"{_ROOM}/tickets.py",
        "'-inf', now, 'LIMIT'",
        "'-inf', '+inf', 'LIMIT'",
        (f"{_TESTS}/test_queue.py::test_delayed_ticket_is_due_by_redis_clock_and_uncounted_before",),
    ),
    Mutant(
        f"{_ROOM}/arq_worker.py",
        'await self.ctx["work_off"]()',
        "pass",
        (f"{_TESTS}/test_arq_command.py::test_arq_burst_runs_all_due_work_without_tickets_and_exits",),
    ),
    Mutant(_REGISTRY, "UPDATE work_accounts SET wakes_at = now()", "UPDATE work_accounts SET wakes_at = NULL", _HIGHER),
    Mutant(_REGISTRY, "per_user = excluded.per_user, in_order", "in_order", _CUT),
    Mutant(_REGISTRY, ", kind.concurrency - 1)", ", kind.concurrency + 99)", _CUT),
    Mutant(_CLAIMED, "if self._is_acquired:", "if True:", _PLACES),
    Mutant(_RUNNER, "if self.is_idle or not self._breakers", "if not self._breakers", _SCHEMA),
    Mutant(_RUNNER, "if time.monotonic() > until:", "if False:", _HANDS_ON),
    Mutant(
        _RUNNER,
        "if self._is_stopping:  #",
        "if False:  #",
        _places("stopping_worker_returns_its_ticket"),
    ),
    Mutant(
        f"{_ROOM}/arq_worker.py",
        ' or self.ctx["runner"].is_idle or',
        " or",
        (f"{_TESTS}/test_arq_worker.py::test_worker_that_may_not_claim_leaves_tickets_to_others",),
    ),
    Mutant(_LEASE, "faults = faults + $3", "faults = faults + $3 * 0", _EXCEPTION),
    Mutant(_LEASE, "make_interval(secs => $4)", "make_interval(secs => $4 * 0)", _EXCEPTION),
    Mutant(_LEASE, "error = left($3, 500)", "error = $3", _runner("long_error_is_truncated_to_the_column")),
    Mutant(_HEARTBEAT, "if not await lease.has_lease(pool, claimed):", "if False:", _CANCELLED),
    Mutant(_HEARTBEAT, "is_over = left <= 0 and _left(claimed) <= 0", "pass", _HANGS),
    Mutant(_HEARTBEAT, "if not working.done() and not claimed.is_settled:", "if not working.done():", _SETTLED),
    Mutant(_HEARTBEAT, "(asyncpg.PostgresError, *DATABASE_DOWN)", "asyncpg.DataError", _AWAY),
    Mutant(
        _HEARTBEAT, "if progress == written and time.monotonic() - claimed.renewed < RENEW_SECONDS:", "if True:", _KEEPS
    ),
    Mutant(_CLAIMED, "raise LeaseLostError\n", "return\n", _SETTLING),
    Mutant(_RETRY, "4.0**faults, RETRY_CAP_SECONDS", "4.0**faults, 10 * RETRY_CAP_SECONDS", _LONGER),
    Mutant(_RETRY, "RETRY_BASE_SECONDS * 4.0**faults", "RETRY_BASE_SECONDS", _LONGER),
    Mutant(_SWEEP, "2 ^ expired", "0 ^ expired", _SECOND),
    Mutant(_SWEEP, "random() * 1.25", "40", _SECOND),
    Mutant(_RUNNER, "asyncio.timeout(kind.time_limit_seconds)", "asyncio.timeout(None)", _TIME_LIMIT),
    Mutant(_RUNNER, "claimed.work.faults >= kind.max_retries", "claimed.work.faults > kind.max_retries", _EXCEPTION),
    Mutant(
        _RUNNER,
        "retry_delay(claimed.work.faults) if retry.delay_seconds is None else retry.delay_seconds",
        "retry_delay(claimed.work.faults)",
        _runner("handler_may_set_the_retry_delay"),
    ),
    Mutant(
        _RUNNER,
        "if not isinstance(outcome, Done):",
        "if outcome is None:",
        ("tests/downloads/test_build.py::test_attempt_that_cannot_publish_is_recorded",),
    ),
    Mutant(_RUNNER, "claimed, fault=False, delay_seconds=0", "claimed, fault=True, delay_seconds=0", _STOPS),
    Mutant(_RUNNER, "await asyncio.shield(self._hand_over(kind, claimed))", "pass", _STOPS),
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
    Mutant(_SWEEP, "    await kind.fail(connection", "    kind.fail  # (connection", _GIVEN_UP),
    Mutant(_SWEEP, 'if check["due"]:', "if False:", _DUE),
    Mutant(
        f"{_ROOM}/orders.py",
        "AND state IN ('waiting', 'running')",
        "AND state = 'waiting'",
        ("tests/ops/test_console.py::test_stopped_work_shows_its_owner_who_stopped_it",),
    ),
    Mutant(
        f"{_ROOM}/orders.py",
        "if await connection.fetchrow(kind.restart, subject) is None:",
        "if False:",
        ("tests/ops/test_console.py::test_retry_all_leaves_work_that_needs_its_owner",),
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
        _runner("failed_attempt_is_retried_though_its_record_fails"),
    ),
    Mutant(_RUNNER, "if claimed.work.expired < SUSPECT_AFTER:", "if True:", _SUSPECT),
    Mutant(
        _SUSPECTS,
        "await asyncio.shield(_stop(child))",
        "pass",
        (f"{_TESTS}/test_suspects.py::test_stopping_worker_stops_the_suspects_process",),
    ),
    Mutant(_RUNNER, "self._nothing_due.get(kind.name, 0) > began", "False", _ONE_LOOK),
    Mutant(_RUNNER, "self._nothing_due.get(kind.name, 0) > began", "kind.name in self._nothing_due", _ONE_LOOK),
    Mutant(
        _CLAIMED,
        "            self._slot.release()\n\n    @asynccontextmanager",
        "            pass\n\n    @asynccontextmanager",
        _WRITTEN,
    ),
    Mutant(
        f"{_ROOM}/breaker.py",
        "pause = min(2 * pause",
        "pause = max(2 * pause",
        (f"{_TESTS}/test_breaker.py::test_pauses_between_probes_grow_to_a_bound",),
    ),
    Mutant(
        f"{_ROOM}/missing_workers.py",
        "TimeoutError):\n        return True",
        "TimeoutError):\n        return False",
        ("tests/ops/test_health.py::test_no_worker_is_called_missing_while_redis_is_away",),
    ),
    Mutant(
        "pmd_service/base/schema.py",
        "self._known += unknown",
        "pass",
        (f"{_TESTS}/test_slots.py::test_worker_that_starts_on_a_newer_schema_works",),
    ),
    Mutant(
        f"{_ROOM}/breaker_board.py",
        " WHERE seen_at > now() - make_interval(secs => $1)\n",
        " WHERE seen_at > now() - make_interval(days => $1::int)\n",
        ("tests/ops/test_console.py::test_console_shows_dependency_latency_detail_and_next_probe",),
    ),
    Mutant(
        "pmd_service/work/upkeep.py",
        "if token is not None and now < until]:",
        "if token is not None]:",
        ("tests/work/test_upkeep.py::test_upkeep_step_past_its_limit_is_not_begun_twice",),
    ),
    Mutant(
        "pmd_service/jobs.py",
        'soon("due_drafts", add_due, every_seconds=1.0, only_if=HAS_DUE)',
        'soon("due_drafts", add_due, every_seconds=1.0, only_if=HAS_WEBHOOKS)',
        ("tests/desk/test_publish.py::test_drafts_go_out_in_order_after_an_outage",),
    ),
)
