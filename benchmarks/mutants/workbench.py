"""Faults of the workbench: sheets, palettes, loops, levels, and tasks with several files."""

from .mutant import Mutant, tests_of

_ENGINES = "pmd_service/media/engines"
_SLICING = f"{_ENGINES}/slicing.py"
_SKYLINE = f"{_ENGINES}/skyline.py"
_PACKING = f"{_ENGINES}/packing.py"
_ATLAS_NAMES = "pmd_service/media/atlas_names.py"
_PALETTE = f"{_ENGINES}/palette.py"
_LEVELS = f"{_ENGINES}/levels.py"
_LOOP = f"{_ENGINES}/loop.py"
_ASEPRITE = f"{_ENGINES}/aseprite.py"
_RESULTS = "pmd_service/tasks/results.py"
_REQUESTS = "pmd_service/tasks/requests.py"
_test = tests_of("tests/media/test_sheets.py")
_palette = tests_of("tests/media/test_palettes.py")
_sound = tests_of("tests/media/test_loops.py")
_many = tests_of("tests/tasks/test_many.py")
_FLOOD = _test("parts_are_found_as_a_flood_would_find_them")
_GRID = _test("a_grid_has_whole_cells_and_leaves_out_empty_ones")
_FINDS = _test("what_stands_beside_a_sheet_finds_every_frame_on_it")
_OVER = _test("nothing_on_a_sheet_lies_over_another")
_HOSTILE = _test("hostile_names_are_escaped_in_a_sheets_data")
_SEAM = _sound("a_loop_stands_where_engines_read_it_and_its_seam_is_silent")
_TAG = _test("a_tag_becomes_an_animation_in_the_order_in_which_it_plays")
_EACH = _sound("each_sound_reaches_the_loudness_unless_a_peak_prevents_it")
_NO_LOOP = _sound("music_that_never_repeats_gets_the_best_loop_points")
_SHEET = _many("a_sheet_becomes_as_many_files_as_it_has_sprites[files]")
_NO_ROOM = _many("a_library_without_room_for_all_results_gets_none")

MUTANTS = (
    Mutant(_SLICING, "if upper[1] < lower[2] + gap and", "if upper[1] < lower[2] and", _FLOOD),
    Mutant(_SLICING, "min(into[0], gone[0])", "into[0]", _FLOOD),
    Mutant(_SLICING, "if row and left - row[-1][2] < gap:", "if False:", _test("a_gap_joins_what_is_near")),
    Mutant(_SLICING, "params.width + params.spacing)", "params.width)", _GRID),
    Mutant(_SLICING, "if alpha[box[1] : box[3], box[0] : box[2]].any()]", "]", _GRID),
    Mutant(_SLICING, "if len(cuts) > MAX_OUTPUT_FILES:", "if False:", _test("a_sheet_that_cannot_be_cut_says_why")),
    Mutant(_ASEPRITE, "[*forward, *forward[-2:0:-1]]", "forward", _TAG),
    Mutant(_SKYLINE, "top = max(step.top for step in under)", "top = line[first].top", _OVER),
    Mutant(_SKYLINE, "if step.left + across > width:", "if step.left + across > 2 * width:", _OVER),
    Mutant(_PACKING, "left=box[0],", "left=0,", _FINDS),
    Mutant(_ATLAS_NAMES, """.replace('"', '\\\\"')""", "", _HOSTILE),
    Mutant(
        _PALETTE,
        "pixels[clear] = before[clear]",
        "pass",
        _palette("a_swap_changes_these_colours_alone_in_every_frame"),
        equivalent="what is clear shows no colour",
    ),
    Mutant(
        _LEVELS,
        "gain = min(params.target_lufs - _together(sounds), *room)",
        "gain = params.target_lufs - sounds[0].measured.lufs",
        _sound("sounds_of_a_group_keep_their_distance"),
    ),
    Mutant(_LEVELS, "min(gain, peak) if is_heard", "gain if is_heard", _EACH),
    Mutant(_LOOP, "LoopMark(stretch.start, stretch.end)", "LoopMark(stretch.start, stretch.end - 1)", _SEAM),
    Mutant(_LOOP, "if likeness >= _MIN_LIKENESS", "if True", _NO_LOOP),
    Mutant(_RESULTS, "by_hash.setdefault(result.new.hash, result)", "by_hash[result.path.name] = result", _SHEET),
    Mutant(_RESULTS, "or len(fresh) > allowance.left_files", "", _NO_ROOM),
    Mutant(
        _REQUESTS,
        "WHERE NOT $7 OR chosen.place = 1",
        "",
        _many("files_are_taken_together_in_the_order_they_were_chosen"),
    ),
)
