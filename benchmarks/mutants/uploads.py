"""Uploads: the allowance, where bytes go on, who receives, and lines that add up."""

from .mutant import Mutant, tests_of

_ROOM = "pmd_service/uploads/quota.py"
_RULES = "pmd_service/uploads/rules.py"
_BODIES = "pmd_service/uploads/bodies.py"
_LEASE = "pmd_service/uploads/lease.py"
_LIFECYCLE = "pmd_service/uploads/lifecycle.py"
_SETTLE = "pmd_service/uploads/settle.py"
_SWEEP = "pmd_service/uploads/sweep.py"
_LISTS = "pmd_service/uploads/lists.py"
_SHEETS = "pmd_service/portable/sheets.py"
_ALLOWANCE = "pmd_service/assets/allowance.py"
_ADMIT = "pmd_service/uploads/admit.py"
_ANNOUNCE = "pmd_service/uploads/announce.py"
_DISK = "pmd_service/assets/disk.py"
_DISK_TESTS = ("tests/assets/test_disk.py",)
_ROOM_TESTS = ("tests/uploads/test_room.py",)
_PACE = ("tests/uploads/test_pace.py",)
_LEASE_TESTS = ("tests/uploads/test_lease.py",)
_PAGES = ("tests/uploads/test_pages.py",)
_LIMITS = ("tests/uploads/test_limits.py",)
_announce = tests_of("tests/uploads/test_announce.py")
_tus = tests_of("tests/uploads/test_tus.py")
_ending = tests_of("tests/tus/test_endings.py")
_probing = tests_of("tests/uploads/test_probing.py")
_ends = tests_of("tests/uploads/test_ends.py")


def _concat(test: str) -> tuple[str, ...]:
    return (f"tests/tus/test_concatenation.py::test_{test}",)


_AT_ONCE = _announce("the_allowance_holds_for_two_uploads_at_once")
_SAME_BYTES = _announce("of_files_with_the_same_bytes_one_is_sent")
_OFFSET = _tus("a_wrong_offset_is_a_conflict_with_the_right_offset")
_MORE = _tus("more_bytes_than_announced_are_refused_with_or_without_length")
_CHECKSUM = _tus("a_body_with_a_checksum_counts_whole_or_not_at_all")
_ELSEWHERE = (
    "tests/uploads/test_two_servers.py::test_a_digest_from_before_another_server_continued_is_discarded[files]",
)
_STOPPED = _ends("what_is_stopped_keeps_what_is_in_and_can_be_tried_again")
_UNDO = _ends("undo_takes_back_what_was_added_and_nobody_has_touched")
_UNBEGUN = _ends("files_without_a_byte_free_their_quota_after_an_hour")
_NEVER_CAME = _ends("files_never_sent_fail_in_the_end_and_free_their_quota")
_RECEIVED = ("tests/uploads/test_left_behind.py::test_old_received_bytes_without_a_line_are_removed",)
_ENDS = _ends("a_page_ends_with_410_and_is_forgotten_later")
_TUS = "pmd_service/uploads/tus/routes.py"
_APPEND = "pmd_service/uploads/tus/append.py"
_CREATION = "pmd_service/uploads/tus/creation.py"
_PARTS = "pmd_service/uploads/tus/concatenation.py"
_WHOLE = _tus("a_file_is_hashed_while_received_and_waits_for_its_probe[files]")
_LOST = ("tests/uploads/test_lease.py::test_a_holder_that_lost_its_lease_is_interrupted_and_takes_none",)
_EXPIRY = "pmd_service/uploads/queries.py"
_EXPIRES = ("tests/uploads/test_expiry.py",)
_FORM = "pmd_service/uploads/form.py"
_ENDS_TESTS = ("tests/uploads/test_ends.py",)
_FORM_TESTS = (
    "tests/uploads/test_form.py",
    *_probing("a_form_is_taken_whole_or_not_at_all"),
)
_FATES = _announce("a_file_that_would_be_refused_is_a_line_with_the_reason")
_NOT_THEIRS = _tus("another_users_file_is_not_found")
_NO_MISMATCH = _tus("an_interrupted_body_with_checksum_is_no_mismatch")
_ONE_COUNTS = ("tests/test_counting.py::test_concurrent_counting_of_a_limit_is_serialized[uploads]",)
_FIFTH = _announce("a_fifth_open_upload_waits")
_TOLD_PATH = _announce("an_impossible_path_fails_its_line_and_is_returned_truncated")
_FREED = ("tests/uploads/test_lease.py::test_servers_notify_each_other_of_a_request_and_of_a_release",)
_USED = _ending("what_came_in_goes_to_the_trash_unless_it_was_used_since")
_LINES = _announce("a_file_that_would_be_refused_is_a_line_with_the_reason")
_TAKEN_UP = ("tests/uploads/test_stopping.py::test_a_file_that_a_worker_claims_just_then_is_kept",)
_NOT_WHOLE = _concat("a_part_that_is_not_whole_makes_no_file_yet")
_ONE_FILE = _concat("two_files_of_the_same_parts_at_once_are_one")
_HANDED_ON = _concat("parts_reserve_room_and_hand_it_on")
_PARTS_STAY = _concat("what_would_not_get_in_is_refused_and_the_parts_stay")
_LENGTH_LATER = ("tests/tus/test_creation.py::test_a_length_may_be_declared_after_all_bytes",)
_NO_CHANGE = ("tests/tus/test_core.py::test_a_safe_method_is_not_overridden_by_an_unsafe_one",)
_TOO_SHORT = ("tests/tus/test_creation.py::test_a_length_below_the_offset_or_above_the_room_is_refused",)
_PROMISED = ("tests/uploads/test_room.py::test_the_room_on_the_disk_is_promised_once",)
_ALONG = _probing("a_batch_continues_when_the_attempts_own_file_has_ended")
_PROBE = "pmd_service/uploads/probe.py"
_ALONG_FREE = _probing(
    "the_batch_of_a_failed_attempt_is_released_without_its_file",
)
_BEING_PROBED = _ending("a_file_that_is_being_probed_is_terminated_later")
_TOO_LARGE = ("tests/tus/test_creation.py::test_more_than_the_largest_file_is_too_large",)
_OTHER_BYTES = _probing("bytes_that_differ_from_the_announcement_may_be_sent_again")

MUTANTS = (
    Mutant(_EXPIRY, "WHEN files.received_bytes > 0 OR NOT ({IS_AWAITED}) THEN", "WHEN true THEN", _EXPIRES),
    Mutant(
        _EXPIRY, "WHEN files.received_bytes > 0 OR", "WHEN", _EXPIRES, equivalent="it is asked for files without a byte"
    ),
    Mutant(_EXPIRY, "least(batch_reports.expires_at,", "greatest('-infinity',", _EXPIRES),
    Mutant(_EXPIRY, "make_interval(hours => $2), files.created_at,", "make_interval(hours => $2),", _EXPIRES),
    Mutant(
        _EXPIRY,
        "(SELECT max(received_at) FROM batch_report_files AS line WHERE line.batch_id = batch_reports.id)",
        "files.received_at",
        _EXPIRES,
    ),
    Mutant(_SWEEP, "(files.created_at <= batch_reports.created_at --", "(true --", _EXPIRES),
    Mutant(_APPEND, "if not size:", "if False:", _EXPIRES),
    Mutant(_ROOM, "if needed_bytes > allowance.left_bytes:", "if False:", _AT_ONCE),
    Mutant(_ROOM, "if needed_files > allowance.left_files:", "if False:", _ROOM_TESTS),
    Mutant(_DISK, '    await lock(connection, "upl", 0)\n', "", _ROOM_TESTS),
    Mutant(_DISK, "- reserved - more\n", "- reserved\n", _DISK_TESTS),
    Mutant(_DISK, "await connection.fetchval(_OF_USER, user_id) + more", "0", _ROOM_TESTS),
    Mutant(_DISK, "AND awaited_until > now())::bigint", ")::bigint", _ROOM_TESTS),
    Mutant(_APPEND, "if self.lease.is_lapsed:", "if False:", _ROOM_TESTS),
    Mutant(_DISK, "FROM disk_reservation WHERE until > now())::bigint", "FROM disk_reservation)::bigint", _DISK_TESTS),
    Mutant(_DISK, "WITH past AS (DELETE FROM disk_reservation WHERE until <= now())\n", "", _DISK_TESTS),
    Mutant(
        _DISK,
        'await asyncio.shield(pool.execute("DELETE FROM disk_reservation WHERE id = $1", reservation))',
        "pass",
        _DISK_TESTS,
    ),
    Mutant(_ADMIT, "        await lock_library(connection, user_id=user_id)\n", "        pass\n", _ONE_COUNTS),
    Mutant(_ROOM, "if waiting >= MAX_OPEN_UPLOADS:", "if waiting > MAX_OPEN_UPLOADS:", _FIFTH),
    Mutant(_LIFECYCLE, "await require_upload_slot(", "0 and await require_upload_slot(", _FIFTH),
    Mutant(_ADMIT, "            await require_disk(", "            0 and await require_disk(", _ROOM_TESTS),
    Mutant(_RULES, "normalized_path(file.path[-MAX_REPORTED_PATH:])", "normalized_path(file.path)", _TOLD_PATH),
    Mutant(
        _RULES, 'if checked.verdict == "new" and each.file.sha256 else each.id', "if False else each.id", _SAME_BYTES
    ),
    Mutant(_ALLOWANCE, "- self.reserved_bytes)", ")", _AT_ONCE),
    Mutant(
        "migrations/0006_uploads.sql",
        "FROM added\n         WHERE processing_status IN ('pending', 'processing') AND follows IS NULL",
        "FROM added\n         WHERE processing_status IN ('pending', 'processing')",
        _SAME_BYTES,
    ),
    Mutant(_APPEND, "if offset != lease.file_size or request.body_exists:", "if offset != lease.file_size:", _WHOLE),
    Mutant(_APPEND, "if self.offset + self.received > self.lease.file_size:", "if False:", _MORE),
    Mutant(_APPEND, "await self.writer.truncate(self.offset)", "pass", _CHECKSUM),
    Mutant(_APPEND, "if not is_whole or self.hasher.digest() != self.checksum.digest:", "if not is_whole:", _CHECKSUM),
    Mutant(
        _APPEND,
        "self.digest = Digest() if offset == 0 else None",
        "self.digest = Digest()",
        _ELSEWHERE,
        equivalent="it is not as long as the file",
    ),
    Mutant(_APPEND, "and is_whole and digest.size == size else None", "else None", _ELSEWHERE),
    Mutant(_BODIES, "more > MAX_BODIES_OF_USER or", "", _PACE),
    Mutant(_BODIES, "self.count < MAX_BODIES or", "", _PACE),
    Mutant(_BODIES, "if len(largest) <= wanted:", "if False:", _PACE),
    Mutant(_BODIES, "key=lambda pace: pace.left)", "key=id)", _PACE, equivalent="one in sixteen is it by chance"),
    Mutant(_LEASE, "AND (lease_token IS NULL OR lease_until < now()", "AND (true OR lease_until < now()", _FREED),
    Mutant(
        _LEASE,
        "if subject == str(file.file_id):\n                queue.freed.set()",
        "if False:\n                pass",
        _FREED,
    ),
    Mutant(_LEASE, "                queue.lease.ended.set()", "                pass", _FREED),
    Mutant(_LEASE, "RETURNING {NOTIFY_FREE}\n", "", _FREED),
    Mutant(
        _LEASE,
        "AND files.user_id = $3 AND batch_reports.id",
        "AND $3::int > 0 AND batch_reports.id",
        _NOT_THEIRS,
    ),
    Mutant(_LIFECYCLE, "AND updated_at = created_at AND", "AND", _UNDO),
    Mutant(_LIFECYCLE, "WHERE batch_id = $1 AND outcome = 'added'\n", "WHERE batch_id = $1\n", _UNDO),
    Mutant(_LIFECYCLE, "($3::uuid IS NULL OR", "(true OR", _USED),
    Mutant(
        _SETTLE,
        "WHERE id = $1 AND user_id = $2 FOR NO KEY UPDATE",
        "WHERE id = $1 AND $2::int > 0 FOR NO KEY UPDATE",
        _announce("another_users_upload_is_not_found"),
    ),
    Mutant(_SETTLE, 'if not row["is_kept"]:', "if False:", _ENDS),
    Mutant(_SETTLE, "WHEN lines.successful = 0 THEN 'failed'", "", _LINES),
    Mutant(_SETTLE, "OR follows = ANY($2)) AND processing_status = 'pending'", "OR follows = ANY($2))", _TAKEN_UP),
    Mutant(_SWEEP, "OR (line.id IS NULL AND found.age > $3)", "", _RECEIVED),
    Mutant(_SETTLE, "id = ANY($2) OR follows = ANY($2)", "id = ANY($2)", _NEVER_CAME),
    Mutant(_SWEEP, "FORGET_DAYS = 14", "FORGET_DAYS = 16", _ENDS),
    Mutant(
        _SHEETS,
        'return f"{_SIGN}{cell}" if',
        "return cell if",
        _probing("the_lines_as_csv_are_all_and_begin_no_formula"),
    ),
    Mutant(_PARTS, 'if not all(row["is_whole"] for row in rows):', "if False:", _NOT_WHOLE),
    Mutant(_PARTS, "    await schedule_removal(connection, received_keys(part_ids))\n", "", _ONE_FILE),
    Mutant(_PARTS, "        await _consume_parts(connection, user_id, part_ids)\n", "", _HANDED_ON),
    Mutant(_PARTS, "        if not is_kept:\n", "        if False:\n", _PARTS_STAY),
    Mutant(_LEASE, "and not self.tus.is_deferred and", "and", _LENGTH_LATER),
    Mutant("pmd_service/uploads/tus/protocol.py", "if request.method in SAFE_METHODS and", "if False and", _NO_CHANGE),
    Mutant(_APPEND, "if length > lease.file_size:", "if False:", _TOO_SHORT),
    Mutant(
        _LEASE,
        "_RENEW, lease.file_id, lease.token, LEASE_SECONDS):\n                break",
        "_RENEW, lease.file_id, lease.token, LEASE_SECONDS):\n                pass",
        _LOST,
    ),
    Mutant(
        _LEASE,
        "WHERE id = $1 AND lease_token = $2\nRETURNING true",
        "WHERE id = $1 AND $2::uuid IS NOT NULL\nRETURNING true",
        _LOST,
    ),
    Mutant(
        _LEASE,
        "lease_until = NULL WHERE id = $1 AND lease_token = $2",
        "lease_until = NULL WHERE id = $1 AND $2::uuid IS NOT NULL",
        _LOST,
    ),
    Mutant(_LEASE, "queue.end_lease()\n        try:\n            yield", "try:\n            yield", _LEASE_TESTS),
    Mutant(
        _LEASE, "                        queue.freed.clear()\n", "", _LEASE_TESTS, equivalent="it asks once too often"
    ),
    Mutant(_ADMIT, "        await require_quota(", "        0 and await require_quota(", _LIMITS),
    Mutant(_LIFECYCLE, "   AND NOT EXISTS (SELECT FROM pack_asset WHERE asset_id = asset.id)\n", "", _LIMITS),
    Mutant(_SETTLE, "OR id = ANY($2) OR follows = ANY($2))", "OR id = ANY($2))", _LIMITS),
    Mutant(_CREATION, 'if upload["status"] != "processing":', "if False:", _STOPPED),
    Mutant(_CREATION, 'if upload["total_files"] >= settings.upload_max_files:', "if False:", _LIMITS),
    Mutant(_ANNOUNCE, "if present == len(body.files):", "if False:", _PAGES),
    Mutant(_ANNOUNCE, "if present:", "if False:", _PAGES),
    Mutant("pmd_service/uploads/rules.py", "UUID] = dict(awaited)", "UUID] = {}", _PAGES),
    Mutant(_ANNOUNCE, "if total > settings.upload_max_files:", "if False:", _LIMITS),
    Mutant(_SWEEP, "AND received_bytes = 0 AND", "AND", _UNBEGUN),
    Mutant(_SWEEP, "line.received_at > now()", "line.received_at < now()", _UNBEGUN),
    Mutant(_DISK, "DISK_RESERVE_BYTES - reserved -", "DISK_RESERVE_BYTES -", _PROMISED),
    Mutant(_LISTS, 'WHERE user_id = $1 AND {queries.IS_KEPT}", actor', 'WHERE user_id = $1", actor', _ENDS),
    Mutant(_SHEETS, '"=", "+", "-", "@",', '"=", "@",', _probing("the_lines_as_csv_are_all_and_begin_no_formula")),
    Mutant(
        _LISTS,
        "read_cursor(query.cursor, RowNumber)",
        "read_cursor(query.cursor, int)",
        ("tests/http/test_openapi.py::test_the_place_in_an_examples_cursor_is_one_of_its_list",),
    ),
    Mutant(_LIFECYCLE, '["status"] != "processing":', '["status"] == "x":', _ENDS_TESTS),
    Mutant(_LIFECYCLE, '["status"] == "processing":', '["status"] == "x":', _ENDS_TESTS),
    Mutant(_LIFECYCLE, "        if not rows:\n", "        if False:\n", _ENDS_TESTS),
    Mutant(
        _LIFECYCLE, "if body.file_ids is not None and len(rows) < len(set(body.file_ids)):", "if False:", _ENDS_TESTS
    ),
    Mutant(_PROBE, "claimed.is_settled |= any(", "any(", _ALONG),
    Mutant(_PROBE, "token = $1 AND id <> $2", "token = $1 AND id = $2", _ALONG_FREE),
    Mutant(_PROBE, "AND work.faults = 0 AND work.expired = 0", "", _ALONG_FREE),
    Mutant(_APPEND, "if (request.content_length or 0) > lease.file_size - offset:", "if False:", _MORE),
    Mutant(_LIFECYCLE, 'if status == "failed" or', "if", _ending("what_was_terminated_is_gone_and_so_are_its_bytes")),
    Mutant(_LIFECYCLE, 'if status == "processing" or', "if", _BEING_PROBED),
    Mutant(
        "pmd_service/uploads/tus/headers.py",
        'error.headers["Upload-Expires"] =',
        'error.headers["X"] =',
        _ending("a_refusal_has_upload_expires_as_well"),
    ),
    Mutant("pmd_service/uploads/tus/headers.py", "return min(int(value), _MAX)", "return int(value)", _TOO_LARGE),
    Mutant(
        _LIFECYCLE,
        "batch_report_files WHERE id = $1 AND batch_id = $2",
        "batch_report_files WHERE id = $1 AND $2::uuid IS NOT NULL",
        _NOT_THEIRS,
    ),
    Mutant(_LIFECYCLE, "error_code IS DISTINCT FROM 'hash_mismatch'", "true", _OTHER_BYTES),
    Mutant(_APPEND, "not self.is_cut and self.request.content_length in (None, self.received)", "True", _NO_MISMATCH),
    Mutant(_FORM, "if size > MAX_FILE_BYTES:", "if False:", _FORM_TESTS),
    Mutant(_FORM, "if size > room:", "if False:", _FORM_TESTS),
    Mutant(_FORM, "if len(started) == MAX_FILES:", "if False:", _FORM_TESTS),
    Mutant(_FORM, "if file_id not in needed:", "if False:", _FORM_TESTS),
    Mutant(_RULES, "if len(levels) > MAX_LEVELS:", "if False:", _FATES),
    Mutant(_RULES, "if extension in PROGRAMS:", "if False:", _FATES),
    Mutant(_RULES, 'if any(level.strip(" .") == "" for level in levels):', "if False:", _FATES),
    Mutant(
        "pmd_service/uploads/intake.py",
        "is_other = source is not None and await digest_of(source) != content_hash",
        "is_other = source is not None",
        ("tests/uploads/test_healing.py::test_the_same_bytes_heal_a_file_that_was_lost_or_changed",),
    ),
    Mutant(
        "pmd_service/assets/asset.py",
        " AND NOT {_IS_DAMAGED}",
        "",
        ("tests/uploads/test_healing.py::test_the_same_bytes_heal_a_file_that_was_lost_or_changed",),
    ),
    Mutant(_LIFECYCLE, "excluding=upload_id)", "excluding=None)", _FIFTH),
    Mutant(
        _SWEEP,
        "OR line.lease_until > now()",
        "OR false",
        ("tests/uploads/test_expiry.py::test_a_file_that_is_being_received_does_not_expire",),
    ),
    Mutant(
        "pmd_service/uploads/checksums.py",
        "validate=True",
        "validate=False",
        ("tests/uploads/test_tus.py::test_requests_that_are_not_tus_are_refused",),
    ),
    Mutant(
        "pmd_service/uploads/intake.py",
        "        restored.discard(known.asset_id)\n",
        "",
        ("tests/uploads/test_probing.py::test_of_lines_with_the_same_bytes_the_first_restores_them",),
    ),
    Mutant(
        "pmd_service/uploads/settle.py",
        "        restored.discard(asset_id)\n",
        "",
        ("tests/uploads/test_announce.py::test_known_files_succeed_at_once_and_trashed_ones_are_restored",),
    ),
    Mutant(
        "pmd_service/uploads/tus/headers.py",
        'folder if folder and folder != "null" else',
        "folder if folder else",
        ("tests/tus/test_creation.py::test_a_file_has_the_path_that_clients_name_it_by",),
    ),
    Mutant(
        "pmd_service/uploads/lease.py",
        "                if queue.length > 1:\n                    queue.end_lease()\n",
        "",
        ("tests/uploads/test_lease.py::test_who_comes_while_a_lease_is_being_taken_is_let_in",),
    ),
    Mutant(
        "pmd_service/uploads/routes.py",
        "    with translate_full_vault():\n        upload_id = await receive_form(request)",
        "    upload_id = await receive_form(request)",
        ("tests/uploads/test_form.py::test_a_disk_that_is_full_for_a_form_is_507",),
    ),
)
