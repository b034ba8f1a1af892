"""Posts: whose they are, all or none of them, what is sent to the site, and what a browser may keep."""

from .mutant import Mutant, tests_of

_QUERIES = "pmd_service/posts/queries.py"
_CHANGES = "pmd_service/posts/changes.py"
_HOOK = "pmd_service/outbox/hook.py"
_ACTIONS = "pmd_service/posts/actions.py"
_HIDES = "pmd_service/posts/hides.py"
_EDITS = "pmd_service/posts/edits.py"
_ART = "pmd_service/posts/art.py"
_ROUTES = "pmd_service/posts/routes.py"
_list = tests_of("tests/posts/test_list.py")
_action = tests_of("tests/posts/test_actions.py")
_hide = tests_of("tests/posts/test_hides.py")
_art = tests_of("tests/posts/test_art.py")
_WINDOWS = "pmd_service/posts/windows.py"
_FILTERS = "pmd_service/posts/filters.py"
_LANGUAGE = "pmd_service/search/language.py"
_CONDITIONS = "pmd_service/search/conditions.py"
_SUGGESTIONS = "pmd_service/search/suggestions.py"
_SITE = "migrations/0001_site.sql"
_ANY_POSITION = ("tests/posts/test_windows.py::test_window_starts_at_any_position[alone]",)
_ONE_MOMENT = _list("pages_neither_lose_nor_repeat_posts_of_equal_time")
_ONE_STOPS = _action("one_foreign_post_refuses_the_whole_action")
_AN_IMAGE = _art("artwork_is_served_as_an_image_only[files]")
_NOT_AGAIN = ("tests/posts/test_conditional.py::test_unchanged_page_answers_304",)
_TOLD_ONCE = ("tests/outbox/test_webhook.py::test_webhook_is_sent_once_with_a_valid_signature",)
_NO_TRAIL = ("tests/identity/test_audit.py::test_refused_actions_and_actions_of_owners_leave_no_audit_row",)
_BY_TEXT = ("tests/posts/test_windows.py::test_posts_are_listed_in_natural_order_of_their_text",)
_SEEN = ("tests/posts/test_windows.py::test_order_by_counts_applies_filters_and_visibility[alone]",)
_MONTHS = ("tests/posts/test_windows.py::test_months_have_counts_and_offsets[alone]",)
_SAME = ("tests/posts/test_windows.py::test_search_result_is_independent_of_the_checked_first_posts",)
_GOES_ON = ("tests/posts/test_windows.py::test_cursor_continues_behind_a_window",)
_search = tests_of("tests/posts/test_search.py")
_PHRASES = _search("search_finds_words_phrases_and_exclusions[alone]")
_NUMBERS = _search("search_compares_numbers_dates_and_names[alone]")
_SENTENCES = _search("search_with_an_invalid_comparison_is_refused")
_SIMILAR = _search("search_suggests_similar_words_without_results[alone]")
_COLOR = _search("search_finds_posts_by_colour_of_their_library_file[alone]")
_WRITTEN = _search("search_table_follows_every_write[alone]")
_DELETED = ("tests/posts/test_conditional.py::test_deleted_posts_have_their_deletion_and_purge_times",)
_SHOWN = _art("artwork_is_served_to_its_artist_and_moderators_only[files]")
_OLD_FLAGS = _action("restore_ignores_flags_of_another_deletion")
_MOST_TAGS = ("tests/posts/test_edits.py::test_more_than_64_hashtags_refuse_the_whole_edit",)
_REASON = _hide("hide_reason_is_shown_to_the_artist_while_hidden")
_FLAGS = ("tests/posts/test_actions.py::test_restore_returns_the_flags_from_before_the_delete[alone]",)
_LOOK = ("tests/downloads/test_packable.py::test_packable_is_the_owners_and_moderators_are_audited",)

MUTANTS = (
    Mutant(_WINDOWS, "has_more = len(found) > window.limit", "has_more = len(found) >= window.limit", _ANY_POSITION),
    Mutant(_WINDOWS, "Position(window.offset + window.limit)", "Position(window.offset)", _GOES_ON),
    Mutant(_WINDOWS, "if len(ids) > window.limit:", "if ids:", _SAME),
    Mutant(_WINDOWS, "NULLS LAST, post_id DESC", "NULLS FIRST, post_id DESC", _BY_TEXT),
    Mutant(_FILTERS, 'f"comments WHERE {VISIBLE_COMMENT}"', '"comments WHERE true"', _SEEN),
    Mutant(
        "pmd_service/posts/months.py", 'own = f"owner_id = $1 AND {AMONG[state]}"', 'own = "owner_id = $1"', _MONTHS
    ),
    Mutant(_LANGUAGE, "            groups[-1].append(term)", "            groups.append([term])", _PHRASES),
    Mutant(_LANGUAGE, "is_joined = bool(groups)", "is_joined = False", _PHRASES),
    Mutant(_LANGUAGE, '{"": 1, "k": 1000', '{"": 1, "k": 1024', _NUMBERS),
    Mutant(_LANGUAGE, "and not field.is_ordered:", "and False:", _SENTENCES),
    Mutant(_LANGUAGE, "(channel - 1, channel, channel + 1)", "(channel,)", _COLOR),
    Mutant(_CONDITIONS, "IS NOT TRUE", "IS FALSE", _NUMBERS),
    Mutant(_CONDITIONS, 'begun, end = ("", " %")', 'begun, end = ("", "%")', _PHRASES),
    Mutant(_CONDITIONS, "is_empty = not asking and not all(", "is_empty = False and not all(", _PHRASES),
    Mutant(_CONDITIONS, 'f"{owner_id}/{word}"', 'f"0/{word}"', _SIMILAR),
    Mutant(_SUGGESTIONS, "corrected if query and await", "corrected if query or await", _SIMILAR),
    Mutant(_SITE, "was.deleted_by_user) AS is_searched", "post.deleted_by_user) AS is_searched", _WRITTEN),
    Mutant(_SITE, "WHERE kind = 'artwork');", ");", _WRITTEN),
    Mutant(
        _QUERIES, "AND (created_at, id) < ($2, $3::bigint)", "AND (created_at, id) <= ($2, $3::bigint)", _ONE_MOMENT
    ),
    Mutant(
        "pmd_service/http/wire.py",
        "found[limit - 1].id) if len(found) > limit",
        "found[limit - 1].id) if len(found) >= limit",
        _list("full_last_page_has_no_next_cursor"),
    ),
    Mutant(_QUERIES, "timedelta(days=keep_days)", "timedelta(hours=keep_days)", _DELETED),
    Mutant(
        "pmd_service/posts/art.py", "WHERE id = $1 AND owner_id = $2 AND", "WHERE id = $1 AND $2::int > 0 AND", _SHOWN
    ),
    Mutant(_CHANGES, "AND owner_id = $2 AND {ARTWORK}", "AND $2::int > 0 AND {ARTWORK}", _ONE_STOPS),
    Mutant(_CHANGES, 'check_all_found("post", named, [post.id for post in posts])', "pass", _ONE_STOPS),
    Mutant(
        _ACTIONS,
        "WHERE id = ANY($1) AND NOT hidden_by_user",
        "WHERE id = ANY($1)",
        _action("repeated_action_answers_the_same_and_writes_nothing"),
    ),
    Mutant(_HOOK, "or not post_ids", "", _TOLD_ONCE),
    Mutant(_CHANGES, "post_ids=changed_ids", "post_ids=[post.id for post in posts]", _TOLD_ONCE),
    Mutant(
        "pmd_service/identity/audit.py",
        'if actor.moderates:\n        await connection.execute(\n            """INSERT',
        'if True:\n        await connection.execute(\n            """INSERT',
        _NO_TRAIL,
    ),
    Mutant(_ACTIONS, "AND kept.deleted_at = posts.deleted_by_user_date", "", _OLD_FLAGS),
    Mutant(
        _ACTIONS,
        '"UPDATE posts SET hidden_by_mod = false WHERE',
        '"UPDATE posts SET hidden_by_mod = false, hidden_by_user = false WHERE',
        _action("post_hidden_by_a_moderator_is_not_shown_as_visible"),
    ),
    Mutant(
        "pmd_service/identity/audit.py",
        "if reason is not None and not actor.moderates:",
        "if False:",
        ("tests/identity/test_audit.py::test_only_moderators_may_give_a_reason",),
    ),
    Mutant(_EDITS, "max(MAX_HASHTAGS, len(post.hashtags))", "MAX_HASHTAGS", _MOST_TAGS),
    Mutant(_ART, "\"default-src 'none'; sandbox\"", "\"default-src 'none'\"", _AN_IMAGE),
    Mutant(_ART, '"private, max-age=86400"', '"public, max-age=86400"', _AN_IMAGE),
    Mutant(_ART, " and head[8:].startswith(form)", "", _art("artwork_type_is_detected_by_its_first_bytes")),
    Mutant(_ROUTES, ', hdrs.VARY: "Authorization, Cookie"}', "}", _NOT_AGAIN),
    Mutant(_ROUTES, '"private, no-cache"', '"private, max-age=60"', _NOT_AGAIN),
    Mutant(
        _HIDES,
        "WHERE post_id = $1 AND owner_id = $2 AND answer IS NULL",
        "WHERE post_id = $1 AND owner_id = $2",
        _hide("hide_is_answered_once"),
    ),
    Mutant(_HIDES, "AND posts.hidden_by_mod AND NOT", "AND NOT", _REASON),
    Mutant(
        _ACTIONS,
        "answer = NULL, answered_at = NULL",
        "answer = post_hides.answer, answered_at = post_hides.answered_at",
        _hide("hide_with_a_new_reason_can_be_answered_again"),
    ),
    Mutant(
        _ACTIONS,
        "execute(_KEEP_REASON, hidden,",
        "execute(_KEEP_REASON, post_ids,",
        _hide("hidden_post_keeps_its_reason"),
    ),
    Mutant(
        "pmd_service/posts/queries.py",
        "if renditions is not None:",
        "if False:",
        ("tests/original/test_rows.py::test_post_lists_all_mapped_formats",),
    ),
    Mutant(_ACTIONS, "await connection.execute(_KEEP_FLAGS, post_ids)", "pass", _FLAGS),
    Mutant(_HIDES, " AND NOT posts.deleted_by_user", "", _REASON),
    Mutant(
        _HIDES,
        'await record(connection, actor, "answer_hide", [post_id])',
        "pass",
        _hide("moderators_answer_for_an_artist_is_audited"),
    ),
    Mutant(_ROUTES, '@recorded_once("read_library")\n', "", _LOOK),
    Mutant(
        "pmd_service/posts/bulk/run.py",
        "if [*post.hashtags] == _edited(tags[post.id], request)]",
        "if [*post.hashtags] != tags[post.id]]",
        ("tests/posts/test_bulk.py::test_hashtags_are_added_and_brought_back",),
    ),
    Mutant(
        "pmd_service/posts/edits.py",
        "to_jsonb(coalesce(hashtags::text[], '{}')) <> tags::jsonb",
        "to_jsonb(hashtags::text[]) <> tags::jsonb",
        ("tests/posts/test_edits.py::test_posts_of_a_site_that_has_no_hashtags_there_get_some",),
    ),
    Mutant(
        "pmd_service/search/language.py",
        'f\'tag:"{hashtag.replace(chr(34), " ")}"\' if hashtag',
        "f'tag:\"{hashtag}\"' if hashtag",
        ("tests/posts/test_windows.py::test_filters_select_their_posts",),
    ),
    Mutant(
        "pmd_service/posts/bulk/lifecycle.py",
        '        if change.action == "restore":\n            require_scope(actor, "posts:delete")\n',
        "",
        ("tests/identity/test_keys.py::test_a_key_without_the_scope_is_refused_with_its_name",),
    ),
)
