"""The library: owners, the trash and its emptying, what is published, and what a browser is given."""

from .mutant import Mutant, tests_of

_ACTIONS = "pmd_service/library/actions.py"
_EDITS = "pmd_service/library/edits.py"
_PURGE = "pmd_service/library/purge.py"
_PUBLISHING = "pmd_service/library/publishing.py"
_NEW_POSTS = "pmd_service/library/new_posts.py"
_RIGHTS = "pmd_service/site/rights.py"
_FILES = "pmd_service/library/files.py"
_ASSET = "pmd_service/assets/asset.py"
_action = tests_of("tests/library/test_actions.py")
_publish = tests_of("tests/library/test_publishing.py")
_ONE_STOPS = _action("one_foreign_file_refuses_the_whole_action")
_AGAIN = _action("repeated_action_writes_nothing")
_NEEDED = _action("purge_keeps_files_of_posts_and_built_packs")
_BY_DATE = _action("trash_is_emptied_by_date")
_TRAIL = _action("moderators_library_actions_are_audited")
_NOT_TWICE = _publish("file_is_published_once")
_GOES = _publish("file_deleted_while_publishing_becomes_no_post")
_SAYS_NOTHING = _publish("published_copy_is_equal_without_metadata[files]")
_KEPT = _publish("marks_keep_publishes_the_file_unchanged_and_records_it[files]")
_REFUSED = _publish("unpublishable_files_are_refused_by_name_and_others_published")
_SERVED = ("tests/library/test_details.py",)
_ALIKE = "pmd_service/library/alike.py"
_GROUPS = ("tests/library/test_alike.py",)
_ORDER = "pmd_service/library/order.py"
_IN_PARTS = ("tests/library/test_details.py::test_file_content_supports_ranges_and_conditions",)
_PAGES = ("tests/library/test_list.py::test_pages_are_newest_first_and_complete",)
_MAY = _action("moderators_publish_and_trash_need_a_reason")
_WHERE = "pmd_service/library/where.py"
_FILTERS = ("tests/library/test_list.py",)
_EDIT_TESTS = ("tests/library/test_edits.py",)
_JUDGED = _action("judgement_replaces_earlier_one")
_ONE_NAME = ("tests/library/test_edits.py::test_name_can_be_set_for_one_file_only",)
_PURGED = _action("purge_removes_the_row_and_the_bytes")
_UNNAMED = _publish("one_foreign_file_refuses_the_whole_publishing")
_ASSETS = ("tests/assets/test_assets.py",)
_PREVIEW = ("tests/library/test_details.py::test_smallest_sufficient_preview_is_served",)
_COMPANION = ("tests/library/test_details.py::test_other_files_are_never_served_inline",)
_HANDLES = ("tests/identity/test_session.py::test_moderators_find_users_by_the_beginning_of_their_handle",)
_FOLDER = ("tests/library/test_order.py::test_folder_filter_includes_subfolders_and_no_siblings",)
_RESTORED = _action("file_restored_while_the_trash_is_emptied_stays")
_SCRUB = "pmd_service/library/scrub.py"
_vault_check = tests_of("tests/ops/test_vault_check.py")
_SCRUBBED = _vault_check("scrub_finds_lost_damaged_and_repaired_objects[files]")
_STARS = ("tests/library/test_order.py::test_stars_and_colours_are_set_counted_and_found",)
_OTHER_ORDER = ("tests/library/test_order.py::test_cursor_of_another_order_is_refused",)
_QUERIES = "pmd_service/library/queries.py"
_search = tests_of("tests/library/test_search.py")
_PARTS_OF_ONE = _search("search_pages_and_windows_are_parts_of_one_list")
_TYPED = _search("search_finds_names_paths_themes_and_hashtags")
_COMPARED = _search("search_compares_sizes_dates_and_dimensions")
_COUNTED = ("tests/library/test_counts.py",)
_FOLLOWS = ("tests/library/test_order.py::test_results_are_listed_behind_their_source_file",)

MUTANTS = (
    Mutant(_ACTIONS, "WHERE id = ANY($1) AND user_id = $2", "WHERE id = ANY($1) AND $2::int > 0", _ONE_STOPS),
    Mutant(_ACTIONS, "WHERE id = ANY($1) AND NOT approved", "WHERE id = ANY($1)", _AGAIN),
    Mutant(_ACTIONS, "finds_trash=action in _FOR_ALL", "finds_trash=True", _ONE_STOPS),
    Mutant(
        _ACTIONS,
        "await record(connection, actor, _AUDITED[action]",
        "if False: await record(connection, actor, _AUDITED[action]",
        _TRAIL,
    ),
    Mutant(_ACTIONS, "approved = false, rejected_at = now()", "rejected_at = now()", _JUDGED),
    Mutant(
        "pmd_service/site/licenses.py",
        "if license_id is not None and license_id not in known:",
        "if False:",
        ("tests/library/test_publishing.py::test_values_of_posts_that_do_not_fit_publish_nothing",),
    ),
    Mutant(_EDITS, 'if "name" in given and len(set(body.asset_ids)) > 1:', "if False:", _ONE_NAME),
    Mutant(_PURGE, "AND user_id = $2 AND deleted_at IS NOT NULL ORDER BY", "AND user_id = $2 ORDER BY", _PURGED),
    Mutant(
        _PURGE,
        "WHERE id = ANY($1) AND user_id = $2 AND deleted_at IS NOT NULL",
        "WHERE id = ANY($1) AND $2::int > 0 AND deleted_at IS NOT NULL",
        _ONE_STOPS,
    ),
    Mutant(_PURGE, "if needed:", "if False:", _NEEDED),
    Mutant(_PURGE, "(art_url = asset.path\n", "(true\n", _NEEDED),
    Mutant(_PURGE, "export_path IS NOT NULL", "true", _NEEDED),
    Mutant(_PURGE, "make_interval(days => $1) AND NOT {_IS_NEEDED}", "make_interval(days => $1)", _BY_DATE),
    Mutant(
        _PURGE,
        "deleted_at < now() - make_interval(days => $1)",
        "deleted_at < now() - make_interval(days => $1 - 2)",
        _BY_DATE,
    ),
    Mutant(_PUBLISHING, "found[asset_id].deleted_at is None]", "True]", _UNNAMED),
    Mutant(_PUBLISHING, "if settled is not None:", "if False:", _NOT_TWICE),
    Mutant(_PUBLISHING, 'if row["is_in_trash"]:', "if False:", _GOES),
    Mutant(_PUBLISHING, "AND user_id = $2 FOR UPDATE", "AND user_id = $2", _GOES),
    Mutant(_NEW_POSTS, "if size > most else None", "if False else None", _REFUSED),
    Mutant(_NEW_POSTS, "if max(file.width or 0, file.height or 0) > side:", "if (file.width or 0) > side:", _REFUSED),
    Mutant(_NEW_POSTS, 'if marks == "strip" else _unchanged', "if False else _unchanged", _SAYS_NOTHING),
    Mutant(_NEW_POSTS, 'if marks == "strip" else _unchanged', "if True else _unchanged", _KEPT),
    Mutant(_NEW_POSTS, 'if new.marks == "keep":', "if True:", _KEPT),
    Mutant(_NEW_POSTS, 'if new.marks == "keep":', "if False:", _KEPT),
    Mutant(_PUBLISHING, 'if body.marks == "strip" else ((), disclosures)', "if True else ((), disclosures)", _KEPT),
    Mutant(
        "pmd_service/assets/disclosures.py",
        "WHERE asset_id = ANY($1) AND user_id = $2",
        "WHERE asset_id = ANY($1) AND $2::int > 0",
        ("tests/assets/test_disclosures.py",),
    ),
    Mutant(
        "pmd_service/assets/disclosures.py",
        "WHERE tells_place OR tells_author",
        "WHERE tells_place AND tells_author",
        _KEPT,
    ),
    Mutant(
        "pmd_service/library/publishing.py",
        'check_all_found("file", asset_ids, await find_values(connection, _OWN_FILES, asset_ids, user_id))',
        "pass",
        _publish("disclosures_can_be_read_before_publishing"),
    ),
    Mutant("pmd_service/media/stripping.py", 'f"{ENGINES}.strip"', 'f"{ENGINES}.enhance"', _SAYS_NOTHING),
    Mutant(
        _RIGHTS,
        'return stands_alone if settings.publish is None else settings.publish == "insert"',
        "return True",
        _publish("publishing_is_refused_where_the_site_creates_posts"),
    ),
    Mutant(_FILES, "file.mime_type.startswith(_SHOWN) and not query.download", "not query.download", _SERVED),
    Mutant(_FILES, "default-src 'none'; style-src 'unsafe-inline'; sandbox", "style-src 'unsafe-inline'", _SERVED),
    Mutant(_ASSET, 'WHERE id = ANY($1) AND user_id = $2"', 'WHERE id = ANY($1) AND $2::int > 0"', _ASSETS),
    Mutant(_ASSET, "WHERE user_id = $1 AND hash = ANY($2)\n", "WHERE $1::int > 0 AND hash = ANY($2)\n", _ASSETS),
    Mutant(_FILES, '"private, max-age=86400"', '"public, max-age=86400"', _IN_PARTS),
    Mutant(_FILES, "if size >= wanted.size", "if size > wanted.size", _PREVIEW),
    Mutant(_FILES, "inline=shown,", "inline=True,", _COMPANION),
    Mutant("pmd_service/base/database.py", '.replace("%", "\\\\%")', "", _HANDLES),
    Mutant(_ALIKE, " AND asset.parent_asset_id IS NULL", "", _GROUPS),
    Mutant(_ALIKE, "bit_count(own.dhash) > 0", "true", _GROUPS),
    Mutant(_ALIKE, "distance <= {NEAR_DISTANCE}", "true", _GROUPS),
    Mutant(_ALIKE, "bits DESC NULLS LAST, size_bytes DESC", "size_bytes DESC", _GROUPS),
    Mutant(_ORDER, "'<' if self.direction", "'<=' if self.direction", _PAGES),
    Mutant(
        _WHERE,
        "'/'))\"",
        "''))\"",
        _FOLDER,
        equivalent="the index's bounds leave what is below it alone, and of that only the spelling is compared",
    ),
    Mutant(_SCRUB, "file, fault, days=RECHECK_DAYS)", "file, fault, days=worker.settings.scrub_days)", _SCRUBBED),
    Mutant(
        _SCRUB,
        "AND created_at < now() - interval '1 hour'",
        "",
        _vault_check("scrub_skips_recently_verified_objects"),
    ),
    Mutant(_PURGE, "deleted_at < now() - make_interval(days => $2) AND NOT", "NOT", _RESTORED),
    Mutant(_ACTIONS, 'is_required=action == "trash"', "is_required=False", _MAY),
    Mutant(
        _PURGE, "check_reason(actor, reason, is_required=True)", "check_reason(actor, reason, is_required=False)", _MAY
    ),
    Mutant(
        _PUBLISHING,
        "check_reason(actor, body.reason, is_required=True)",
        "check_reason(actor, body.reason, is_required=False)",
        _MAY,
    ),
    Mutant(_EDITS, "if len(tags) > MAX_HASHTAGS:", "if False:", _EDIT_TESTS),
    Mutant(_EDITS, "if asset[name] != value", "", _EDIT_TESTS),
    Mutant(_WHERE, 'choices = {} if chosen.state else {"state": _NOT_TRASH}', "choices = {}", _FILTERS),
    Mutant(_WHERE, '_OWNED = "user_id = $1"', '_OWNED = "$1::int > 0"', _FILTERS),
    Mutant(_ORDER, "if (sort, direction) != (self.sort, self.direction):", "if False:", _OTHER_ORDER),
    Mutant(_NEW_POSTS, "            yield Refused(place, *GONE)", "            pass", _REFUSED),
    Mutant(_QUERIES, "if len(rows) <= query.limit:", "if False:", _PARTS_OF_ONE),
    Mutant(_QUERIES, "ORDER BY {order.sql} LIMIT {NEAR}", "LIMIT {NEAR}", _PARTS_OF_ONE),
    Mutant(_QUERIES, "AS asset WHERE {where.checked}", "AS asset WHERE true", _TYPED),
    Mutant(_WHERE, "or await connection.fetchval(FILES.exists, search.query)", "or True", _TYPED),
    Mutant(_WHERE, 'narrowing.append("false")', "pass", _TYPED),
    Mutant(_WHERE, '"rating >= {value}::smallint"', '"rating > {value}::smallint"', _STARS),
    Mutant(_WHERE, '"asset.created_at"),\n    "after"', '"asset.updated_at"),\n    "after"', _COMPARED),
    Mutant("pmd_service/library/counts.py", "{where.without(name)}", "{where.without('')}", _COUNTED),
    Mutant("pmd_service/library/counts.py", "AND state <> 'trash'", "", _COUNTED),
    Mutant(_EDITS, 'if "name" in given:\n                await', "if False:\n                await", _FOLLOWS),
    Mutant(_ASSET, "concat_ws(chr(1), parent.made_from, parent.name)", "parent.name", _FOLLOWS),
    Mutant(
        "pmd_service/library/smart_folders.py",
        'user_id = $2 AND version = 1"',
        'user_id = $2"',
        ("tests/imports/test_imports.py::test_undo_takes_back_what_an_import_made_and_nobody_used",),
    ),
    Mutant(
        "pmd_service/library/scrub.py",
        "days=days if fault is None else RECHECK_DAYS",
        "days=days",
        ("tests/ops/test_vault_check.py::test_vault_check_reports_objects_missing_after_an_old_restore",),
    ),
    Mutant(
        "pmd_service/library/likeness.py",
        "1 / MAX_FACTOR <= across <= MAX_FACTOR and",
        "across <= MAX_FACTOR and",
        ("tests/library/test_likeness.py::test_pictures_are_the_same_to_half_their_size_either_way",),
    ),
    Mutant(
        "pmd_service/library/new_posts.py",
        "least($10, now())",
        "coalesce($10, now())",
        ("tests/library/test_publishing.py::test_no_post_is_of_the_future",),
    ),
)
