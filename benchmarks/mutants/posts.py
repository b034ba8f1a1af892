"""Posts: whose they are, all or none of them, what is told to the site, and what a browser may keep."""

from .mutant import Mutant

_QUERIES = "pmd_service/posts/queries.py"
_CHANGES = "pmd_service/posts/changes.py"
_ACTIONS = "pmd_service/posts/actions.py"
_EDITS = "pmd_service/posts/edits.py"
_ART = "pmd_service/posts/art.py"
_ROUTES = "pmd_service/posts/routes.py"
_LIST_TESTS = ("tests/posts/test_list.py",)
_ACTION_TESTS = ("tests/posts/test_actions.py",)
_EDIT_TESTS = ("tests/posts/test_edits.py",)
_ART_TESTS = ("tests/posts/test_art.py",)
_CONDITIONAL_TESTS = ("tests/posts/test_conditional.py",)
_TOLD = ("tests/outbox/test_webhook.py",)
_TRAIL = ("tests/identity/test_audit.py",)

MUTANTS = (
    Mutant(
        _QUERIES, "AND (created_at, id) < ($2, $3::bigint)", "AND (created_at, id) <= ($2, $3::bigint)", _LIST_TESTS
    ),
    Mutant(_QUERIES, "created_at DESC, id DESC\n         LIMIT $4", "created_at DESC\n         LIMIT $4", _LIST_TESTS),
    Mutant(_QUERIES, "timedelta(days=keep_days)", "timedelta(hours=keep_days)", _CONDITIONAL_TESTS),
    Mutant(_QUERIES, "WHERE id = $1 AND owner_id = $2 AND", "WHERE id = $1 AND $2::int > 0 AND", _ART_TESTS),
    Mutant(_CHANGES, "id = ANY($1) AND owner_id = $2 AND", "id = ANY($1) AND $2::int > 0 AND", _ACTION_TESTS),
    Mutant(_CHANGES, "count(*) = cardinality($1::int[]) AND {allowed} AS whole", "{allowed} AS whole", _ACTION_TESTS),
    Mutant(
        _CHANGES, "posts.id = chosen.id AND NOT chosen.holds AND whole", "posts.id = chosen.id AND whole", _ACTION_TESTS
    ),
    Mutant(_CHANGES, "WHERE $6 AND whole AND NOT holds", "WHERE $6 AND whole", _TOLD),
    Mutant(_CHANGES, "WHERE $6 AND whole AND NOT holds", "WHERE $6 AND NOT holds", _TOLD),
    Mutant(_CHANGES, "WHERE whole AND $3 <> $2)", "WHERE whole)", _TRAIL),
    Mutant(_CHANGES, "WHERE whole AND $3 <> $2)", "WHERE $3 <> $2)", _TRAIL),
    Mutant(_ACTIONS, "AND kept.deleted_at = posts.deleted_by_user_date", "", _ACTION_TESTS),
    Mutant(
        _ACTIONS,
        '"unhide": statement("hidden_by_mod = false", holds="NOT hidden_by_mod")',
        '"unhide": statement("hidden_by_mod = false, hidden_by_user = false", holds="NOT hidden_by_mod")',
        _ACTION_TESTS,
    ),
    Mutant(_ACTIONS, "if body.reason is not None and not actor.moderates:", "if False:", _TRAIL),
    Mutant(_EDITS, "<= greatest({MAX_HASHTAGS}, cardinality(hashtags))", "<= {MAX_HASHTAGS}", _EDIT_TESTS),
    Mutant(_ART, "\"default-src 'none'; sandbox\"", "\"default-src 'none'\"", _ART_TESTS),
    Mutant(_ART, '"private, max-age=86400"', '"public, max-age=86400"', _ART_TESTS),
    Mutant(_ART, " and head[8:].startswith(form)", "", _ART_TESTS),
    Mutant(_ROUTES, ', hdrs.VARY: "Authorization, Cookie"}', "}", _CONDITIONAL_TESTS),
    Mutant(_ROUTES, '"private, no-cache"', '"private, max-age=60"', _CONDITIONAL_TESTS),
)
