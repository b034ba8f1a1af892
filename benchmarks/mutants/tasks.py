"""Tasks on files."""

from .mutant import Mutant, tests_of

_REQUESTS = "pmd_service/tasks/requests.py"
_LIFECYCLE = "pmd_service/tasks/lifecycle.py"
_QUERIES = "pmd_service/tasks/queries.py"
_RUN = "pmd_service/tasks/run.py"
_RESULTS = "pmd_service/tasks/results.py"
_request = tests_of("tests/tasks/test_requests.py")
_run = tests_of("tests/tasks/test_run.py")
_cancelling = tests_of("tests/tasks/test_cancelling.py")
_CANCELLED = _cancelling("a_waiting_task_is_cancelled_at_once_and_can_be_tried_again")
_GROUP = _cancelling("a_group_is_cancelled_together")
_PAPERS = _run("a_sprites_result_is_a_new_file_with_its_parents_metadata")
_OWNER = _request("somebody_else_s_tasks_are_not_there")
_PAGED = _request("the_list_is_paged_and_filtered")
_WAITING = _request("so_many_tasks_may_wait")
_AMONG_MANY = _request("what_waits_is_counted_among_many_that_do_not")
_WRONG_TYPE = _request("a_file_of_another_type_is_refused_by_name")
_ONE_COUNTS = ("tests/test_counting.py::test_concurrent_counting_of_a_limit_is_serialized[tasks]",)
_FILE_GONE = _run("a_file_that_is_gone_fails_with_a_sentence")
_AGAIN = _cancelling("a_retried_task_has_all_attempts_and_counts_for_its_retrier")
_ONE_TRIES = ("tests/test_counting.py::test_concurrent_counting_of_a_limit_is_serialized[tasks that are tried again]",)
_SECOND = _cancelling("a_second_attempt_reports_no_lower_progress")

MUTANTS = (
    Mutant(_REQUESTS, "if waiting + more > MAX_WAITING:", "if waiting > MAX_WAITING:", _WAITING),
    Mutant(_REQUESTS, "AND status = 'pending'\"", "AND status || '' = 'pending'\"", _AMONG_MANY),
    Mutant(_REQUESTS, " or assets[asset_id].deleted_at is not None]", "]", _request("all_or_nothing_is_begun")),
    Mutant(_REQUESTS, "if asset.type not in types:", "if False:", _WRONG_TYPE),
    Mutant(
        _QUERIES,
        'WHERE job.id = $1 AND job.user_id = $2", job_id',
        'WHERE job.id = $1 AND $2::int > 0", job_id',
        _OWNER,
    ),
    Mutant(_QUERIES, "job.group_id = $1 AND job.user_id = $2 ORDER", "job.group_id = $1 AND $2::int > 0 ORDER", _OWNER),
    Mutant(_REQUESTS, "lock(connection, LOCK, actor.viewer.id)", "lock(connection, LOCK, 0)", _ONE_COUNTS),
    Mutant(_LIFECYCLE, "WHERE user_id = $1 AND status IN ('pending', 'running')", "WHERE user_id = $1", _GROUP),
    Mutant(_LIFECYCLE, "AND status IN ('failed', 'cancelled') AND kind", "AND kind", _CANCELLED),
    Mutant(
        _LIFECYCLE,
        "progress = 0, step = NULL, error_code = NULL, error_message = NULL, started_at = NULL,",
        "step = NULL, started_at = NULL,",
        _run("bad_media_fail_at_once_with_a_sentence"),
    ),
    Mutant(_RESULTS, "if wanted > allowance.left_bytes or", "if", _run("a_full_library_takes_no_result")),
    Mutant(_RUN, "any(asset.deleted_at for asset in self._assets) or", "", _FILE_GONE),
    Mutant(
        _RESULTS,
        '"ai_generated" if parent.provenance == "ai_generated" else "enhanced"',
        '"enhanced"',
        _run("results_of_ai_files_stay_marked_as_ai"),
    ),
    Mutant(_RESULTS, "license_id=parent.license_id,", "", _PAPERS),
    Mutant(_RESULTS, "parent_asset_id=parent.id,", "", _PAPERS),
    Mutant(_RUN, "max(self._claimed.done, value * _MADE / 100)", "value", _SECOND),
    Mutant(_LIFECYCLE, "KEEP_DAYS = 90", "KEEP_DAYS = 92", ("tests/tasks/test_upkeep.py",)),
    Mutant(
        _QUERIES,
        "AND (job.created_at, job.id) < ($5, $6::bigint)",
        "AND (job.created_at, job.id) <= ($5, $6::bigint)",
        _PAGED,
    ),
    Mutant(_QUERIES, "($5, $6::bigint)", "($5, $6::int)", _PAGED),
    Mutant(
        _REQUESTS,
        "WHERE requested_by = $1 AND status = 'pending'",
        "WHERE $1::int > 0 AND status = 'pending'",
        _request("so_many_tasks_may_wait"),
    ),
    Mutant(_LIFECYCLE, " AND kind <> 'export_pack'", "", _request("a_pack_is_exported_from_the_pack")),
    Mutant(_LIFECYCLE, "await lock(connection, LOCK, actor.viewer.id)", "pass", _ONE_TRIES),
    Mutant(_LIFECYCLE, "await add_tasks(connection, actor.subject.id, [tuple(row)])", "pass", _AGAIN),
    Mutant(_LIFECYCLE, "requested_by = $3", "requested_by = coalesce(requested_by, $3)", _AGAIN),
    Mutant(
        _RESULTS,
        'raise SweptAwayError("a known file was purged meanwhile")',
        "continue",
        _run("a_result_whose_duplicate_is_purged_meanwhile_is_made_again"),
    ),
    Mutant(_RESULTS, " AND parent_asset_id IS NOT NULL", "", _run("results_of_one_name_are_numbered")),
    Mutant(
        "pmd_service/tasks/routes.py",
        '    await record_once(request.app[POOL], request[ACTOR], "read_library")\n',
        "",
        ("tests/tasks/test_requests.py::test_moderators_actions_on_tasks_are_audited",),
    ),
)
