"""Packs: what their licence may promise, what an edition contains, and how many a day."""

from .mutant import Mutant, tests_of

_LICENSING = "pmd_service/packs/licensing.py"
_KINDS = "pmd_service/packs/license_kinds.py"
_EXPORTS = "pmd_service/packs/exports.py"
_EXPORT = "pmd_service/packs/export.py"
_VERIFIED = "pmd_service/packs/verified.py"
_QUERIES = "pmd_service/packs/queries.py"
_CHECKS = "pmd_service/packs/checks.py"
_LICENSES = ("tests/packs/test_licensing.py",)
_PAIRS = ("tests/packs/test_licensing.py::test_each_licence_with_each_content_licence",)
_OWNER = ("tests/packs/test_packs.py::test_other_users_pack_is_not_found",)
_export = tests_of("tests/packs/test_export.py")
_OF_THE_DAY = _export("daily_export_limit_uses_the_database_day")
_NOT_PACKED = _export("unpackable_file_fails_the_export_by_name")
_THREE = _export("last_three_editions_are_kept_and_older_ones_swept")
_ROUTES = "pmd_service/packs/routes.py"
_RESPONSE = "pmd_service/archive/response.py"
_ROTTEN = ("tests/packs/test_editions.py::test_export_finds_bit_rot_within_a_month",)
_RESUMED = _export("edition_download_supports_ranges_and_head")
_STRIPPED = "pmd_service/packs/stripped.py"
_CHANGES = "pmd_service/packs/changes.py"
_provenance = tests_of("tests/packs/test_provenance.py")
_strips = tests_of("tests/packs/test_stripped_editions.py")
_TELLS_NOTHING = _strips("stripped_edition_has_no_metadata_and_the_same_pixels[files]")
_CHOICE = _strips("marks_setting_can_change_for_the_next_edition")
_CONTENTS = "pmd_service/packs/contents.py"
_PREVIEWS = "pmd_service/packs/previews.py"
_DOCUMENTS = "pmd_service/packs/documents.py"
_DOCUMENT_TESTS = ("tests/packs/test_documents.py",)
_MANIFEST = "pmd_service/packs/manifest.py"
_MANIFEST_TESTS = ("tests/packs/test_manifest.py",)
_AT_ONCE = ("tests/packs/test_concurrent_changes.py",)
_AS_THEY_ARE = _strips("marks_keep_exports_the_files_unchanged")
_ROOM = _strips("stripped_copies_count_in_the_quota_and_originals_do_not")
_FULL_DISK = _strips("export_copies_nothing_without_disk_space")
_SOUNDS = _strips("unstrippable_files_are_named_and_not_exported")
_ONE_COUNTS = ("tests/test_counting.py::test_concurrent_counting_of_a_limit_is_serialized[exports]",)
_OTHERS = _export("export_limit_is_per_user")
_PROMISE = _export("pack_with_new_conflicts_fails_its_export")
_GRID = _export("edition_has_a_preview_grid_and_large_previews")
_MARKS_TOLD = _provenance("pack_marks_decide_whether_provenance_is_listed")
_MARKS_FOUND = _provenance("provenance_marks_are_shown_searchable_and_inherited")
_pack = tests_of("tests/packs/test_packs.py")
_REMOVED = _pack("removed_pack_is_not_found_and_its_files_stay")

MUTANTS = (
    Mutant(_EXPORT, 'if self._edition.marks == "keep":', "if True:", _TELLS_NOTHING),
    Mutant(_EXPORT, 'if self._edition.marks == "keep":', "if False:", _AS_THEY_ARE),
    Mutant(_EXPORT, "documents.render, edition,", "documents.render, self._edition,", _TELLS_NOTHING),
    Mutant(_EXPORT, "documents.checksums(edition, texts)", "documents.checksums(self._edition, texts)", _TELLS_NOTHING),
    Mutant(_STRIPPED, "if content_hash == entry.file.hash:", "if False:", _TELLS_NOTHING),
    Mutant(
        _STRIPPED, "hash=content_hash, crc32=crc32, size_bytes=size)", "crc32=crc32, size_bytes=size)", _TELLS_NOTHING
    ),
    Mutant(
        _STRIPPED,
        "ready.located[places[copy.place]]",
        "ready.located[places[0]]",
        _TELLS_NOTHING,
        equivalent="of the original only key and time are taken, and all times of an edition are its own",
    ),
    Mutant(_STRIPPED, "if size_bytes > allowance.left_bytes:", "if False:", _ROOM),
    Mutant(_STRIPPED, "size_bytes=2 * _copies_bytes(edition)", "size_bytes=_copies_bytes(edition)", _FULL_DISK),
    Mutant(_STRIPPED, "if isinstance(copy, Refused):", "if False:", _SOUNDS),
    Mutant(_CHANGES, "        body.marks,", '        "keep",', _CHOICE),
    Mutant(_CHANGES, "is not UNSET}", 'is not UNSET and name != "marks"}', _CHOICE),
    Mutant(_LICENSING, "if condition in conditions - license.conditions:", "if False:", _PAIRS),
    Mutant(_KINDS, 'conditions=frozenset({"credit"})', 'conditions=frozenset({"credit", "no_money"})', _PAIRS),
    Mutant(_KINDS, '"-BY": "credit"', '"-BX": "credit"', _PAIRS),
    Mutant(_LICENSING, "and identifier != alike:", "and False:", _LICENSES),
    Mutant(_LICENSING, "and content.attribution and is_changed:", "and is_changed:", _LICENSES),
    Mutant(
        _LICENSING,
        'content.provenance == "enhanced" or content.parent_asset_id is not None',
        'content.provenance == "enhanced"',
        _LICENSES,
    ),
    Mutant(_LICENSING, "elif not content.approved:", "elif False:", _LICENSES),
    Mutant(_LICENSING, "if content.attribution and content.license_identifier is None:", "if False:", _LICENSES),
    Mutant(_LICENSING, "if size > max_bytes:", "if False:", _LICENSES),
    Mutant(_LICENSING, "return self.identifier in self.kind.fitting", "return True", _LICENSES),
    Mutant(_EXPORTS, 'used["counted"] >= limit or', 'used["counted"] > limit or', _OF_THE_DAY),
    Mutant(_EXPORTS, 'used["requested"] >= limit * MAX_REQUESTS_FACTOR', "False", _OF_THE_DAY),
    Mutant(_EXPORTS, 'int((used["resets_at"] - used["requested_at"]).total_seconds()) + 1', "60", _OF_THE_DAY),
    Mutant(_EXPORTS, 'lock(connection, "expo", actor.viewer.id)', 'lock(connection, "expo", 0)', _ONE_COUNTS),
    Mutant(_EXPORTS, "WHERE requested_by = $1 AND kind", "WHERE $1::int > 0 AND kind", _OTHERS),
    Mutant(
        _EXPORTS,
        "if checked.conflicts:",
        "if False:",
        ("tests/packs/test_packs.py::test_pack_check_lists_conflicts_and_renders_documents",),
    ),
    Mutant(_EXPORT, "if checked.conflicts:", "if False:", _PROMISE),
    Mutant(
        _EXPORT,
        "if found.source.size != file.size_bytes or file.crc32 not in (None, found.crc32):",
        "if False:",
        _NOT_PACKED,
        equivalent="other bytes are found by their hash a little later",
    ),
    Mutant(_EXPORT, "edition.edition - KEPT_EDITIONS", "edition.edition - 4", _THREE),
    Mutant(_VERIFIED, "except OtherBytesError as error:", "except ZeroDivisionError as error:", _ROTTEN),
    Mutant(
        _QUERIES,
        "WHERE pack_id = $1 AND user_id = $2 AND deleted_at IS NULL AND ($3",
        "WHERE pack_id = $1 AND $2::int > 0 AND deleted_at IS NULL AND ($3",
        _OWNER,
    ),
    Mutant(_QUERIES, "WHERE pack.id = $1 AND pack.user_id = $2", "WHERE pack.id = $1 AND $2::int > 0", _OWNER),
    Mutant(_CHECKS, "WHERE pack.id = $1 AND pack.user_id = $2 AND", "WHERE pack.id = $1 AND $2::int > 0 AND", _OWNER),
    Mutant(_RESPONSE, "if request.method != hdrs.METH_GET or hdrs.RANGE in request.headers:", "if False:", _RESUMED),
    Mutant(_RESPONSE, 'return not any(tag.value in (etag, "*") for tag in known)', "return True", _RESUMED),
    Mutant(_RESPONSE, '{hdrs.CACHE_CONTROL: "private, no-store"}', "{}", _RESUMED),
    Mutant(_ROUTES, "wanted < pack.edition", "wanted > pack.edition", _THREE),
    Mutant(_CHANGES, "if count >= MAX_PACKS:", "if False:", _AT_ONCE),
    Mutant(
        _QUERIES,
        'SELECT count(*) FROM pack WHERE user_id = $1 AND deleted_at IS NULL"',
        'SELECT count(*) FROM pack WHERE $1::int > 0"',
        _AT_ONCE,
    ),
    Mutant(_CHANGES, 'await lock(connection, "pack", user_id)', "pass", _AT_ONCE),
    Mutant(_EXPORTS, "SELECT FROM pack WHERE id = $1 FOR UPDATE", "SELECT FROM pack WHERE id = $1", _AT_ONCE),
    Mutant(_CHANGES, "AND deleted_at IS NULL FOR UPDATE", "AND deleted_at IS NULL", _AT_ONCE),
    Mutant(_CHANGES, "if asset_id in seen:", "if False:", _pack("pack_takes_own_files_once_each")),
    Mutant(_CHANGES, 'given = {"license_id": None} | given', "pass", _pack("pack_edit_changes_the_given_fields_only")),
    Mutant(_CHANGES, "status IN ('pending', 'running'))", "status = 'x')", _export("one_export_at_a_time")),
    Mutant(_ROUTES, "if pack.edition == 0:", "if False:", _RESUMED),
    Mutant(_PREVIEWS, "entry.file.previews and may_be_drawn(entry)", "entry.file.previews", _GRID),
    Mutant(_CONTENTS, "license=file.license_identifier or license.spdx", "license=license.spdx", _DOCUMENT_TESTS),
    Mutant(
        "pmd_service/packs/templates/credits.md.jinja",
        'if entry.file.attribution or "CC-BY" in entry.license %}',
        "if entry.file.attribution %}",
        _DOCUMENT_TESTS,
    ),
    Mutant(_DOCUMENTS, 'if entry.file.provenance == "ai_generated"]', "]", _DOCUMENT_TESTS),
    Mutant(_MANIFEST, "id=edition.pack_id,", "id=edition.edition + 1,", _MANIFEST_TESTS),
    Mutant(_MANIFEST, "mime_type: str\n", "mime_type: str | None\n", _MANIFEST_TESTS),
    Mutant(
        _DOCUMENTS,
        "each.file.attribution or edition.copyright",
        "edition.copyright",
        _DOCUMENT_TESTS,
    ),
    Mutant(
        _EXPORT,
        "WHERE id = $1 AND edition = $2 - 1 AND deleted_at IS NULL",
        "WHERE id = $1 AND edition = $2 - 1",
        ("tests/packs/test_export.py", *_AT_ONCE),
        equivalent="a pack with a task cannot be removed",
    ),
    Mutant(_CONTENTS, 'if self.marks == "keep" else None', "", _MARKS_TOLD),
    Mutant("pmd_service/assets/lineage.py", "depth + 1", "depth", _MARKS_FOUND),
    Mutant("pmd_service/tasks/results.py", "probed.generation or parent.generation", "probed.generation", _MARKS_FOUND),
    Mutant(
        "pmd_service/media/engines/comfy.py",
        "negative if negative != prompt else None",
        "negative",
        ("tests/media/test_recipes.py::test_a_negative_that_is_the_prompt_times_nothing_is_none",),
    ),
    Mutant(
        _CHANGES,
        "if license_type == CUSTOM.name and written is None:",
        "if False:",
        ("tests/packs/test_packs.py::test_custom_licence_text_is_required_and_kept",),
    ),
    Mutant(
        _CHANGES,
        'pack_asset WHERE pack_id = $1", pack_id)\n    await record(',
        'pack_asset WHERE pack_id = $1", 0)\n    await record(',
        _REMOVED,
    ),
    Mutant(_CHANGES, "AND deleted_at IS NULL AND starts_with", "AND starts_with", _REMOVED),
    Mutant(
        _CHANGES,
        "make_interval(days => $1) LIMIT",
        "make_interval(hours => $1) LIMIT",
        _pack("removed_packs_row_is_deleted_after_two_weeks"),
    ),
    Mutant(
        _ROUTES,
        'await record_once(pool, actor, "download_pack", pack_id=pack_id)',
        "pass",
        _pack("moderators_pack_actions_are_audited"),
    ),
    Mutant(
        _EXPORT,
        "if self._claimed.work.faults < MAX_RETRIES:",
        "if False:",
        _export("unreadable_file_is_retried_before_the_export_fails"),
    ),
    Mutant(
        "pmd_service/packs/paths.py",
        "str(folder).casefold()",
        "str(folder)",
        ("tests/packs/test_paths.py::test_folders_are_kept_without_what_all_have_in_common",),
    ),
    Mutant(
        "pmd_service/packs/cover.py",
        "return ceil(fills - 1e-6) if is_art else fills",
        "return floor(fills + 1e-6) if is_art else fills",
        ("tests/packs/test_covers.py::test_pixel_art_is_enlarged_by_whole_multiples",),
    ),
    Mutant(
        "pmd_service/packs/references.py",
        " ORDER BY asset_id, created_at DESC",
        " ORDER BY asset_id, created_at",
        ("tests/packs/test_references.py::test_references_that_resolve_are_counted",),
    ),
    Mutant(
        "pmd_service/packs/changes.py",
        "        seen.add(path.casefold())",
        "        seen.add(path)",
        ("tests/packs/test_paths.py::test_an_artist_sets_and_unsets_a_files_path",),
    ),
    Mutant(
        "pmd_service/packs/checks.py",
        "CASE WHEN license_type = 'custom' THEN custom_license END AS words",
        "custom_license AS words",
        ("tests/packs/test_packs.py::test_custom_licence_text_is_required_and_kept",),
    ),
    Mutant(
        "pmd_service/packs/digests.py",
        "WHERE pack_id = $1 AND built_from = $2",
        "WHERE pack_id = $1 AND built_from <= $2",
        ("tests/packs/test_digests.py::test_edition_sha256_is_that_of_the_zip_and_null_until_computed",),
    ),
    Mutant(
        "pmd_service/packs/export.py",
        "for entry in edition.entries if may_be_drawn(entry)]",
        "for entry in edition.entries]",
        ("tests/packs/test_export.py::test_edition_has_a_preview_grid_and_large_previews",),
    ),
)
