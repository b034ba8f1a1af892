"""Faults in rooms that cost less: found by somebody who had not written the code, and noticed by no test before."""

from .mutant import Mutant, tests_of

_ARCHIVE = "pmd_service/imports/archive.py"
_archive = tests_of("tests/imports/test_archive.py")
_schedule = tests_of("tests/desk/test_schedule.py")

MUTANTS = (
    Mutant(
        "pmd_service/desk/days.py",
        "status IN ('scheduled', 'published') AND due_at",
        "status IN ('scheduled') AND due_at",
        _schedule("day_of_what_was_published_by_hand_is_left_free"),
    ),
    Mutant(
        "pmd_service/desk/schedule.py",
        "draft.due_at.astimezone(rule.zone).time()",
        "draft.due_at.time()",
        _schedule("drafts_move_to_a_day_and_keep_their_time"),
    ),
    Mutant(
        "pmd_service/desk/order.py",
        "AS place FROM draft WHERE user_id = $1)",
        "AS place FROM draft WHERE $1::int > 0)",
        ("tests/desk/test_drafts.py::test_order_survives_a_thousand_moves_to_one_place",),
    ),
    Mutant(
        "pmd_service/imports/measures.py",
        "(bits >> 14 & 0x3FFF) + 1",
        "(bits >> 14 & 0x3FFF)",
        ("tests/imports/test_measures.py",),
    ),
    Mutant(
        _ARCHIVE,
        "= None if base in self._by_base else each",
        "= each",
        _archive("file_is_found_by_its_name_if_only_one_has_it"),
    ),
    Mutant(
        "pmd_service/imports/listing.py",
        "field[8 * number : 8 * number + 8]",
        "field[8 * place : 8 * place + 8]",
        _archive("archive_of_64_bit_places_is_read"),
    ),
    Mutant(
        "pmd_service/imports/kept.py",
        "AND tag = $2 AND color = $3",
        "AND tag = $2 AND (color = $3 OR true)",
        ("tests/imports/test_imports.py::test_undo_takes_back_what_an_import_made_and_nobody_used",),
    ),
    Mutant(
        "pmd_service/insights/queries.py",
        "AND subject = 'link' GROUP BY",
        "GROUP BY",
        ("tests/insights/test_insights.py::test_series_pages_are_counted",),
    ),
    Mutant(
        "pmd_service/erasure/wishes.py",
        "WHERE account_id = $1 AND due_at > now()",
        "WHERE account_id = $1",
        ("tests/erasure/test_wishes.py::test_account_is_kept_by_its_owner_until_its_day",),
    ),
    Mutant(
        "pmd_service/erasure/user_data.py",
        'f"assets/{sqid}/", f"previews/{sqid}/"',
        'f"assets/{sqid}", f"previews/{sqid}"',
        ("tests/ops/test_user_data.py::test_erasure_removes_everything_of_one_user_only",),
    ),
    Mutant(
        "pmd_service/webhooks/deliveries.py",
        "WHERE webhook_id = $1 AND id < $2 ORDER BY",
        "WHERE webhook_id = $1 AND id <= $2 ORDER BY",
        ("tests/webhooks/test_deliveries.py::test_a_test_is_sent_at_once_beside_what_waits_and_while_it_is_off",),
    ),
    Mutant(
        "pmd_service/identity/sessions/queries.py",
        "WHERE digest = $1 AND ended_at IS NULL",
        "WHERE digest = $1",
        ("tests/identity/test_browsers.py::test_a_browser_that_is_signed_out_is_refused_everywhere",),
    ),
    Mutant(
        "pmd_service/downloads/everything/documents.py",
        "if is_last and self._items:",
        "if is_last:",
        ("tests/downloads/takeouts/test_everything.py::test_takeout_of_library_files_alone_is_built",),
    ),
    Mutant(
        "pmd_service/archive/digest.py",
        "if digest.size != archive.size:",
        "if False:",
        ("tests/packs/test_digests.py::test_archive_cut_while_it_is_read_has_no_digest",),
    ),
    Mutant(
        "pmd_service/sharing/reservations.py",
        "AND (expires_at IS NULL OR expires_at > now())",
        "AND expires_at IS NULL",
        ("tests/sharing/test_reservations.py::test_files_for_crawlers_list_public_links_that_are_reserved",),
    ),
    Mutant(
        "pmd_service/uploads/checksums.py",
        "validate=True",
        "validate=False",
        ("tests/uploads/test_tus.py::test_requests_that_are_not_tus_are_refused",),
    ),
    Mutant(
        "pmd_service/packs/paths.py",
        "str(folder).casefold()",
        "str(folder)",
        ("tests/packs/test_paths.py::test_folders_are_kept_without_what_all_have_in_common",),
    ),
    Mutant(
        "pmd_service/http/cors.py",
        'f"{vary}, Origin" if vary else "Origin"',
        '"Origin"',
        ("tests/http/test_contract.py::test_cors_lets_pages_of_the_set_origins_call",),
    ),
    Mutant(
        "pmd_service/media/engines/riff_marks.py",
        "_MAX_BYTES))\n        at += 8 + length + (length & 1)",
        "_MAX_BYTES))\n        at += 8 + length",
        ("tests/media/test_marks_in_time.py::test_marks_behind_a_chunk_of_odd_length_are_read",),
    ),
    Mutant(
        "pmd_service/media/engines/scaling.py",
        "light /= np.maximum(alpha, _LEAST_ALPHA)",
        "pass",
        ("tests/media/test_export.py::test_smooth_scaling_gives_edges_no_fringe_of_what_is_transparent",),
    ),
    Mutant(
        "pmd_service/library/sequences.py",
        "frame_number - dense_rank()",
        "frame_number - rank()",
        ("tests/library/test_alike.py::test_numbered_names_that_count_are_a_sequence",),
    ),
    Mutant(
        "pmd_service/library/stacking.py",
        "WHERE asset_id = ANY ($1) AND other_id = ANY ($1)",
        "WHERE asset_id = ANY ($1)",
        ("tests/library/test_alike.py::test_kept_pairs_are_listed_page_by_page",),
    ),
    Mutant(
        "pmd_service/portable/sheets.py",
        "and cell[1:].startswith((*_FORMULA, _SIGN)) else cell",
        "else cell",
        ("tests/desk/test_sheets.py::test_an_apostrophe_that_escapes_nothing_stays",),
    ),
)
