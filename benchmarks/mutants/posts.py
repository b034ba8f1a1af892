"""Posts: whose they are, all or none of them, what is told to the site, and what a browser may keep."""

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
_ANY_POSITION = ("tests/posts/test_windows.py::test_a_window_begins_at_any_position_of_the_list[alone]",)
_ONE_MOMENT = _list("posts_of_one_moment_are_neither_lost_nor_repeated")
_ONE_STOPS = _action("one_post_that_may_not_be_named_stops_the_whole_action")
_AN_IMAGE = _art("an_artwork_cannot_become_anything_but_an_image[files]")
_NOT_AGAIN = ("tests/posts/test_conditional.py::test_a_page_that_has_not_changed_is_not_sent_again",)
_TOLD_ONCE = ("tests/outbox/test_webhook.py::test_a_change_is_told_once_and_its_signature_holds",)
_NO_TRAIL = ("tests/identity/test_audit.py::test_what_does_not_happen_and_what_people_do_for_themselves_leaves_no_row",)
_BY_TEXT = ("tests/posts/test_windows.py::test_all_posts_are_listed_in_the_natural_order_of_a_text",)
_SEEN = (
    "tests/posts/test_windows.py::test_what_is_counted_for_an_order_is_what_visitors_see_of_what_a_filter_leaves[alone]",
)
_MONTHS = ("tests/posts/test_windows.py::test_months_say_how_many_there_are_and_where_they_begin[alone]",)
_SAME = ("tests/posts/test_windows.py::test_a_search_finds_the_same_whether_the_first_posts_are_checked_or_not",)
_GOES_ON = ("tests/posts/test_windows.py::test_a_cursor_goes_on_behind_a_window",)
_search = tests_of("tests/posts/test_search.py")
_PHRASES = _search("words_phrases_and_exclusions_are_found[alone]")
_NUMBERS = _search("numbers_dates_and_names_are_compared[alone]")
_SENTENCES = _search("what_cannot_be_compared_is_refused_in_a_sentence")
_SIMILAR = _search("similar_words_are_suggested_where_nothing_is_found[alone]")
_COLOR = _search("posts_are_found_by_a_colour_of_their_library_file[alone]")
_WRITTEN = _search("the_table_of_searches_follows_whatever_is_written[alone]")
_DELETED = (
    "tests/posts/test_conditional.py::test_deleted_posts_say_when_they_were_deleted_and_when_they_will_be_gone",
)
_SHOWN = _art("an_artwork_is_shown_to_its_artist_and_to_moderators_only[files]")
_OLD_FLAGS = _action("flags_kept_from_another_deletion_are_not_brought_back")
_MOST_TAGS = ("tests/posts/test_edits.py::test_no_post_gets_more_than_64_hashtags_and_then_none_is_changed",)
_REASON = _hide("the_artist_reads_why_and_by_whom_for_as_long_as_the_post_is_hidden")
_FLAGS = ("tests/posts/test_actions.py::test_a_restore_brings_back_the_flags_from_before_the_delete[alone]",)
_LOOK = ("tests/downloads/test_packable.py::test_strangers_learn_nothing_and_a_moderators_look_is_written_down",)

MUTANTS = (
    Mutant(_WINDOWS, "has_more = len(found) > window.limit", "has_more = len(found) >= window.limit", _ANY_POSITION),
    Mutant(_WINDOWS, "Position(window.offset + window.limit)", "Position(window.offset)", _GOES_ON),
    Mutant(_WINDOWS, "if len(ids) > window.limit:", "if ids:", _SAME),
    Mutant(_WINDOWS, "NULLS LAST, post_id DESC", "NULLS FIRST, post_id DESC", _BY_TEXT),
    Mutant(_FILTERS, 'f"comments WHERE {VISIBLE_COMMENT}"', '"comments WHERE true"', _SEEN),
    Mutant(_QUERIES, "WHERE owner_id = $1 AND {AMONG[state]} GROUP BY 1", "WHERE owner_id = $1 GROUP BY 1", _MONTHS),
    Mutant(_LANGUAGE, "            groups[-1].append(term)", "            groups.append([term])", _PHRASES),
    Mutant(_LANGUAGE, "is_joined = bool(groups)", "is_joined = False", _PHRASES),
    Mutant(_LANGUAGE, '{"": 1, "k": 1000', '{"": 1, "k": 1024', _NUMBERS),
    Mutant(_LANGUAGE, "and not field.is_ordered:", "and False:", _SENTENCES),
    Mutant(_LANGUAGE, "(channel - 1, channel, channel + 1)", "(channel,)", _COLOR),
    Mutant(_CONDITIONS, "IS NOT TRUE", "IS FALSE", _NUMBERS),
    Mutant(_CONDITIONS, 'begun, end = ("", " %")', 'begun, end = ("", "%")', _PHRASES),
    Mutant(_CONDITIONS, "is_empty |= not all(", "is_empty |= False and not all(", _PHRASES),
    Mutant(_CONDITIONS, 'f"{owner_id}/{word}"', 'f"1/{word}"', _SIMILAR),
    Mutant(_SUGGESTIONS, "corrected if query and await", "corrected if query or await", _SIMILAR),
    Mutant(_SITE, "hashtags, deleted_by_user ON posts", "hashtags ON posts", _WRITTEN),
    Mutant(_SITE, "WHERE id = post_id AND kind = 'artwork')", "WHERE id = post_id)", _WRITTEN),
    Mutant(
        _QUERIES, "AND (created_at, id) < ($2, $3::bigint)", "AND (created_at, id) <= ($2, $3::bigint)", _ONE_MOMENT
    ),
    Mutant(
        "pmd_service/http/wire.py",
        "if len(found) > limit else None",
        "if len(found) >= limit else None",
        _list("a_last_page_that_is_full_has_no_next"),
    ),
    Mutant(_QUERIES, "timedelta(days=keep_days)", "timedelta(hours=keep_days)", _DELETED),
    Mutant(_QUERIES, "WHERE id = $1 AND owner_id = $2 AND", "WHERE id = $1 AND $2::int > 0 AND", _SHOWN),
    Mutant(_CHANGES, "AND owner_id = $2 AND {ARTWORK}", "AND $2::int > 0 AND {ARTWORK}", _ONE_STOPS),
    Mutant(_CHANGES, 'check_all_found("post", named, [post.id for post in posts])', "pass", _ONE_STOPS),
    Mutant(
        _ACTIONS,
        "WHERE id = ANY($1) AND NOT hidden_by_user",
        "WHERE id = ANY($1)",
        _action("a_repeated_action_answers_the_same_and_writes_nothing"),
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
        _action("what_stays_hidden_by_somebody_else_is_not_told_as_visible"),
    ),
    Mutant(
        "pmd_service/identity/audit.py",
        "if reason is not None and not actor.moderates:",
        "if False:",
        ("tests/identity/test_audit.py::test_a_moderator_may_say_why_and_nobody_else",),
    ),
    Mutant(_EDITS, "max(MAX_HASHTAGS, len(post.hashtags))", "MAX_HASHTAGS", _MOST_TAGS),
    Mutant(_ART, "\"default-src 'none'; sandbox\"", "\"default-src 'none'\"", _AN_IMAGE),
    Mutant(_ART, '"private, max-age=86400"', '"public, max-age=86400"', _AN_IMAGE),
    Mutant(_ART, " and head[8:].startswith(form)", "", _art("what_a_file_is_its_first_bytes_tell")),
    Mutant(_ROUTES, ', hdrs.VARY: "Authorization, Cookie"}', "}", _NOT_AGAIN),
    Mutant(_ROUTES, '"private, no-cache"', '"private, max-age=60"', _NOT_AGAIN),
    Mutant(
        _HIDES,
        "WHERE post_id = $1 AND owner_id = $2 AND answer IS NULL",
        "WHERE post_id = $1 AND owner_id = $2",
        _hide("an_answer_is_given_once"),
    ),
    Mutant(_HIDES, "AND posts.hidden_by_mod AND NOT", "AND NOT", _REASON),
    Mutant(
        _ACTIONS,
        "answer = NULL, answered_at = NULL",
        "answer = post_hides.answer, answered_at = post_hides.answered_at",
        _hide("a_hide_with_a_reason_of_its_own_can_be_answered_anew_and_one_without_takes_up_the_last"),
    ),
    Mutant(
        _ACTIONS,
        "execute(_KEEP_REASON, hidden,",
        "execute(_KEEP_REASON, post_ids,",
        _hide("a_post_that_is_hidden_already_keeps_its_reason"),
    ),
    Mutant(
        "pmd_service/posts/queries.py",
        "if renditions is not None:",
        "if False:",
        ("tests/original/test_rows.py::test_all_formats_of_an_artwork_are_told_where_the_map_names_them",),
    ),
    Mutant(_ACTIONS, "await connection.execute(_KEEP_FLAGS, post_ids)", "pass", _FLAGS),
    Mutant(_HIDES, " AND NOT posts.deleted_by_user", "", _REASON),
    Mutant(
        _HIDES,
        'await record(connection, actor, "answer_hide", [post_id])',
        "pass",
        _hide("a_moderator_who_answers_in_the_artists_place_is_in_the_trail"),
    ),
    Mutant(_ROUTES, 'await record_once(pool, actor, "read_library")', "pass", _LOOK),
)
