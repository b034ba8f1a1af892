"""Loops, markers, chapters and subtitles: they pass through every task, or the result says what was lost."""

import struct
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
import pytest

from pmd_service.media.engines import enhance, export, levels, loop, riff_marks
from pmd_service.media.engines.audio import audio_info, read_chunks, write_result
from pmd_service.media.engines.mark_reader import read_marks
from pmd_service.media.engines.marks import Cue, Loop, Marks

from .conftest import Make, Report
from .files import save_sound, tone
from .kept import CHAPTERS, SUBTITLES, film
from .quality import music, noise_for
from .test_kept import SOUND_TASKS
from .test_kept_films import FILM_TASKS

RATE = 44_100
MARKS = Marks(
    rate=RATE,
    loops=[Loop(30_000, 60_000)],
    cues=[Cue(25_000, 0, "Verse"), Cue(40_000, 5_000, "Région", "a note")],
    pitch=(57, 0),
)


def marked(path: Path, marks: Marks = MARKS, *, seconds: float = 2.0) -> Path:
    """A WAV with marks."""
    clean = music(seconds)
    save_sound(path, ((clean + noise_for(clean, snr_db=10)) * 0.5).astype(np.float32))
    riff_marks.append_marks(path, marks)
    return path


def wav_with(path: Path, *chunks: tuple[bytes, bytes]) -> Path:
    """A WAV with these chunks behind its samples."""
    save_sound(path, tone(1.0))
    with path.open("r+b") as file:
        file.seek(0, 2)
        file.writelines(kind + struct.pack("<I", len(content)) + content for kind, content in chunks)
        total = file.tell() - 8
        file.seek(4)
        file.write(struct.pack("<I", total))
    return path


def test_marks_behind_a_chunk_of_odd_length_are_read(tmp_path: Path) -> None:
    """A byte fills it up, which its length does not count."""
    chunks = (b"LIST", b"INFOodd\0"), (b"cue ", struct.pack("<III4s3I", 1, 1, 700, b"data", 0, 0, 700))
    path = wav_with(tmp_path / "odd.wav", (b"odd ", b"abc\0"), *chunks)
    data = path.read_bytes()
    path.write_bytes(data.replace(b"odd \4\0\0\0abc\0", b"odd \3\0\0\0abc\0"))
    assert [cue.at for cue in riff_marks.wav_marks(path, RATE).cues] == [700]


# What the parameters of these cut off is another test, and a WAV stays as it is where that is all that is asked for.
UNCUT = [
    task
    for task in SOUND_TASKS
    if '"trim' not in task and not (task.startswith("export") and ('"end":1' in task or '"format":"wav"' in task))
]


@pytest.mark.parametrize("task", UNCUT)
def test_marks_pass_through_every_task_on_a_sound_or_are_findings(tmp_path: Path, report: Report, task: str) -> None:
    engine, params = SOUND_TASKS[task]
    result, findings = report(engine, marked(tmp_path / "song.wav"), **params)
    found = read_marks(result)
    share = found.rate / RATE
    if "loop_left" not in findings:
        (looped,) = found.loops
        if '"start":' not in task:
            assert (looped.start, looped.end) == (round(30_000 * share), round(60_000 * share))
    # Most formats have chapters in milliseconds.
    assert [cue.at / found.rate for cue in found.cues] == pytest.approx([25_000 / RATE, 40_000 / RATE], abs=0.001)
    assert [cue.label for cue in found.cues] == ["Verse", "Région"]
    ends = {cue.length for cue in found.cues if cue.label == "Région"}
    assert (ends == {round(5_000 * share)}) != ("region_ends_left" in findings) or result.suffix == ".mp3"
    assert any(cue.note for cue in found.cues) != ("notes_left" in findings)
    assert (found.pitch == (57, 0)) != ("tempo_left" in findings)


def test_marks_at_the_ends_of_a_sound_are_within_it() -> None:
    marks = Marks(rate=10, loops=[Loop(0, 10), Loop(5, 11), Loop(3, 3)], cues=[Cue(10), Cue(11), Cue(5, 20), Cue(0)])
    found = marks.within(10)
    assert ([*found.loops], [*found.cues], found.damaged) == ([Loop(0, 10)], [Cue(0), Cue(5, 5), Cue(10)], 3)
    twice = found.at_rate(25)
    assert ([*twice.loops], [*twice.cues]) == ([Loop(0, 25)], [Cue(0), Cue(12, 12), Cue(25)])
    part = found.part(5, 10)
    assert ([*part.loops], [*part.cues], part.cut) == ([], [Cue(0, 5), Cue(5)], 2)


def test_level_keeps_a_detected_loop(tmp_path: Path, make: Make) -> None:
    looped = make(loop.run, save_sound(tmp_path / "song.wav", tone(3.0)), start=0.5, end=2.0, format="flac")
    result = make(levels.run, looped, target_lufs=-20.0)
    assert [*read_marks(result).loops] == [Loop(22_050, 88_200)]


def test_a_cut_moves_marks_and_counts_those_that_it_removes(tmp_path: Path, report: Report) -> None:
    marks = msgspec.structs.replace(MARKS, loops=[*MARKS.loops, Loop(0, 10_000)])
    trim = [{"op": "trim", "start": 20_000 / RATE, "end": 70_000 / RATE}]
    result, findings = report(enhance.run, marked(tmp_path / "song.wav", marks), operations=trim)
    found = read_marks(result)
    assert [*found.loops] == [Loop(10_000, 40_000)]
    assert [(cue.at, cue.length, cue.label) for cue in found.cues] == [(5_000, 0, "Verse"), (20_000, 5_000, "Région")]
    assert findings["marks_cut"] == "A loop or marker went with the part of the sound that was cut off."


@pytest.mark.parametrize("names", [("LOOPSTART", "LOOPLENGTH"), ("loopstart", "LOOPEND"), ("LOOP_START", "LOOP_END")])
def test_loops_in_tags_are_read_under_all_their_names(tmp_path: Path, names: tuple[str, str]) -> None:
    source, path = save_sound(tmp_path / "song.wav", tone(2.0)), tmp_path / "song.flac"
    with av.open(str(path), "w") as made, av.open(str(source)) as read:
        stream = made.add_stream("flac", rate=RATE)
        assert isinstance(stream, av.AudioStream)
        start, last = names
        made.metadata.update({start: "1000", last: "50000" if "LENGTH" in last else "51000"})
        for frame in read.decode(audio=0):
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    assert [*read_marks(path).loops] == [Loop(1000, 51_000)]


REST = 0xFFFFFFFF
HOSTILE: dict[str, tuple[bytes, bytes]] = {
    "a cue chunk that announces 4 G entries": (b"cue ", struct.pack("<I", REST) + bytes(24)),
    "a loop past the end": (b"smpl", struct.pack("<9I", *[0] * 7, 1, 0) + struct.pack("<6I", 0, 0, 5, 10**9, 0, 0)),
    "a loop that ends before its start": (
        b"smpl",
        struct.pack("<9I", *[0] * 7, 1, 0) + struct.pack("<6I", 0, 0, 500, 5, 0, 0),
    ),
    "4 G loops in no bytes": (b"smpl", struct.pack("<9I", *[0] * 7, REST, 0)),
    "a list that is longer than the file": (b"LIST", b"adtl" + b"labl" + struct.pack("<II", REST, 1)),
}


@pytest.mark.parametrize("name", [*HOSTILE])
def test_hostile_marks_are_left_out_and_reported(tmp_path: Path, report: Report, name: str) -> None:
    source = wav_with(tmp_path / "bad.wav", HOSTILE[name])
    result, findings = report(levels.run, source, target_lufs=-20.0)
    found = read_marks(result)
    assert not found.loops
    assert ("marks_damaged" in findings) == (not name.startswith("a list"))


def test_tags_that_are_no_numbers_are_no_loop(tmp_path: Path, report: Report) -> None:
    source, tagged = save_sound(tmp_path / "song.wav", tone(1.0)), tmp_path / "song.flac"
    info = audio_info(source)
    write_result(read_chunks(source, info), info, source, tagged, codec="flac", marks=Marks(rate=RATE))
    plain = tagged.read_bytes()
    for number, values in enumerate([("-5", "100"), ("1e3", "100"), ("9" * 40, "1"), ("100", "-50")]):
        path = tmp_path / f"{number}.flac"
        path.write_bytes(with_comments(plain, {"LOOPSTART": values[0], "LOOPLENGTH": values[1]}))
        _, findings = report(levels.run, path, target_lufs=-20.0)
        assert "marks_damaged" in findings, values


def with_comments(flac: bytes, tags: dict[str, str]) -> bytes:
    """A FLAC with only these Vorbis comments, behind its first block."""
    lines = [f"{name}={value}".encode() for name, value in tags.items()]
    body = struct.pack("<II", 0, len(lines)) + b"".join(struct.pack("<I", len(line)) + line for line in lines)
    first, at = flac[4:42], 4
    while not (last := flac[at] & 0x80):
        at += 4 + int.from_bytes(flac[at + 1 : at + 4], "big")
    assert last
    audio = flac[at + 4 + int.from_bytes(flac[at + 1 : at + 4], "big") :]
    return b"fLaC" + bytes([0]) + first[1:] + b"\x84" + len(body).to_bytes(3, "big") + body + audio


def _ms(seconds: Any) -> int:
    return round(1000 * float(seconds))


def times(path: Path) -> tuple[list[Any], list[Any]]:
    """The chapters and the subtitles, in milliseconds."""
    with av.open(str(path)) as read:
        listed: list[Any] = read.chapters()
        chapters = [
            (*(_ms(each[end] * each["time_base"]) for end in ("start", "end")), each["metadata"].get("title"))
            for each in listed
        ]
        texts = [
            (
                *(_ms(at * packet.time_base) for at in (packet.pts, packet.pts + (packet.duration or 0))),
                bytes(packet)[-5:].decode(errors="replace"),
            )
            for packet in read.demux()
            if packet.stream.type == "subtitle" and packet.size > 2 and packet.pts is not None
        ]
    return chapters, texts


@pytest.mark.parametrize(("name", "codec"), [("film.mkv", "subrip"), ("film.mp4", "mov_text")])
@pytest.mark.parametrize("task", [*FILM_TASKS])
def test_chapters_and_subtitles_survive_or_are_findings(
    tmp_path: Path, report: Report, task: str, name: str, codec: str
) -> None:
    engine, params = FILM_TASKS[task]
    result, findings = report(engine, film(tmp_path / name, subtitles=codec, chapters=True), **params)
    chapters, texts = times(result)
    assert [chapter[2] for chapter in chapters] == ["One", "Zwei"]
    assert [begin for begin, _, _ in chapters] == [0, 300]
    wanted = [(*ends, text.encode()[-5:].decode(errors="replace")) for *ends, text in SUBTITLES]
    assert (texts == wanted) != ("tracks_left" in findings), (texts, findings)


def test_subtitles_before_the_first_picture_are_kept(tmp_path: Path, report: Report) -> None:
    source = film(tmp_path / "film.mkv", subtitles="subrip", first_picture=1000)
    result, findings = report(enhance.run, source, operations=[{"op": "sharpen"}])
    assert [text for _, _, text in times(result)[1]] == ["Hello", "örld"], findings


def test_a_cut_film_moves_chapters_and_subtitles(tmp_path: Path, report: Report) -> None:
    source = film(tmp_path / "film.mkv", subtitles="subrip", chapters=True)
    for start, wanted in (
        (0.31, ([(0, 190, "Zwei")], [(40, 190, "örld")])),
        (0.4, ([(0, 100, "Zwei")], [(0, 100, "örld")])),
    ):
        result, findings = report(export.run, source, start=start, end=0.5)
        assert times(result) == wanted, (times(result), CHAPTERS)
        assert "marks_cut" in findings


def test_chapters_out_of_order_are_put_in_order(tmp_path: Path, report: Report) -> None:
    source = film(tmp_path / "film.mkv", chapters=True)
    content = source.read_bytes()
    # The first chapter's title moves to a chapter that begins behind the second.
    times_before = (300_000_000).to_bytes(4, "big")
    assert times_before in content
    source.write_bytes(content.replace(times_before, (900_000_000).to_bytes(4, "big")))
    result, _ = report(enhance.run, source, operations=[{"op": "sharpen"}])
    begins = [begin for begin, _, _ in times(result)[0]]
    assert begins == sorted(begins)
