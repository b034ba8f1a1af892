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
        "= None if found in self._by_base else each",
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
        "pmd_service/library/tags.py",
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
        "pmd_service/archive/digest.py",
        "if digest.size != archive.size:",
        "if False:",
        ("tests/packs/test_digests.py::test_archive_cut_while_it_is_read_has_no_digest",),
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
    Mutant(
        "pmd_service/imports/groups.py",
        '            left -= size\n            refusal = ("full", FULL) if left < 0 else None',
        '            refusal = ("full", FULL) if left < size else None',
        ("tests/imports/test_imports.py::test_bombs_are_refused_before_they_are_unpacked",),
    ),
    Mutant(
        "pmd_service/imports/undoing.py",
        "   AND NOT EXISTS (SELECT FROM draft WHERE draft.asset_id = asset.id AND status <> 'published')\n",
        "",
        ("tests/imports/test_imports.py::test_undo_takes_back_what_an_import_made_and_nobody_used",),
    ),
    Mutant(
        "pmd_service/imports/forms/mastodon.py",
        "{*_addressed(note.to), *_addressed(note.cc)}",
        "{*_addressed(note.to)}",
        ("tests/imports/test_forms.py::test_mastodon_archive_gives_posts_with_dates_and_warnings",),
    ),
    Mutant(
        "pmd_service/ops/vault_check.py",
        "make_interval(days => {GRACE_DAYS})",
        "make_interval(hours => {GRACE_DAYS})",
        ("tests/ops/test_vault_check.py::test_vault_check_repair_schedules_orphans_for_removal",),
    ),
    Mutant(
        "pmd_service/ops/user_export.py",
        '["target_user_id = $1", "actor_id = $1"]',
        '["actor_id = $1"]',
        ("tests/ops/test_user_data.py::test_user_export_has_every_row_and_file_of_its_user_only",),
    ),
    Mutant(
        "pmd_service/desk/calendar.py",
        "max(now, begin - timedelta.resolution)",
        "begin - timedelta.resolution",
        ("tests/desk/test_schedule.py::test_calendar_has_every_day_with_what_is_on_it",),
    ),
    Mutant(
        "pmd_service/desk/edits.py",
        "AND asset_id = ANY ($2) AND status <> 'published'\"",
        'AND asset_id = ANY ($2)"',
        ("tests/desk/test_schedule.py::test_published_drafts_are_neither_moved_nor_changed",),
    ),
    Mutant(
        "pmd_service/webhooks/deliver.py",
        "    if due.is_manual:\n        return False\n",
        "",
        ("tests/webhooks/test_deliveries.py::test_a_delivery_is_sent_again_by_hand_with_its_id",),
    ),
    Mutant(
        "pmd_service/imports/posts.py",
        "$12, least($13, now()))",
        "$12, $13)",
        ("tests/imports/test_other_forms.py::test_columns_hashtags_and_warnings_can_be_mapped",),
    ),
    Mutant(
        "pmd_service/imports/forms/table.py",
        "archive.find(folder + path) or archive.find(path)",
        "archive.find(path) or archive.find(folder + path)",
        ("tests/imports/test_hostile.py::test_files_of_one_name_in_folders_are_not_confused",),
    ),
    Mutant(
        "pmd_service/imports/files.py",
        "return wanted > allowance.left_bytes or len(fresh) > allowance.left_files",
        "return wanted > allowance.left_bytes",
        ("tests/imports/test_reports.py::test_an_import_takes_no_room_that_was_taken_meanwhile",),
    ),
    Mutant(
        "pmd_service/desk/edits.py",
        '_SERIES = "SELECT id FROM series WHERE id = ANY ($1) AND user_id = $2"',
        '_SERIES = "SELECT id FROM series WHERE id = ANY ($1) AND $2::int > 0"',
        ("tests/desk/test_drafts.py::test_drafts_of_others_are_neither_seen_nor_touched",),
    ),
    Mutant(
        "pmd_service/webhooks/addresses.py",
        'last = host.rstrip(".").rpartition(".")[2]',
        'last = host.rpartition(".")[2]',
        ("tests/webhooks/test_webhooks.py::test_no_private_or_unencrypted_address_is_taken",),
    ),
    Mutant(
        "pmd_service/assets/disclosures.py",
        "at_least if {*unread} - {*found} else exactly",
        "at_least if unread else exactly",
        ("tests/assets/test_disclosures.py::test_files_that_were_not_read_may_disclose_more",),
    ),
    Mutant(
        "pmd_service/demo/desk.py",
        "drafts[DRAFTS:], drafts[:DRAFTS]",
        "drafts[DRAFTS - 1 :], drafts[:DRAFTS]",
        ("tests/demo/test_desk.py::test_a_few_drafts_are_published_and_no_others_are_left",),
    ),
    Mutant(
        "pmd_service/desk/sheets.py",
        'outcome in ("lost", "published")]',
        'outcome == "lost"]',
        ("tests/desk/test_sheets.py::test_published_drafts_are_named_and_stay_as_they_are",),
    ),
    Mutant(
        "pmd_service/imports/archive.py",
        " or base in _LITTER or",
        " or",
        ("tests/imports/test_archive.py::test_what_desktops_put_beside_files_is_left_out",),
    ),
    Mutant(
        "pmd_service/ops/cli.py",
        "timedelta(hours=hours)",
        "timedelta(minutes=hours)",
        ("tests/ops/test_cli.py::test_cli_token_is_issued_by_handle_or_public_id",),
    ),
)
