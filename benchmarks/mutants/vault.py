"""The vault: no path leads out of it, nothing that a row names is swept, and remote addresses are checked."""

from .mutant import Mutant, tests_of

_KEYS = "pmd_service/vault/keys.py"
_LOCAL = "pmd_service/vault/local.py"
_LEFTOVERS = "pmd_service/vault/leftovers.py"
_FILES = "pmd_service/vault/local_files.py"
_RESPONSES = "pmd_service/vault/responses.py"
_STORE = "pmd_service/vault/s3_store.py"
_CLIENT = "pmd_service/vault/s3_client.py"
_ADDRESSES = "pmd_service/vault/addresses.py"
_REMOTE = "pmd_service/vault/remote.py"
_local = tests_of("tests/vault/test_local.py")
_left = tests_of("tests/vault/test_leftovers.py")
_AT_ONCE = _left("one_transaction_publishes_an_object_and_its_row_or_neither")
_remote = tests_of("tests/vault/test_remote.py")
_way = tests_of("tests/vault/test_remote_ways.py")
_NO_KEY = ("tests/vault/test_protocol.py::test_what_is_no_key_is_neither_written_nor_removed[files]",)
_ADDRESS_TESTS = ("tests/vault/test_addresses.py",)
_unreadable = tests_of("tests/vault/test_unreadable.py")
_OTHER_SIZE = _unreadable("an_object_of_another_size_is_reported_by_name[files]")
_OTHER_BYTES = _unreadable("other_bytes_than_those_that_were_found_never_leave_the_store")
_DISK_GONE = _unreadable("a_missing_file_is_reported_by_name_and_a_missing_disk_is_not")
_NO_OBJECTS_FAULT = _unreadable("a_store_that_fails_or_lets_nobody_in_is_no_objects_fault")
_PART = ("tests/downloads/test_download.py::test_single_range_is_served_exactly",)
_IF_RANGE = ("tests/downloads/test_download.py::test_if_range_resumes_an_unchanged_archive_only",)
_SCRATCH = "pmd_service/vault/scratch.py"
_SCRATCH_TESTS = ("tests/vault/test_scratch.py",)
_GIVEN_UP = _left("a_timed_out_removal_blocks_its_name_for_a_while")
_INCOMING = ("tests/vault/test_incoming.py::test_half_received_files_are_nobodys_artworks[files]",)
_PIECES = "pmd_service/vault/pieces.py"
_INCOMING_TESTS = ("tests/vault/test_incoming.py",)
_DEAD_SWEEP = _left("the_next_sweep_finishes_a_dead_ones_removals")
_NO_WAIT = _left("nobody_waits_for_a_sweep_that_waits_for_its_store")
_HANGS = _left("a_store_that_hangs_costs_a_sweep_one_timeout")
_FROZEN = _left("a_sweep_that_was_frozen_over_its_claim_removes_nothing_more")
_DEAD_WRITER = _left("the_files_of_a_dead_writer_go_when_it_must_be_dead")
_LONGER = ("tests/vault/test_leftovers.py::test_a_leftover_that_cannot_be_removed_backs_off",)
_REFUSED = _way("an_address_that_is_not_public_is_refused")
_REDIRECTS = _way("five_redirects_are_followed_and_six_are_not")
_TOO_LARGE = _remote("an_unannounced_size_over_the_limit_is_refused_on_the_way")
_HTTPS = _way("what_began_over_https_stays_on_https")
_IN_PARTS = ("tests/library/test_details.py::test_file_content_supports_ranges_and_conditions[files]",)
_CACHED = ("tests/downloads/test_download.py::test_if_none_match_answers_304",)
_BESIDE = ("tests/vault/test_protocol.py::test_a_dead_writers_bytes_go_with_their_key_and_no_others[files]",)
_DAILY = _local("the_daily_sweep_removes_only_unfinished_files_of_the_dead")
_NEWER = ("tests/vault/test_copy.py::test_a_copy_skips_existing_objects_and_takes_new_or_changed_ones[files]",)
_BEHIND_END = ("tests/downloads/test_download.py::test_range_behind_the_end_answers_416_with_the_size",)

MUTANTS = (
    Mutant(_KEYS, '_SEGMENT = r"(?!\\.)', '_SEGMENT = r"', _NO_KEY),
    Mutant(_KEYS, "not _KEY.fullmatch(key)", "not _KEY.match(key)", _NO_KEY),
    Mutant(
        _STORE,
        "if upload.key == key:",
        "if True:",
        ("tests/vault/test_protocol.py::test_a_store_is_asked_to_abort_no_other_keys_upload",),
    ),
    Mutant(
        _KEYS,
        'frozenset({"bdr", "packs", "takeouts", INCOMING})',
        'frozenset({"packs", "takeouts", INCOMING})',
        _local("an_archive_is_nobodys_artwork"),
    ),
    Mutant(_KEYS, '"takeouts", INCOMING})', '"takeouts"})', _INCOMING),
    Mutant(_PIECES, "if end > ends.get(piece.start, -1):", "if True:", _INCOMING_TESTS),
    Mutant(
        _PIECES,
        "replaced = tail if self._buffered + sum(piece.size for piece in tail) >= PART_BYTES else []",
        "replaced: list[Piece] = []",
        _INCOMING_TESTS,
    ),
    Mutant(_PIECES, "if runs and runs[-1][-1].end - runs[-1][0].start < MIN_PART_BYTES:", "if False:", _INCOMING_TESTS),
    Mutant(_PIECES, "file.seek(run[0].start)", "file.seek(0)", _INCOMING_TESTS),
    Mutant(_PIECES, "first[: size - replaced[0].start]", "first", _INCOMING_TESTS),
    Mutant(_PIECES, "if data or not self._pieces:", "if data:", _INCOMING_TESTS),
    Mutant(_LOCAL, "if real_key != path else None", "", ("tests/vault/test_local.py",)),
    Mutant(
        _LOCAL, "if found is None or not is_artwork(found.key):", "if found is None:", ("tests/vault/test_local.py",)
    ),
    Mutant(_LOCAL, "or stat.S_ISLNK(status.st_mode):", "or False:", ("tests/vault/test_local.py",)),
    Mutant(_LOCAL, "return stat.S_ISREG(self.status.st_mode) and", "return", ("tests/vault/test_local.py",)),
    Mutant(_LOCAL, "if name in _ODD_NAMES or", "if", ("tests/vault/test_local.py",)),
    Mutant(_FILES, "in _OF_ONE_FILE and area_exists(root, key):", "in _OF_ONE_FILE:", _DISK_GONE),
    Mutant(_FILES, "if (size := os.fstat(descriptor).st_size) != self.size:", "if size := 0:", _OTHER_SIZE),
    Mutant(
        _STORE,
        "        await client.head_bucket(Bucket=self._url.bucket)\n        return",
        "        return",
        _NO_OBJECTS_FAULT,
    ),
    Mutant(_STORE, "(now.size, now.etag) != (head.size, head.etag)", "now.size != head.size", _OTHER_BYTES),
    Mutant(_CLIENT, "and status_of(error) not in (408, 429)", "", _NO_OBJECTS_FAULT),
    Mutant(
        _LEFTOVERS,
        "if row_count(await connection.execute(_KEEP, keys, writer)) < len(set(keys)):",
        "if row_count(await connection.execute(_KEEP, keys, writer)) < 0:",
        _left("what_the_sweep_has_removed_cannot_be_published"),
    ),
    Mutant(_LEFTOVERS, "FOR UPDATE SKIP LOCKED", "", _left("the_sweep_passes_over_what_is_being_published")),
    Mutant(_LEFTOVERS, "ANY ($1) AND writer = $2 AND removing_until IS NULL", "ANY ($1) AND writer = $2", _DEAD_SWEEP),
    Mutant(_LEFTOVERS, "AND (removing_until IS NULL OR removing_until <= now())", "", _NO_WAIT),
    Mutant(_LEFTOVERS, " or not (gone or needed):", ":", _HANGS),
    Mutant(_LEFTOVERS, "if time.monotonic() - claimed_at > CLAIM_SECONDS / 2:", "if False:", _FROZEN),
    Mutant(_LEFTOVERS, "WHERE due_at <= now() AND", "WHERE", _DEAD_WRITER),
    Mutant(_LEFTOVERS, "least($2 * 2.0 ^ faults, $3)", "least($2, $3)", _LONGER),
    Mutant(
        _LEFTOVERS,
        'UPDATE vault_leftovers SET due_at = now() WHERE key = $1"',
        'INSERT INTO vault_leftovers (key) VALUES ($1) ON CONFLICT (key) DO UPDATE SET due_at = now()"',
        _left("a_commit_whose_answer_was_lost_loses_no_object"),
    ),
    Mutant(_RESPONSES, "if single is None or (condition is not None and", "if single is None or (False and", _IF_RANGE),
    Mutant(
        _RESPONSES,
        'range(max(0, size - int(single["suffix"])), size)',
        'range(size - int(single["suffix"]), size)',
        _PART,
    ),
    Mutant(_RESPONSES, "if self._whole and hdrs.RANGE in request.headers:", "if False:", _IN_PARTS),
    Mutant(_ADDRESSES, "if inner is not None:", "if False:", _ADDRESS_TESTS),
    Mutant(_ADDRESSES, "if address not in _GLOBAL_UNICAST:", "if False:", _ADDRESS_TESTS),
    Mutant(_ADDRESSES, " and not address.is_multicast", "", _ADDRESS_TESTS),
    Mutant(_ADDRESSES, "if not _allows(is_allowed, destination[0]):", "if False:", _REFUSED),
    Mutant(
        _ADDRESSES,
        "allowed = [info for info in infos if _allows(self._is_allowed, info[4][0])]",
        "allowed = infos",
        ("tests/vault/test_addresses.py::test_a_name_is_known_by_its_allowed_addresses_alone",),
    ),
    Mutant(_REMOTE, "range(MAX_REDIRECTS + 1)", "range(MAX_REDIRECTS + 2)", _REDIRECTS),
    Mutant(_REMOTE, "if size > max_bytes:", "if False:", _TOO_LARGE),
    Mutant(_REMOTE, 'if url.scheme == "https" and target.scheme != "https":', "if False:", _HTTPS),
    Mutant(_RESPONSES, "min(last + 1, size)", "min(last, size)", _PART),
    Mutant(_RESPONSES, 'headers={hdrs.CONTENT_RANGE: f"bytes */{size}"}', "headers={}", _BEHIND_END),
    Mutant(_SCRATCH, "is not False and folder.exists():", "is not False:", _SCRATCH_TESTS),
    Mutant(
        _SCRATCH, "_lock(locked, fcntl.LOCK_EX) if folder.name.startswith(_kernel()) else None", "None", _SCRATCH_TESTS
    ),
    Mutant(
        _SCRATCH,
        "_lock(locked, fcntl.LOCK_EX) if folder.name.startswith(_kernel()) else None",
        "_lock(locked, fcntl.LOCK_EX)",
        _SCRATCH_TESTS,
    ),
    Mutant(_SCRATCH, "st_mtime < time.time() - DEAD_SECONDS", "st_mtime > time.time() - DEAD_SECONDS", _SCRATCH_TESTS),
    Mutant(_LEFTOVERS, "asyncio.timeout(REMOVE_SECONDS)", "asyncio.timeout(None)", _GIVEN_UP),
    Mutant(_LEFTOVERS, "WHERE coalesce(vault_leftovers.removing_until <= now(), true)", "WHERE true", _GIVEN_UP),
    Mutant(_LEFTOVERS, "if any(row[0] for row in", "if not all(True for row in", _NO_WAIT),
    Mutant(
        _LEFTOVERS,
        "AND EXISTS (SELECT FROM archive_reference",
        "AND NOT EXISTS (SELECT FROM archive_reference",
        ("tests/downloads/test_archive_references.py",),
    ),
    Mutant(
        _LEFTOVERS,
        "while removed + errors < SWEEP_MAX:",
        "while True:",
        _left("a_sweep_takes_many_in_bounded_bites"),
    ),
    Mutant(_LOCAL, "if is_part(entry.name, of=target.name):", "if is_part(entry.name):", _BESIDE),
    Mutant(_LOCAL, "if found.age > DEAD_SECONDS and is_part(found.key):", "if is_part(found.key):", _DAILY),
    Mutant(_LOCAL, "if found.age > DEAD_SECONDS and is_part(found.key):", "if found.age > DEAD_SECONDS:", _DAILY),
    Mutant(
        _LOCAL,
        " and target.parent.parent != self._root:",
        ":",
        _local("empty_folders_are_removed_except_the_top_level_ones"),
    ),
    Mutant("pmd_service/vault/copy.py", "there.modified > origin.modified + CLOCK_SKEW_SECONDS", "True", _NEWER),
    Mutant(
        "pmd_service/vault/copy.py",
        "if now.tag != origin.tag:",
        "if False:",
        ("tests/vault/test_copy.py::test_what_changes_while_it_is_copied_is_not_kept",),
    ),
    Mutant(_RESPONSES, "is not None and modified > unmodified_since:", "is not None and False:", _CACHED),
    Mutant(
        "pmd_service/vault/responses.py",
        "if _names(if_none_match, etag, weak=True) else None",
        "if _names(if_none_match, etag, weak=False) else None",
        ("tests/downloads/test_download.py::test_if_none_match_answers_304",),
    ),
    Mutant(
        "pmd_service/vault/pieces.py",
        "copying.create_task(copy(piece, size + piece.start))",
        "copying.create_task(copy(piece, size))",
        ("tests/vault/test_incoming.py::test_parts_of_any_size_are_joined_and_become_an_object",),
    ),
    Mutant(
        "pmd_service/vault/leftovers.py",
        "        await asyncio.to_thread(self.part.abort)\n        self.part = await",
        "        self.part = await",
        ("tests/vault/test_leftovers.py::test_what_is_kept_stays",),
    ),
    Mutant(
        "pmd_service/vault/local_incoming.py",
        "self._path.rename(target)\n                        sync_folder(target.parent)",
        "self._path.rename(target)",
        ("tests/vault/test_local.py::test_an_upload_is_durable_under_its_name",),
    ),
    Mutant(
        "pmd_service/vault/local_stream.py",
        "\n                    _require_same(large.piece, os.fstat(large.file.file.fileno()))",
        "",
        ("tests/vault/test_local.py::test_a_file_written_while_it_is_sent_ends_the_response",),
    ),
)
