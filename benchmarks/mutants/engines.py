"""Small faults of the engines: fields of formats, options of encoders, roundings, ends, and the order of things."""

from .mutant import Mutant

_ENGINES = "pmd_service/media/engines"
_TASKS = "pmd_service/tasks"


def _by(file: str, test: str) -> tuple[str]:
    return (f"tests/media/test_{file}.py::test_{test}",)


_BITS = _by("healthy", "a_lossy_sound_gets_as_many_bits_as_it_had_and_enough")
_PAIR = _by("healthy", "a_single_channel_gets_the_bits_of_two")
_LOST = _by("healthy", "what_a_codec_cannot_keep_is_a_finding")
_ENDS = _by("marks_in_time", "marks_at_the_ends_of_a_sound_are_within_it")
_CUT = _by("marks_in_time", "a_cut_film_moves_chapters_and_subtitles")
_HUM = _by("denoise", "hum_of_both_mains_is_found_and_goes_by_strength")
_TURNED = _by("denoise", "a_turned_video_is_upright_afterwards")
_THIRD = _by("loops", "the_whole_sound_is_third_at_most_and_bars_before_beats")
_SEAM = _by("loops", "a_loop_stands_where_engines_read_it_and_its_seam_is_silent[wav]")
_TRIMMED = _by("enhance", "a_sound_is_cut_to_the_sample_and_faded")
_TIMES = _by("export", "an_animation_keeps_its_times_in_any_format")
_QUALITY = _by("export", "without_a_quality_only_lossy_formats_lose")
_DIFFUSED = _by("export", "errors_are_diffused_as_floyd_and_steinberg_did")
_ON_WHITE = _by("export_films", "an_animation_becomes_a_film_on_white_with_its_times")
_MOVING = _by("upscale", "an_animation_keeps_times_loop_and_transparency")
_MEASURED = _by("probe", "an_image_turned_by_its_camera_is_measured_as_it_is_seen")
_GODOT = _by("sheets", "godot_gets_an_animation_for_each_picture")
_COUNTED = ("tests/tasks/test_requests.py::test_a_page_counts_all_of_a_group_and_names_its_files",)

MUTANTS = (
    Mutant(f"{_ENGINES}/audio.py", '"flac": 24', '"flac": 32', _LOST),
    Mutant(f"{_ENGINES}/audio.py", "bits=info.bits, min_channels=2", "bits=info.bits, min_channels=1", _PAIR),
    Mutant(f"{_ENGINES}/audio_codecs.py", "min(bit_rate or 0, _MAX_BIT_RATE)", "bit_rate or 0", _BITS),
    Mutant(
        f"{_ENGINES}/ogg.py",
        "segments[start - 1] == _SEGMENT",
        "segments[start] == _SEGMENT",
        _by("loops", "a_page_says_whether_it_goes_on_from_the_one_before"),
    ),
    Mutant(
        f"{_ENGINES}/r128.py",
        "max_peak -= _PEAK_MARGIN_DB",
        "max_peak += _PEAK_MARGIN_DB",
        _by("loops", "peaks_are_limited_a_little_below_the_highest"),
    ),
    Mutant(
        f"{_ENGINES}/levels.py",
        "heard = [sound for sound in sounds if sound.measured.lufs > SILENT_LUFS]",
        "heard = [*sounds]",
        _by("loops", "sounds_of_a_group_keep_their_distance"),
    ),
    Mutant(
        f"{_ENGINES}/enhance_streams.py", "round(operation.end * info.rate)", "int(operation.end * info.rate)", _TRIMMED
    ),
    Mutant(
        f"{_ENGINES}/export_sounds.py",
        "return _copied(source, folder, wanted, keeps_tags=params.metadata)",
        "return _copied(source, folder, wanted, keeps_tags=True)",
        _by("export_films", "tags_are_left_out_where_they_are_not_wanted"),
    ),
    Mutant(f"{_ENGINES}/marks.py", ", length=round(cue.length * share))", ")", _ENDS),
    Mutant(f"{_ENGINES}/marks.py", "if 0 <= cue.at <= end and", "if 0 <= cue.at < end and", _ENDS),
    Mutant(f"{_ENGINES}/riff_marks.py", "round(1e9 / marks.rate)", "round(1e6 / marks.rate)", _SEAM),
    Mutant(
        f"{_ENGINES}/tags.py",
        "cover.width, cover.height, 24",
        "cover.height, cover.width, 24",
        _by("kept", "a_cover_in_ogg_has_its_measures"),
    ),
    Mutant(
        f"{_ENGINES}/denoise_audio.py",
        "self._share = min(1.0, strength / _USUAL_STRENGTH)\n        self._size",
        "self._share = strength / 100\n        self._size",
        _HUM,
    ),
    Mutant(f"{_ENGINES}/noise.py", "_MAINS_HZ = (50, 60)", "_MAINS_HZ = (50,)", _HUM),
    Mutant(
        f"{_ENGINES}/loop_search.py",
        "_OF_BEATS if beats % _BAR else _OF_BARS",
        "_OF_BARS if beats % _BAR else _OF_BEATS",
        _THIRD,
    ),
    Mutant(f"{_ENGINES}/loop_search.py", "for loop in kept[: _WHOLE_AMONG - 1])", "for loop in kept)", _THIRD),
    Mutant(
        f"{_ENGINES}/video_plan.py",
        "(_QUALITY - quality) * _CRF_STEP",
        "(quality - _QUALITY) * _CRF_STEP",
        _by("export_films", "a_video_becomes_smaller_by_side_and_by_quality"),
    ),
    Mutant(f"{_ENGINES}/audio.py", "rematrix_maxval=1:ochl", "ochl", _by("healthy", "mixing_channels_clips_nothing")),
    Mutant(f"{_ENGINES}/video_plan.py", "1 / aspect if rotation in (90, 270) else aspect", "aspect", _TURNED),
    Mutant(
        f"{_ENGINES}/video.py",
        'out.codec_context.codec_tag = "hvc1"',
        "pass",
        _by("export_films", "a_codec_is_kept_when_a_video_is_encoded_again[libx265-hevc-mp4]"),
    ),
    Mutant(
        f"{_ENGINES}/export_films.py",
        '(0, image.width % 2), (0, 0)), mode="edge"',
        '(0, image.width % 2), (0, 0)), mode="constant"',
        _by("export_films", "an_odd_side_of_an_animation_gets_an_edge_more"),
    ),
    Mutant(
        f"{_ENGINES}/export_films.py",
        "at - times[-1] < least",
        "at - times[-1] <= least",
        _by("export_films", "a_gif_has_at_most_50_pictures_a_second[50]"),
    ),
    Mutant(f"{_ENGINES}/export_films.py", "_LIMITED = 6, 1, 13, 1", "_LIMITED = 6, 1, 13, 2", _ON_WHITE),
    Mutant(
        f"{_ENGINES}/denoise_video.py",
        "if sigma < _COARSE or is_deep:",
        "if sigma < _COARSE:",
        _by("denoise", "coarse_grain_has_a_filter_of_its_own_but_in_deep_films"),
    ),
    Mutant(f"{_ENGINES}/probe_streams.py", "picture.rotate(frame.rotation", "picture.rotate(-frame.rotation", _TURNED),
    Mutant(
        f"{_ENGINES}/probe_streams.py",
        "last = max(last, begin + float((packet.duration or 0) * packet.time_base) or begin + usual)",
        "last = begin + float((packet.duration or 0) * packet.time_base) or begin + usual",
        _by("probe", "a_films_duration_is_that_of_the_picture_shown_last"),
    ),
    Mutant(f"{_ENGINES}/video_subtitles.py", "round((last - first) / _UNIT)", "round((end - begin) / _UNIT)", _CUT),
    Mutant(f"{_ENGINES}/images.py", "_SWAPPING = (5, 6, 7, 8)", "_SWAPPING = (6, 8)", _MEASURED),
    Mutant(
        f"{_ENGINES}/images.py",
        'colour if len(colour) < 4 or colour[3] else "transparent"',
        "colour",
        _by("probe", "all_that_is_clear_counts_as_one_colour"),
    ),
    Mutant(f"{_ENGINES}/pictures.py", '{"optimize": False, "disposal": 2}', '{"optimize": False}', _MOVING),
    Mutant(f"{_ENGINES}/pictures.py", '"blend": 0, "default_image"', '"blend": 1, "default_image"', _TIMES),
    Mutant(
        f"{_ENGINES}/pictures.py",
        '"subsampling": 0 if is_full else 2',
        '"subsampling": 2',
        _by("export", "fine_colours_are_whole_from_a_quality_of_90_on"),
    ),
    Mutant(
        f"{_ENGINES}/strip.py",
        "bool(bits >> 28 & 1)",
        "bool(bits >> 27 & 1)",
        _by("rights", "simple_webp_gets_the_header_that_a_packet_needs"),
    ),
    Mutant(
        f"{_ENGINES}/strip.py",
        "bytes([number, len(pieces)])",
        "bytes([number - 1, len(pieces)])",
        _by("strip", "a_jpegs_long_profile_is_in_numbered_segments"),
    ),
    Mutant(
        f"{_ENGINES}/upscale.py",
        "(top_left & (e != c)) | (top_right & (e != a))",
        "(top_left & (e != a)) | (top_right & (e != c))",
        _by("upscale", "corners_are_rounded_as_scale3x_defines"),
    ),
    Mutant(f"{_ENGINES}/quantizing.py", "for share in (7, 3, 5, 1))", "for share in (7, 5, 3, 1))", _DIFFUSED),
    Mutant(
        f"{_ENGINES}/palette.py",
        "astype(np.float32) / 16 - 15 / 32)",
        "astype(np.float32) / 16)",
        _by("palettes", "a_dithered_grey_is_as_bright_as_it_was"),
    ),
    Mutant(
        f"{_ENGINES}/atlas.py",
        "sprite.source_width - sprite.width, sprite.source_height",
        "sprite.source_width - sprite.width - sprite.left, sprite.source_height",
        _GODOT,
    ),
    Mutant(
        f"{_ENGINES}/packing.py",
        "keys.append((each.image.size, hashlib",
        "keys.append(((0, 0), hashlib",
        _by("sheets", "equal_frames_have_one_place_unless_asked_for_each"),
    ),
    Mutant(
        f"{_ENGINES}/aseprite_reader.py",
        "opacity=opacity if self._has_opacity else 255",
        "opacity=opacity",
        _by("aseprite", "old_palettes_grey_and_layers_without_opacity_are_read"),
    ),
    Mutant(
        f"{_ENGINES}/aseprite_sprite.py",
        "(each[0] + each[1].z_index, each[1].z_index)",
        "each[0] + each[1].z_index",
        _by("aseprite", "frames_links_z_indexes_and_groups"),
    ),
    Mutant(
        f"{_ENGINES}/previews.py",
        "self._durations[-1] += duration_ms",
        "pass",
        _by("probe", "a_long_animation_has_a_short_preview_of_the_same_length"),
    ),
    Mutant(
        f"{_ENGINES}/image_metadata.py",
        'if (clear := image.info.get("transparency")) is not None:',
        'if clear := image.info.get("transparency"):',
        _by("colours", "an_indexed_picture_keeps_its_palette_in_its_order"),
    ),
    Mutant(
        f"{_ENGINES}/export_images.py", ' or picture.file_format == "jpg"\n    is_drawn', "\n    is_drawn", _QUALITY
    ),
    Mutant(
        f"{_ENGINES}/comfy_graph.py",
        '"KSamplerAdvanced": ("add_noise", "noise_seed", "", "steps"',
        '"KSamplerAdvanced": ("add_noise", "noise_seed", "steps"',
        _by("recipes", "values_without_names_are_known_by_their_places"),
    ),
    Mutant(
        f"{_ENGINES}/provenance.py",
        " or XMP_PLACE.search(xmp) is not None",
        "",
        _by("probe", "a_place_in_xmp_alone_is_found"),
    ),
    Mutant(
        "pmd_service/media/formats.py",
        'brand in (b"M4A ", b"M4B ")',
        'brand == b"M4A "',
        _by("records", "a_format_is_known_by_its_first_bytes"),
    ),
    Mutant(
        f"{_TASKS}/queries.py",
        "avg(CASE WHEN status IN ('pending', 'running') THEN progress ELSE 100 END)",
        "avg(progress)",
        _COUNTED,
    ),
    Mutant(f"{_TASKS}/queries.py", "min(started_at) AS started_at", "max(started_at) AS started_at", _COUNTED),
    Mutant(
        f"{_TASKS}/kinds.py",
        " * (asset.frame_count or 1) / 1e6",
        " / 1e6",
        ("tests/tasks/test_requests.py::test_kinds_are_listed_with_schema_and_estimate",),
    ),
)
