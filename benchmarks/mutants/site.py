"""Attached to a site: its tables stay its own, and no rows are deleted by mistake."""

from .mutant import Mutant, tests_of

_ATTACH = "pmd_service/site/attach.py"
_IMPORT = "pmd_service/site/requests_import.py"
_FEEDS = "pmd_service/site/feeds.py"
_DELETED_ROWS = "pmd_service/site/deleted_rows.py"
_CHECK = "pmd_service/ops/site_check.py"
_RIGHTS = "pmd_service/site/rights.py"
_TEXTS = "pmd_service/site/texts.py"
_LICENSES = "pmd_service/site/licenses.py"
_attach = tests_of("tests/original/test_attach.py")
_audit = tests_of("tests/original/test_audit.py")
_deleted_rows = tests_of("tests/original/test_deleted_rows.py")
_feeds = tests_of("tests/original/test_feeds.py")
_NOBODY = _deleted_rows("empty_users_view_deletes_nothing")
_ALONE = _attach("attach_never_drops_a_standalone_services_tables")
_TAKEN_OVER = _attach("attach_imports_earlier_requests_once")
_POST_EDITS = ("tests/posts/test_edits.py",)
_PUBLIC_IDS = "pmd_service/base/public_ids.py"
_SQIDS = ("tests/http/test_limits.py::test_a_public_id_has_one_spelling_and_is_of_a_row_that_can_be",)
_CLEARED = _feeds("change_clears_the_named_feeds_only")
_NO_ROLE = _attach("attach_names_a_missing_role")
_UPDATABLE = _attach("attach_needs_a_writable_posts_view")
_NO_CHANGE = _attach("attach_changes_nothing_of_the_sites_and_is_repeatable")
_MET_BEFORE = _attach("detached_site_answers_503")
_NOBODY_ELSE = _audit("only_the_service_writes_the_sites_audit_log")
_NO_TRAIL = _audit("site_check_finds_an_audit_log_that_refuses_rows")
_ALL_GOES = _deleted_rows("rows_of_a_deleted_account_are_deleted")
_POST_GONE = _deleted_rows("file_of_a_deleted_post_can_be_published_again")
_NO_RIGHT = _attach("attach_names_a_missing_privilege")
_ADDRESSES = ("tests/identity/test_session.py::test_licences_are_for_everybody_with_their_texts_addresses",)

MUTANTS = (
    Mutant(_FEEDS, "while cursor != 0", "while cursor is None", _CLEARED),
    Mutant(
        _FEEDS,
        "asyncio.timeout(CLEAR_SECONDS)",
        "asyncio.timeout(None)",
        _feeds("silent_feed_redis_delays_no_request"),
    ),
    Mutant(_ATTACH, "    await _require_free_names(connection, site_map)\n        existing", "    existing", _ALONE),
    Mutant(_ATTACH, "    await _require_free_names(connection, site_map)\n        for", "    for", _ALONE),
    Mutant(_ATTACH, "        await _require_role(connection, site_map)\n", "", _NO_ROLE),
    Mutant(_ATTACH, "        await _require_updatable(connection, site_map)\n", "", _UPDATABLE),
    Mutant(_ATTACH, "if name not in existing]", "]", _NO_CHANGE),
    Mutant(
        _ATTACH,
        " AND datname <> current_database()",
        "",
        _attach("detach_names_other_databases_that_keep_the_role"),
    ),
    Mutant(_IMPORT, "WHEN status = 'ready' THEN 'failed'", "WHEN status = 'ready' THEN 'pending'", _TAKEN_OVER),
    Mutant(_IMPORT, "ON CONFLICT (id) DO NOTHING", "", _TAKEN_OVER),
    Mutant(_IMPORT, "BETWEEN 1 AND 128", "BETWEEN 0 AND 128", _TAKEN_OVER),
    Mutant(_IMPORT, "ltrim(file_path, '/')", "file_path", _TAKEN_OVER),
    Mutant(_ATTACH, 'yield f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}"', 'yield "SELECT"', _MET_BEFORE),
    Mutant(_ATTACH, 'yield f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC"', 'yield "SELECT"', _NOBODY_ELSE),
    Mutant(_CHECK, "User(id=self.moderator_id", "User(id=self.owner_id", _NO_TRAIL),
    Mutant(_DELETED_ROWS, "AND EXISTS (SELECT FROM users)", "", _NOBODY),
    Mutant(_DELETED_ROWS, "SELECT EXISTS (SELECT FROM posts)", "SELECT true", _NOBODY),
    Mutant(_DELETED_ROWS, "{no}.id = {of})", "{no}.id = {of} AND false)", _ALL_GOES),
    Mutant(_DELETED_ROWS, "post_id IS NOT NULL AND NOT EXISTS (", "false AND NOT EXISTS (", _POST_GONE),
    Mutant(_DELETED_ROWS, '"outbox",', "", _deleted_rows("references_to_users_are_checked_behind_views")),
    Mutant(_RIGHTS, "OR is_written AND NOT has_column_privilege(place, attnum, 'UPDATE')", "", _NO_RIGHT),
    Mutant(_TEXTS, "sign if sign.isprintable() else", "sign if sign >= chr(32) else", _POST_EDITS),
    Mutant(
        _TEXTS,
        "if len(tag) > MAX_TAG or not _TAG.fullmatch(_without_vowel_signs(tag)):",
        "if not _TAG.match(tag):",
        _POST_EDITS,
    ),
    Mutant(_TEXTS, '.lstrip("#").lower()', '.lstrip("#")', _POST_EDITS),
    Mutant(
        "pmd_service/site/packable.py",
        "ORDER BY post_id, deleted_at IS NOT NULL, id DESC",
        "ORDER BY post_id, id DESC",
        ("tests/downloads/test_packable.py::test_packable_lists_the_posts_source_files_and_the_others",),
    ),
    Mutant(_LICENSES, 'removesuffix("legalcode")', 'removesuffix("code")', _ADDRESSES),
    Mutant(
        _PUBLIC_IDS,
        "if len(sqid) > MAX_SQID:",
        "if False:",
        ("tests/http/test_limits.py::test_a_public_id_longer_than_any_is_not_decoded",),
    ),
    Mutant(_PUBLIC_IDS, "numbers[0] < 2**31", "numbers[0] <= 2**31", _SQIDS),
    Mutant(_PUBLIC_IDS, " and self._sqids.encode(numbers) == sqid", "", _SQIDS),
    Mutant(
        "pmd_service/site/versions.py",
        "  FROM posts WHERE id = $1 AND owner_id = $2 AND {ARTWORK}\n",
        "  FROM posts WHERE id = $1 AND $2::int > 0 AND {ARTWORK}\n",
        ("tests/library/test_replacing.py::test_post_that_was_never_replaced_has_one_version",),
        equivalent="its only caller has looked for the owner's post before",
    ),
    Mutant(
        "pmd_service/site/versions.py",
        ", file_bytes = version.size_bytes",
        "",
        ("tests/library/test_replacing.py::test_replaced_file_leaves_the_post_and_its_reactions_as_they_were",),
    ),
)
