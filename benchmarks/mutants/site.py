"""Standing beside a site: its tables stay its own, and nobody's rows go by mistake."""

from .mutant import Mutant

_ATTACH = "pmd_service/site/attach.py"
_IMPORT = "pmd_service/site/requests_import.py"
_GONE = "pmd_service/site/gone.py"
_RIGHTS = "pmd_service/site/rights.py"
_TEXTS = "pmd_service/site/texts.py"
_LICENSES = "pmd_service/site/licenses.py"


def _gone(test: str) -> tuple[str]:
    return (f"tests/original/test_gone.py::test_{test}",)


def _attach(test: str) -> tuple[str]:
    return (f"tests/original/test_attach.py::test_{test}",)


_ALONE = _attach("the_tables_of_a_service_that_stands_alone_are_never_dropped")
_TAKEN_OVER = _attach("earlier_requests_are_taken_over_once")
_POST_EDITS = ("tests/posts/test_edits.py",)

MUTANTS = (
    Mutant(_ATTACH, "    await _require_free_names(connection, site_map)\n        there", "    there", _ALONE),
    Mutant(_ATTACH, "    await _require_free_names(connection, site_map)\n        for", "    for", _ALONE),
    Mutant(
        _ATTACH,
        "        await _require_role(connection, site_map)\n",
        "",
        _attach("a_missing_role_is_said_in_a_sentence"),
    ),
    Mutant(
        _ATTACH,
        "        await _require_updatable(connection, site_map)\n",
        "",
        _attach("posts_must_be_writable_through_their_view"),
    ),
    Mutant(
        _ATTACH, "if name not in there]", "]", _attach("attaching_changes_nothing_of_the_site_s_and_may_be_repeated")
    ),
    Mutant(_IMPORT, "WHEN status = 'ready' THEN 'failed'", "WHEN status = 'ready' THEN 'pending'", _TAKEN_OVER),
    Mutant(_IMPORT, "ON CONFLICT (id) DO NOTHING", "", _TAKEN_OVER),
    Mutant(_IMPORT, "ltrim(file_path, '/')", "file_path", _TAKEN_OVER),
    Mutant(_GONE, "AND EXISTS (SELECT FROM users)", "", _gone("a_site_that_shows_nobody_has_not_lost_everybody")),
    Mutant(
        _GONE,
        "WHERE {no}.id = {of})",
        "WHERE {no}.id = {of} AND false)",
        _gone("all_that_belongs_to_an_account_that_is_gone_goes_too"),
    ),
    Mutant(
        _GONE,
        "AND NOT EXISTS (SELECT FROM posts WHERE posts.id = post_id)",
        "",
        _gone("a_file_whose_post_the_site_has_removed_can_be_published_again"),
    ),
    Mutant(
        _RIGHTS,
        "OR is_written AND NOT has_column_privilege(place, attnum, 'UPDATE')",
        "",
        _attach("a_missing_right_is_named"),
    ),
    Mutant(_TEXTS, 'unicodedata.category(sign)[0] in "CZ"', 'unicodedata.category(sign) == "Cc"', _POST_EDITS),
    Mutant(_TEXTS, "if not _TAG.fullmatch(tag):", "if not _TAG.match(tag):", _POST_EDITS),
    Mutant(_TEXTS, '.lstrip("#").lower()', '.lstrip("#")', _POST_EDITS),
    Mutant(
        _LICENSES,
        'if identifier == "CC0-1.0":',
        "if False:",
        ("tests/posts/test_list.py", "tests/posts/test_actions.py"),
    ),
)
