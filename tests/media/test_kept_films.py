"""The contract of faithfulness, of films: walked as that of pictures and sounds is, and the same bytes each time."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from pmd_service.media.engines import denoise_video, enhance, export
from pmd_service.media.engines.streams import has_alpha
from pmd_service.media.messages import Work

from .conftest import Report
from .kept import BT2020, PQ, TIMES, film
from .test_kept import Task

FILM_TASKS: dict[str, Task] = {
    "denoise": (denoise_video.run, {}),
    **{op: (enhance.run, {"operations": [{"op": op}]}) for op in ("sharpen", "colour")},
    **{
        f"to {name}{' again' * bool(more)}": (export.run, {"format": name, **more})
        for name in ("mp4", "webm", "mkv")
        for more in ({}, {"quality": 82})
    },
    "a part": (export.run, {"end": 0.7}),
    "at keyframes": (export.run, {"end": 0.7, "at_keyframes": True}),
}
Film = av.container.InputContainer


def first_picture(film: Film) -> av.VideoFrame:
    frame = next(film.decode(video=0))
    assert isinstance(frame, av.VideoFrame)
    return frame


FILM_PROPERTIES: dict[str, tuple[str, dict[str, Any], Callable[[Film], bool], str]] = {
    "depth": (
        "film.mkv",
        {"pixels": "yuv420p10le"},
        lambda film: film.streams.video[0].format.components[0].bits == 10,
        "fewer_bits",
    ),
    "HDR marks": (
        "film.mkv",
        {"pixels": "yuv420p10le", "trc": PQ},
        lambda film: (
            (context := film.streams.video[0].codec_context).color_trc == PQ and context.color_primaries == BT2020
        ),
        "no",
    ),
    "alpha": (
        "film.webm",
        {"pixels": "yuva420p", "codec": "libvpx-vp9"},
        lambda film: has_alpha(film.streams.video[0]),
        "alpha_left",
    ),
    "full colour": (
        "film.mkv",
        {"pixels": "yuv444p"},
        lambda film: film.streams.video[0].format.name == "yuv444p",
        "chroma_halved",
    ),
    "aspect": (
        "film.mkv",
        {"aspect": Fraction(4, 3)},
        lambda film: film.streams.video[0].codec_context.sample_aspect_ratio == Fraction(4, 3),
        "squared",
    ),
    "interlacing": (
        "film.mkv",
        {"options": {"x264-params": "tff=1"}},
        lambda film: bool(first_picture(film).interlaced_frame),
        "deinterlaced",
    ),
    "odd sides": (
        "film.mkv",
        {"pixels": "yuv444p", "side": (95, 63)},
        lambda film: film.streams.video[0].width == 95,
        "edge_cut",
    ),
    "tracks": (
        "film.mkv",
        {"tracks": 2},
        lambda film: [track.language for track in film.streams.audio] == ["eng", "deu"],
        "no",
    ),
    "tags": (
        "film.mkv",
        {},
        lambda film: (
            {"title": "Film", "artist": "A. B."}.items()
            <= {name.lower(): value for name, value in film.metadata.items()}.items()
        ),
        "no",
    ),
    "frame times": (
        "film.mkv",
        {},
        lambda film: (
            (got := [round(1000 * float(frame.time or 0)) for frame in film.decode(video=0)]) == TIMES[: len(got)]
        ),
        "no",
    ),
}


@pytest.mark.parametrize("task", [*FILM_TASKS])
@pytest.mark.parametrize("name", [*FILM_PROPERTIES])
def test_a_films_properties_survive_or_are_findings(tmp_path: Path, report: Report, task: str, name: str) -> None:
    (file_name, made, is_there, reported), (engine, params) = FILM_PROPERTIES[name], FILM_TASKS[task]
    result, findings = report(engine, film(tmp_path / file_name, **made), **params)
    with av.open(str(result)) as found:
        assert is_there(found) != (reported in findings), findings


@pytest.mark.parametrize("task", [*FILM_TASKS])
def test_the_same_task_on_a_film_gives_the_same_bytes_with_progress(tmp_path: Path, task: str) -> None:
    engine, params = FILM_TASKS[task]
    source, made = film(tmp_path / "film.mkv"), set()
    for number in range(3):
        (folder := tmp_path / f"{number}").mkdir()
        reported: list[float] = []
        work = Work(source=str(source), folder=str(folder), params=params)
        # What an encoder reads without having written it is now something else each time.
        dirt = [np.full(size, number * 85, np.uint8) for size in range(100, 100_000, 997)]
        del dirt
        name = engine(work, lambda value, _step, reported=reported: reported.append(value)).name
        made.add((folder / name).read_bytes())
        assert len({*reported}) > 6
    assert len(made) == 1
