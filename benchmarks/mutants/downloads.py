"""Requests: the day's allowance, what a retry carries on, expiry, and what was removed."""

from .mutant import Mutant, tests_of

_REQUESTS = "pmd_service/downloads/requests.py"
_QUERIES = "pmd_service/downloads/queries.py"
_LIFECYCLE = "pmd_service/downloads/lifecycle.py"
_EXPIRY = "pmd_service/downloads/expiry.py"
_request = tests_of("tests/downloads/test_requests.py")


# Those that run a second time on an object store run only here, on files.
_life = tests_of("tests/downloads/test_lifecycle.py")
_expiry = tests_of("tests/downloads/test_expiry.py")
_GIVES_WAY = tests_of("tests/downloads/test_turns.py")("build_yields_between_runs_of_entries_only")
_AT_ONCE = _request("daily_limit_applies_to_concurrent_requests")
_FOUR_TIMES = _request("failed_requests_are_limited_to_four_times_the_limit")
_COUNTED = _request("daily_limit_counts_cancelled_requests_but_not_failed")
_MODERATORS = _request("moderators_request_uses_their_own_daily_limit")
_ANOTHERS = _request("daily_limit_is_per_user")
_IN_TURN = _life("repeated_cancel_and_retry_uses_up_the_daily_limit")
_ANEW = _life("retry_resets_progress_and_outcome")
_EXPIRED_LINK = _life("expired_request_answers_410_and_is_rebuilt_with_a_new_etag")
_REMOVED = _life("removed_request_loses_its_archive_and_still_counts")
_SCAN = _expiry("scan_removes_unreferenced_archives_and_nothing_else")
_PAST = _expiry("expired_request_loses_its_archive_and_others_stay")
_ROUTES = "pmd_service/downloads/routes.py"
_ONE_COUNTS = ("tests/test_counting.py::test_concurrent_counting_of_a_limit_is_serialized[downloads]",)
_UTC_DAY = _request("daily_limit_uses_the_databases_utc_day")
_NOT_OWN = _request("only_own_artworks_can_be_requested")
_READY_STAYS = _life("ready_request_can_be_neither_cancelled_nor_retried")
_NEW_DAY = _life("retry_on_another_day_resets_the_cost")
_NOT_MISSED = _life("archive_of_an_earlier_attempt_is_not_missed")
_BEING_BUILT = _life("running_request_cannot_be_removed")
_SCAN_WAITS = _expiry("archive_published_while_the_scan_waits_stays")

_WRITTEN = ("tests/downloads/test_build.py::test_written_archive_releases_its_slot",)

MUTANTS = (
    Mutant(
        "pmd_service/downloads/build.py",
        "                if self._written:\n",
        "                if True:\n",
        _GIVES_WAY,
    ),
    Mutant(
        "pmd_service/downloads/build.py",
        "                if self._written:\n",
        "                if False:\n",
        _GIVES_WAY,
    ),
    Mutant(
        "pmd_service/downloads/build.py",
        "if error.key in self._unreadable:",
        "if False:",
        ("tests/downloads/test_remote_build.py::test_spool_with_other_bytes_than_fetched_is_retried",),
    ),
    Mutant(_REQUESTS, "allowance.used - counted >= limit:", "allowance.used - counted > limit:", _AT_ONCE),
    Mutant(_REQUESTS, "allowance.used - counted >= limit:", "allowance.used >= limit:", _IN_TURN),
    Mutant(_REQUESTS, "allowance.requested - counted >= limit * MAX_REQUESTS_FACTOR", "False", _FOUR_TIMES),
    Mutant(_REQUESTS, "MAX_REQUESTS_FACTOR = 4", "MAX_REQUESTS_FACTOR = 5", _FOUR_TIMES),
    Mutant(_REQUESTS, "MAX_REQUESTS_FACTOR = 4", "MAX_REQUESTS_FACTOR = 3", _FOUR_TIMES),
    Mutant(_REQUESTS, "seconds=allowance.seconds_left", "seconds=60", _AT_ONCE),
    Mutant(
        _REQUESTS,
        "await check_allowance(connection, settings, requested_by=actor.viewer.id)",
        "await check_allowance(connection, settings, requested_by=actor.subject.id)",
        _MODERATORS,
    ),
    Mutant(_REQUESTS, "actor.viewer.id, *values", "actor.subject.id, *values", _MODERATORS),
    Mutant(_REQUESTS, "({DOWNLOADABLE}) AS found) =", "({DOWNLOADABLE}) AS found) <=", _NOT_OWN),
    Mutant("pmd_service/downloads/build.py", "            self._claimed.release_slot()\n", "", _WRITTEN),
    Mutant(
        _ROUTES,
        "queries.find_allowance(pool, requested_by=actor.viewer.id)",
        "queries.find_allowance(pool, requested_by=actor.subject.id)",
        _MODERATORS,
    ),
    Mutant(_QUERIES, "(status <> 'failed' OR cancelled)::int", "1", _COUNTED),
    Mutant(_QUERIES, "(status <> 'failed' OR cancelled)::int", "(status <> 'failed')::int", _COUNTED),
    Mutant(_QUERIES, "sum(requests_before + 1)", "count(*)", _FOUR_TIMES),
    Mutant(_QUERIES, "AND allowance_at >= {TODAY} AND", "AND", _COUNTED),
    Mutant(_QUERIES, "WHERE requested_by = $1 AND allowance_at", "WHERE $1::int > 0 AND allowance_at", _ANOTHERS),
    Mutant(_REQUESTS, "lock(connection, LOCK, actor.viewer.id)", "lock(connection, LOCK, 0)", _ONE_COUNTS),
    Mutant(_QUERIES, "date_trunc('day', now(), 'UTC')", "date_trunc('day', now())", _UTC_DAY),
    Mutant(_QUERIES, "CASE WHEN status = 'ready' AND expires_at <= now()", "CASE WHEN false", _EXPIRED_LINK),
    Mutant(_QUERIES, " OR (status = 'ready' AND expires_at <= now()))", ")", _EXPIRED_LINK),
    Mutant(_QUERIES, "processed_count = 0, missing = '[]', cancelled = false", "cancelled = false", _ANEW),
    Mutant(_QUERIES, "processed_count = 0, missing = '[]',", "", _ANEW),
    Mutant(
        _QUERIES,
        '_OWN = "WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL"',
        '_OWN = "WHERE id = $1 AND user_id = $2"',
        _REMOVED,
    ),
    Mutant(
        _QUERIES,
        "WHERE user_id = $1 AND deleted_at IS NULL AND (created_at",
        "WHERE user_id = $1 AND (created_at",
        _REMOVED,
    ),
    Mutant(_REQUESTS, "AND {LIVE_ARTWORK}", "AND kind = 'artwork'", _NOT_OWN),
    Mutant(_LIFECYCLE, "status IN ('pending', 'processing') AND deleted_at", "deleted_at", _READY_STAYS),
    Mutant(
        _LIFECYCLE,
        "WHERE id = $1 AND user_id = $2 AND status IN",
        "WHERE id = $1 AND $2::int > 0 AND status IN",
        _life("other_users_requests_are_not_found"),
        equivalent="the request is searched under its owner next, and not found: all is rolled back",
    ),
    Mutant(_LIFECYCLE, "THEN allowance_carried + (status <> 'failed' OR cancelled)::int", "THEN 0", _IN_TURN),
    Mutant(_LIFECYCLE, "THEN requests_before + 1 ELSE 0 END", "THEN requests_before ELSE 0 END", _FOUR_TIMES),
    Mutant(_LIFECYCLE, "AND allowance_at >= {queries.TODAY}", "", _NEW_DAY),
    Mutant(_LIFECYCLE, "counted=1", "counted=2", _IN_TURN),
    Mutant(
        _LIFECYCLE,
        "await lock(connection, queries.LOCK, actor.viewer.id)",
        "pass",
        ("tests/test_counting.py::test_concurrent_counting_of_a_limit_is_serialized[downloads that are tried again]",),
    ),
    Mutant(_LIFECYCLE, "AND status <> 'processing' AND deleted_at IS NULL", "AND deleted_at IS NULL", _BEING_BUILT),
    Mutant(
        _LIFECYCLE,
        "stored_bytes = NULL\n WHERE id = $1 AND status = 'ready' AND file_path = $2\n",
        "stored_bytes = NULL\n WHERE id = $1 AND status = 'ready' AND $2::text <> ''\n",
        _NOT_MISSED,
    ),
    Mutant(
        _LIFECYCLE,
        "SET {queries.RESTART}\n WHERE id = $1 AND status = 'ready' AND file_path = $2",
        "SET {queries.RESTART}\n WHERE id = $1 AND status = 'ready' AND $2::text <> ''",
        _NOT_MISSED,
    ),
    Mutant(_EXPIRY, "WHERE status = 'ready' AND expires_at <= now()", "WHERE status = 'ready'", _PAST),
    Mutant(_EXPIRY, "KEEP_ROW_DAYS = 14", "KEEP_ROW_DAYS = 16", _expiry("rows_are_deleted_two_weeks_after_their_end")),
    Mutant(_EXPIRY, "KEEP_ROW_DAYS = 14", "KEEP_ROW_DAYS = 12", _expiry("rows_are_deleted_two_weeks_after_their_end")),
    Mutant(_EXPIRY, "if found.age > STRAY_SECONDS", "", _SCAN),
    Mutant(_EXPIRY, "WHERE request.file_path IS DISTINCT FROM found.key\n", "WHERE found.key <> ''\n", _SCAN_WAITS),
    Mutant(
        _ROUTES, 'raise gone("This download has expired', 'raise conflict("This download has expired', _EXPIRED_LINK
    ),
    Mutant(
        "pmd_service/downloads/everything/documents.py",
        "if is_last and self._items:",
        "if is_last:",
        ("tests/downloads/takeouts/test_everything.py::test_takeout_of_library_files_alone_is_built",),
    ),
    Mutant(
        "pmd_service/downloads/takeouts/queries.py",
        "status IN ('ready', 'expired')",
        "status IN ('ready')",
        ("tests/downloads/takeouts/test_takeouts.py::test_takeout_is_allowed_once_in_takeout_days",),
    ),
    Mutant(
        "pmd_service/downloads/file_requests.py",
        "body.folder, MAX_FILES + 1)",
        "body.folder, MAX_FILES)",
        ("tests/downloads/test_files.py::test_what_is_not_there_is_refused_or_named",),
    ),
    Mutant(
        "pmd_service/downloads/takeouts/requests.py",
        "FROM asset WHERE {TAKEN_FILE} AND 'library' = ANY ($2)) AS file_count",
        "FROM asset WHERE user_id = $1 AND 'library' = ANY ($2)) AS file_count",
        ("tests/downloads/takeouts/test_takeouts.py::test_takeout_without_artworks_is_refused",),
    ),
    Mutant(
        "pmd_service/downloads/sources.py",
        "        except BaseException:\n            self._spools.release()\n            raise",
        "        except BaseException:\n            raise",
        ("tests/downloads/test_remote_build.py::test_remote_prefetch_is_bounded",),
    ),
)
