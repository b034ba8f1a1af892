"""What the engines take out of a file, what is refused before it is decoded, and whether the walls are asked for.

Faults behind the walls would not be seen here: a child runs the installed code, not the tree with the fault.
"""

from .mutant import Mutant, tests_of

_ENGINES = "pmd_service/media/engines"
_STRIP = f"{_ENGINES}/strip.py"
_PNG = f"{_ENGINES}/strip_png.py"
_BMP = f"{_ENGINES}/strip_bmp.py"
_GIF = f"{_ENGINES}/gif.py"
_REMUX = f"{_ENGINES}/remux.py"
_PROFILES = f"{_ENGINES}/profiles.py"
_JPEG = f"{_ENGINES}/jpeg.py"
_WALLS = "pmd_service/media/sandbox_policy.py"
_SANDBOX = "pmd_service/media/sandbox.py"
_CHILD = "pmd_service/media/child.py"
_SPARE = "pmd_service/media/spare.py"
_DISCLOSURES = "pmd_service/assets/disclosures.py"
_marks = tests_of("tests/media/test_marks.py")
_walls = tests_of("tests/media/test_sandbox.py")


def _kept(what: str) -> tuple[str]:
    return (
        f"tests/media/test_kept{'_films' * (what == 'film')}.py::test_a_{what}s_properties_survive_or_are_findings",
    )


_IN_SRGB = ("tests/media/test_colours.py::test_colours_become_srgb_without_a_profile_and_are_kept_with_one",)
_TWO = ("tests/media/test_healthy.py::test_a_jpeg_with_a_second_picture_is_a_still_of_the_first",)
_NO_MARK = _marks("no_mark_is_left_anywhere")
_COLOURS = _marks("of_a_profile_its_colours_are_left")
_SAME = _marks("whatever_an_image_is_made_of_stays_the_same")
_OLD = _marks("what_nobody_writes_any_more_keeps_its_pixels_and_no_mark")
_TURN = _marks("only_the_orientation_is_left_of_exif")
_BEHIND = _marks("no_mark_is_left_behind_what_plays")
_TALK = _marks("encoder_messages_between_frames_are_removed")
_STARTS = _walls("a_decoding_worker_starts_only_sandboxed_or_with_a_setting")
_TOLD = _walls("active_and_missing_sandbox_layers_are_reported")
_ALONE = ("tests/media/test_child.py::test_a_file_whose_child_is_killed_is_retried_once_alone",)
_READY = ("tests/media/test_child.py::test_a_child_that_waits_takes_one_batch_and_another_waits_then",)
_NOT_BELIEVED = ("tests/media/test_engine.py::test_a_symlink_as_result_or_an_unknown_source_is_refused",)
_DEEP = ("tests/media/test_deep.py::test_every_value_is_where_it_was",)
_CLEAR = ("tests/media/test_deep.py::test_what_is_clear_gives_its_neighbours_no_colour",)
_GRAIN = ("tests/media/test_denoise.py::test_texture_under_grain_is_never_worse_than_with_the_grain",)
_KINDS = ("tests/assets/test_disclosures.py::test_disclosure_is_listed_once_per_kind_with_its_files",)
_SAME_BYTES = ("tests/media/test_kept_films.py::test_the_same_task_on_a_film_gives_the_same_bytes_with_progress",)

MUTANTS = (
    Mutant(_PNG, "case _ if kind in _KEPT and len(contents[0]) <= _KEPT[kind]:", "case _ if kind in _KEPT:", _NO_MARK),
    Mutant(
        _PNG,
        "case _ if kind in _KEPT and len",
        "case _ if len",
        _NO_MARK,
        equivalent="a chunk that is not kept has no length: an error",
    ),
    Mutant(_PNG, "end += len(piece) - len(reader.unused_data)", "end += len(piece)", _NO_MARK),
    Mutant(_PNG, "if read <= raw_bytes else", "if True else", _NO_MARK),
    Mutant(_PNG, "if header[12] else", "if False else", _OLD),
    Mutant(_PNG, "if exif:", "if False:", _TURN),
    Mutant(_PROFILES, "if name in _READ:", "if True:", _COLOURS),
    Mutant(_PROFILES, "header[begin:end] = bytes(end - begin)", "pass", _COLOURS),
    Mutant(_PROFILES, "return tag[: 12 + 2 * number]", "return tag", _COLOURS),
    Mutant(_STRIP, "if marker in _JPEG_KEPT:", "if marker in _JPEG_KEPT | {0xE0}:", _NO_MARK),
    Mutant(_STRIP, "yield _segment(marker, content[:12])", "yield whole", _NO_MARK),
    Mutant(_STRIP, "yield image_only(data, begin, end)", "yield data[begin:end]", _NO_MARK),
    Mutant(_STRIP, 'b"\\3\\1" + data[begin + 16 : begin + 18] + b"\\0"', "data[begin + 14 : end]", _NO_MARK),
    Mutant(_STRIP, 'data[begin + 3 : begin + 7] + b"\\0"', "data[begin + 3 : end]", _NO_MARK),
    Mutant(_STRIP, "(kind, _frame(content))", "(kind, content)", _NO_MARK),
    Mutant(
        _STRIP, "for kind in _WEBP_PIXELS if kind in found]", "for kind in found if kind not in dict(kept)]", _NO_MARK
    ),
    Mutant(_STRIP, 'page.info = {"icc_profile": profile} if profile else {}', "pass", _COLOURS),
    Mutant(_STRIP, 'kept.append((b"EXIF", exif))', "pass", _TURN),
    Mutant(
        _GIF,
        "if pixels <= 0 and code != ended:",
        "if False:",
        _NO_MARK,
        equivalent="a writer ends its codes with the end",
    ),
    Mutant(_BMP, "data[at : at + used_bytes] + rest", "data[at : at + row_bytes]", _OLD),
    Mutant(_BMP, "if compression not in _MASK_BYTES:", "if False:", _OLD),
    Mutant(_BMP, "data[palette_at : palette_at + masks + colours]]", "data[palette_at:pixels_at]]", _NO_MARK),
    Mutant(_REMUX, "content = trim(before)", "content = before", _BEHIND),
    Mutant(
        _REMUX, "low, high = (low, middle) if", "low, high = (low, high - 1) if", _BEHIND, equivalent="it takes longer"
    ),
    Mutant(_REMUX, "if kind == _USER_DATA_UNREGISTERED:", "if False:", _TALK),
    Mutant(_JPEG, "scans += marker == SCAN", "scans += 0", ("tests/media/test_marks.py::test_scans_are_counted",)),
    Mutant(f"{_ENGINES}/colours.py", "if self._profile is None:", "if True:", _IN_SRGB),
    Mutant(
        f"{_ENGINES}/images.py",
        'image.format not in ("TIFF", *_ONE_OF_SEVERAL)',
        'image.format not in ("TIFF", "PSD")',
        _TWO,
    ),
    Mutant(
        f"{_ENGINES}/tags.py",
        'target.metadata.update(self.comments() if self._file_format == "ogg" else self._tags)',
        "pass",
        _kept("sound"),
    ),
    Mutant(f"{_ENGINES}/video_plan.py", ", *bits_reduced(kept, bits)", "", _kept("film")),
    Mutant(
        f"{_ENGINES}/video_plan.py",
        "cpu-independent=1",
        "cpu-independent=0",
        _SAME_BYTES,
        equivalent="x264's output varies on some CPUs alone",
    ),
    Mutant(f"{_ENGINES}/pictures.py", "self.low = each(self.low) if self.low is not None else None", "pass", _DEEP),
    Mutant(f"{_ENGINES}/deep.py", "bytes([best]) + tried[best]", "bytes([best]) + tried[0]", _DEEP),
    Mutant(
        f"{_ENGINES}/deep.py",
        "larger(_channel(planes, number) * weight)",
        "larger(_channel(planes, number) * 1.0)",
        _CLEAR,
    ),
    Mutant(f"{_ENGINES}/image_metadata.py", "self.findings += bits_reduced(kept, self.bits)", "pass", _kept("picture")),
    Mutant(
        f"{_ENGINES}/denoise_video.py",
        "min(measure_noise(source), temporal_noise(sample))",
        "measure_noise(source)",
        _GRAIN,
    ),
    Mutant(
        f"{_ENGINES}/denoise_video.py",
        "if remaining_error(sample, sigma, filter_) + _ENCODING_ERROR > sigma**2:",
        "if False:",
        _GRAIN,
    ),
    Mutant(f"{_ENGINES}/packing.py", "findings=[*findings.values()])", "findings=[])", _kept("picture")),
    Mutant(f"{_ENGINES}/audio.py", "copier.begin(container)", "pass", _kept("sound")),
    Mutant(f"{_ENGINES}/audio.py", "[*info.losses(codec, file_format), *copier.findings]", "[]", _kept("sound")),
    Mutant(f"{_ENGINES}/image_metadata.py", 'options["pnginfo"] = _png_words(self.words)', "pass", _kept("picture")),
    Mutant("pmd_service/jobs.py", "            require_sandbox(settings)\n", "            pass\n", _STARTS),
    Mutant(_WALLS, 'settings.media_sandbox == "full" and', "", _STARTS),
    Mutant(_SANDBOX, '"Landlock": landlock_version() > 0', '"Landlock": True', _TOLD),
    Mutant(_SPARE, "if child is None or child.returncode is not None:", "if child is None:", _READY),
    Mutant(_SPARE, "child, self._waiting = self._waiting, None", "child = self._waiting", _READY),
    Mutant(_CHILD, "if child.was_killed and not is_alone:", "if child.was_killed:", _ALONE),
    Mutant(_CHILD, "if child.was_killed and not is_alone:", "if False:", _ALONE),
    Mutant("pmd_service/media/engine.py", "file.source >= inputs", "file.source > inputs", _NOT_BELIEVED),
    Mutant(
        "pmd_service/media/probe.py",
        "if form is None or refused.code not in DEADLY:",
        "if form is None:",
        ("tests/media/test_companions.py::test_programs_and_pages_stay_out_whatever_they_are_called",),
    ),
    Mutant(
        _CHILD,
        "            self.is_alive = False\n            return Refused(item, *_TOO_SLOW)",
        "            return Refused(item, *_TOO_SLOW)",
        ("tests/media/test_child.py::test_a_file_that_hangs_ends_by_the_clock",),
    ),
    Mutant(_DISCLOSURES, "AND user_id = $2", "AND $2::int > 0", _KINDS),
    Mutant(_DISCLOSURES, "bool_or(facts ->> 'gps' = 'true')", "bool_or(facts ? 'gps')", _KINDS),
    Mutant(
        f"{_ENGINES}/video_subtitles.py",
        "if end <= self._cut.start or",
        "if begin < self._cut.start or",
        ("tests/media/test_marks_in_time.py::test_a_cut_film_moves_chapters_and_subtitles",),
    ),
    Mutant(
        f"{_ENGINES}/export_images.py",
        "255 * (value >= _HALF)",
        "255 * (value > 0)",
        ("tests/media/test_export.py::test_half_transparency_in_a_gif_is_a_finding",),
    ),
    Mutant(
        f"{_ENGINES}/export_images.py",
        "max(1, round(side * longest / max(size)))",
        "round(side * longest / max(size))",
        ("tests/media/test_export.py::test_the_longest_side_is_reduced_and_nothing_is_enlarged",),
    ),
    Mutant(
        f"{_ENGINES}/audio.py",
        "(self.bits or 0) > _USUAL_BITS",
        "(self.bits or 0) >= _USUAL_BITS",
        ("tests/media/test_export_films.py::test_a_sound_keeps_its_bits_and_no_more",),
    ),
    Mutant(
        f"{_ENGINES}/palette.py",
        "order = np.argsort(-counts, kind",
        "order = np.argsort(counts, kind",
        ("tests/media/test_palettes.py::test_a_pictures_own_palette_is_read_back",),
    ),
    Mutant(
        f"{_ENGINES}/gltf.py",
        'if view.get("buffer", 0) != 0 or not _is_size(at)',
        "if not _is_size(at)",
        ("tests/media/test_drawings.py::test_a_models_picture_in_another_file_is_not_read_from_this_one",),
    ),
    Mutant(
        f"{_ENGINES}/previews.py",
        "key=lambda at: -counts[at])",
        "key=lambda at: counts[at])",
        ("tests/media/test_probe.py::test_a_palette_begins_with_the_most_frequent_colour",),
    ),
    Mutant(
        f"{_ENGINES}/strip_heif.py",
        "data, base + offset",
        "data, offset",
        ("tests/media/test_strip.py::test_an_avif_item_may_have_a_base_before_its_place",),
    ),
    Mutant(
        f"{_ENGINES}/waveform.py",
        "return merged * _BLOCK,",
        "return _BLOCK,",
        ("tests/media/test_probe.py::test_a_peak_of_a_long_sound_stands_for_more_samples",),
    ),
)
