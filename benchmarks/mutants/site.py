"""Standing beside a site: its tables stay its own, and nobody's rows go by mistake."""

from .mutant import Mutant, tests_of

_ATTACH = "pmd_service/site/attach.py"
_IMPORT = "pmd_service/site/requests_import.py"
_FEEDS = "pmd_service/site/feeds.py"
_GONE = "pmd_service/site/gone.py"
_CHECK = "pmd_service/ops/site_check.py"
_RIGHTS = "pmd_service/site/rights.py"
_TEXTS = "pmd_service/site/texts.py"
_LICENSES = "pmd_service/site/licenses.py"
_attach = tests_of("tests/original/test_attach.py")
_audit = tests_of("tests/original/test_audit.py")
_gone = tests_of("tests/original/test_gone.py")
_feeds = tests_of("tests/original/test_feeds.py")
_NOBODY = _gone("a_site_that_shows_nobody_has_not_lost_everybody")
_ALONE = _attach("the_tables_of_a_service_that_stands_alone_are_never_dropped")
_TAKEN_OVER = _attach("earlier_requests_are_taken_over_once")
_POST_EDITS = ("tests/posts/test_edits.py",)
_PUBLIC_IDS = "pmd_service/base/public_ids.py"
_SQIDS = ("tests/http/test_limits.py::test_a_public_id_has_one_spelling_and_is_of_a_row_that_can_be",)
_CLEARED = _feeds("a_change_clears_the_named_feeds_and_nothing_else")
_NO_ROLE = _attach("a_missing_role_is_said_in_a_sentence")
_UPDATABLE = _attach("posts_must_be_writable_through_their_view")
_NO_CHANGE = _attach("attaching_changes_nothing_of_the_site_s_and_may_be_repeated")
_MET_BEFORE = _attach("whoever_has_met_the_site_detached_finds_it_again")
_NOBODY_ELSE = _audit("nobody_but_the_service_writes_the_sites_trail_and_that_through_its_owner")
_NO_TRAIL = _audit("check_finds_a_trail_that_takes_nothing")
_ALL_GOES = _gone("all_that_belongs_to_an_account_that_is_gone_goes_too")
_POST_GONE = _gone("a_file_whose_post_the_site_has_removed_can_be_published_again")
_NO_RIGHT = _attach("a_missing_right_is_named")
_ADDRESSES = ("tests/identity/test_session.py::test_licences_are_for_everybody_with_their_texts_addresses",)

MUTANTS = (
    Mutant(_FEEDS, "while cursor != 0", "while cursor is None", _CLEARED),
    Mutant(
        _FEEDS,
        "asyncio.timeout(CLEAR_SECONDS)",
        "asyncio.timeout(None)",
        _feeds("nobody_waits_for_a_redis_that_says_nothing"),
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
        _attach("what_the_role_has_in_other_databases_is_named"),
    ),
    Mutant(_IMPORT, "WHEN status = 'ready' THEN 'failed'", "WHEN status = 'ready' THEN 'pending'", _TAKEN_OVER),
    Mutant(_IMPORT, "ON CONFLICT (id) DO NOTHING", "", _TAKEN_OVER),
    Mutant(_IMPORT, "BETWEEN 1 AND 128", "BETWEEN 0 AND 128", _TAKEN_OVER),
    Mutant(_IMPORT, "ltrim(file_path, '/')", "file_path", _TAKEN_OVER),
    Mutant(_ATTACH, 'yield f"GRANT USAGE, CREATE ON SCHEMA {schema} TO {role}"', 'yield "SELECT"', _MET_BEFORE),
    Mutant(_ATTACH, 'yield f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC"', 'yield "SELECT"', _NOBODY_ELSE),
    Mutant(_CHECK, "User(id=self.moderator_id", "User(id=self.owner_id", _NO_TRAIL),
    Mutant(_GONE, "AND EXISTS (SELECT FROM users)", "", _NOBODY),
    Mutant(_GONE, "SELECT EXISTS (SELECT FROM posts)", "SELECT true", _NOBODY),
    Mutant(_GONE, "{no}.id = {of})", "{no}.id = {of} AND false)", _ALL_GOES),
    Mutant(_GONE, "posts.id = post_id)", "posts.id = post_id AND false)", _POST_GONE),
    Mutant(_GONE, '"outbox",', "", _gone("whatever_refers_to_users_on_our_own_tables_is_looked_for_behind_views")),
    Mutant(_RIGHTS, "OR is_written AND NOT has_column_privilege(place, attnum, 'UPDATE')", "", _NO_RIGHT),
    Mutant(_TEXTS, "sign if sign.isprintable() else", "sign if sign >= chr(32) else", _POST_EDITS),
    Mutant(_TEXTS, "if not _TAG.fullmatch(tag):", "if not _TAG.match(tag):", _POST_EDITS),
    Mutant(_TEXTS, '.lstrip("#").lower()', '.lstrip("#")', _POST_EDITS),
    Mutant(
        "pmd_service/site/packable.py",
        "ORDER BY post_id, deleted_at IS NOT NULL, id DESC",
        "ORDER BY post_id, id DESC",
        ("tests/downloads/test_packable.py::test_posts_give_the_files_they_were_made_of_and_the_others_are_named",),
    ),
    Mutant(_LICENSES, 'if identifier == "CC0-1.0":', "if False:", _ADDRESSES),
    Mutant(
        _PUBLIC_IDS,
        "if len(sqid) > MAX_SQID:",
        "if False:",
        ("tests/http/test_limits.py::test_a_public_id_longer_than_any_is_not_decoded",),
    ),
    Mutant(_PUBLIC_IDS, "numbers[0] < 2**31", "numbers[0] <= 2**31", _SQIDS),
    Mutant(_PUBLIC_IDS, " and self._sqids.encode(numbers) == sqid", "", _SQIDS),
    Mutant(_LICENSES, "named[1].lower()", "named[1]", _ADDRESSES),
    Mutant(
        _LICENSES,
        "(?:-SA|-ND)?",
        "(?:-SA|-ND)",
        ("tests/identity/test_session.py::test_licences_are_for_everybody_with_their_texts_addresses",),
    ),
)
