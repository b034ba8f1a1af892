"""Marks in time: the loops, markers and chapters of a sound, as they survive cutting, resampling and other formats."""

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import zip_longest
from typing import Any

import msgspec

from ...locales import plural
from ..messages import Finding

MAX_MARKS = 1000
MAX_LABEL = 200
# Formats that hold loops, and those that hold chapters; WAV has markers, which hold the same and more.
_COMMENTED = ("flac", "ogg")
_LOOPED = ("wav", *_COMMENTED)
_WITHOUT_ENDS = (*_COMMENTED, "m4a")
_START, _LENGTH, _END = ((f"LOOP{name}", f"LOOP_{name}", f"LOOP-{name}") for name in ("START", "LENGTH", "END"))
LOOP_TAGS = frozenset(name.lower() for names in (_START, _LENGTH, _END) for name in names)
_PLAYED_ON = 2**63


class Loop(msgspec.Struct, frozen=True):
    """From ``start`` to ``end`` (exclusive) in samples; ``kind`` and ``times`` as in a WAV's “smpl” chunk."""

    start: int
    end: int
    kind: int = 0
    times: int = 0


class Cue(msgspec.Struct, frozen=True):
    """A marker at a sample or, with a length in samples, a region or chapter."""

    at: int
    length: int = 0
    label: str = ""
    note: str = ""


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """All marks of a sound with this sample rate.

    Args:
        pitch: the note of the sample and its fraction, as in a “smpl” chunk.
        tempo: the content of an “acid” chunk.
        damaged: how many lie outside of the sound, or cannot be read.
        cut: how many were lost by cutting.
    """

    rate: int
    loops: Sequence[Loop] = ()
    cues: Sequence[Cue] = ()
    pitch: tuple[int, int] | None = None
    tempo: bytes = b""
    damaged: int = 0
    cut: int = 0

    def within(self, samples: int | None) -> "Marks":
        """Only the marks of a sound of this length, if it is known; the others are damaged."""
        end = _PLAYED_ON if samples is None else samples
        loops = [loop for loop in self.loops if 0 <= loop.start < loop.end <= end][:MAX_MARKS]
        cues = [_ending(cue, end) for cue in self.cues if 0 <= cue.at <= end and cue.length >= 0][:MAX_MARKS]
        lost = len(self.loops) - len(loops) + len(self.cues) - len(cues)
        ordered = sorted(cues, key=lambda cue: cue.at)
        return msgspec.structs.replace(self, loops=loops, cues=ordered, damaged=self.damaged + lost)

    def part(self, begin: int, end: int) -> "Marks":
        """The marks of the part from ``begin`` to ``end``, in samples; only whole loops are kept."""
        loops = [
            msgspec.structs.replace(loop, start=loop.start - begin, end=loop.end - begin)
            for loop in self.loops
            if begin <= loop.start and loop.end <= end
        ]
        cues = [
            _moved(cue, begin, end) for cue in self.cues if begin <= cue.at < end or begin < cue.at + cue.length <= end
        ]
        lost = len(self.loops) - len(loops) + len(self.cues) - len(cues)
        return msgspec.structs.replace(self, loops=loops, cues=cues, cut=self.cut + lost, tempo=b"")

    def at_rate(self, rate: int) -> "Marks":
        """The same marks in samples of another rate."""
        if rate == self.rate:
            return self
        share = Fraction(rate, self.rate)
        loops = [
            msgspec.structs.replace(loop, start=round(loop.start * share), end=round(loop.end * share))
            for loop in self.loops
        ]
        cues = [
            msgspec.structs.replace(cue, at=round(cue.at * share), length=round(cue.length * share))
            for cue in self.cues
        ]
        return msgspec.structs.replace(self, rate=rate, loops=loops, cues=cues)

    def tags(self, file_format: str) -> dict[str, str]:
        """The first loop and the chapters as Vorbis comments."""
        found: dict[str, str] = {}
        if file_format not in _COMMENTED:
            return found
        if self.loops:
            start, end = self.loops[0].start, self.loops[0].end
            found = {"LOOPSTART": str(start), "LOOPLENGTH": str(end - start), "LOOPEND": str(end)}
        # libav reads these, but writes none to FLAC, and to Ogg a second too late.
        for number, cue in enumerate(self.cues):
            hours, ms = divmod(round(Fraction(cue.at * 1000, self.rate)), 3_600_000)
            clock = f"{hours:02}:{ms // 60_000:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
            found |= {f"CHAPTER{number:03}": clock, f"CHAPTER{number:03}NAME": cue.label}
        return found

    def chapters(self, file_format: str) -> list[Any]:
        """The markers as libav's chapters; each lasts to the next one, or as long as its region."""
        if file_format == "wav" or file_format in _COMMENTED:
            return []
        # The first chapter of an MP4 begins with it.
        before = [Cue(0, label=UNNAMED)] if file_format == "m4a" and self.cues and self.cues[0].at else []
        cues = [*before, *self.cues]
        following = [*(cue.at for cue in cues[1:]), max((cue.at + cue.length for cue in cues), default=0)]
        return [
            {
                "id": number,
                "start": cue.at,
                "end": max(cue.at, cue.at + cue.length if cue.length else end),
                "time_base": Fraction(1, self.rate),
                "metadata": {"title": cue.label} if cue.label else {},
            }
            for number, (cue, end) in enumerate(zip(cues, following, strict=False))
        ]

    def _followed(self) -> Iterator[tuple[Cue, int | None]]:
        """Each marker, and where the next one is."""
        yield from zip_longest(self.cues, (cue.at for cue in self.cues[1:]))

    def losses(self, file_format: str) -> list[Finding]:
        """Findings for what was cut off or damaged, and for what the format cannot hold."""
        name, found = file_format.upper(), []
        if self.damaged:
            message = f"{_marks(self.damaged)} could not be read, or not within the sound."
            found.append(Finding("marks_damaged", message))
        if self.cut:
            message = f"{_marks(self.cut)} went with the part of the sound that was cut off."
            found.append(Finding("marks_cut", message))
        if self.loops and file_format not in _LOOPED:
            found.append(Finding("loop_left", f"Its loop stays with the original: {name} has no place for one."))
        elif file_format != "wav" and any(loop != Loop(loop.start, loop.end) for loop in self.loops[:1]) | (
            len(self.loops) > 1
        ):
            message = f"Only its first loop is kept, forward and endless: {name} has no place for more."
            found.append(Finding("loop_left", message))
        if file_format != "wav" and (self.tempo or self.pitch not in (None, USUAL_PITCH)):
            found.append(Finding("tempo_left", f"Its note and tempo stay with the original: {name} has no place."))
        if file_format in _WITHOUT_ENDS and any(
            cue.length and cue.at + cue.length != end for cue, end in self._followed()
        ):
            message = f"Its regions last to the next one now: {name} has no place for their ends."
            found.append(Finding("region_ends_left", message))
        if file_format != "wav" and any(cue.note for cue in self.cues):
            found.append(
                Finding("notes_left", "The notes at its markers stay with the original; their names are kept.")
            )
        return found


# Middle C.
USUAL_PITCH = (60, 0)
# libav writes no chapter to an MP4 that has no name.
UNNAMED = " "
# Chapters that are nearer than this part of a second, and have one name, are one.
_SAME = 200


def _marks(count: int) -> str:
    return plural("A loop or marker", "{number} loops or markers", count)


def _ending(cue: Cue, end: int) -> Cue:
    return cue if cue.at + cue.length <= end else msgspec.structs.replace(cue, length=end - cue.at)


def _moved(cue: Cue, begin: int, end: int) -> Cue:
    first, last = max(cue.at, begin), min(cue.at + cue.length, end)
    return msgspec.structs.replace(cue, at=first - begin, length=max(0, last - first))


def loops_in(tags: Mapping[str, str], samples: int | None) -> tuple[Sequence[Loop], int]:
    """The loop that tags name, and how many of them cannot be read."""
    named = {name.upper(): value for name, value in tags.items() if name.lower() in LOOP_TAGS}
    if not named:
        return (), 0
    start, length, end = (_number(named, names) for names in (_START, _LENGTH, _END))
    if any(value is not None and math.isnan(value) for value in (start, length, end)):
        return (), 1
    begin = int(start or 0)
    last = begin + int(length) if length is not None else int(end) if end is not None else samples
    return ((Loop(begin, last),), 0) if last is not None else ((), 1)


def _number(named: Mapping[str, str], names: Sequence[str]) -> float | None:
    """NaN for what is no number of samples."""
    text = next((named[name] for name in names if name in named), None)
    if text is None:
        return None
    return int(text) if text.strip().isdecimal() and len(text) < 20 else math.nan


def _title(chapter: Any) -> str:
    return str(chapter["metadata"].get("title", "")).strip()[:MAX_LABEL]


def cues_in(chapters: Sequence[Any], rate: int) -> tuple[Sequence[Cue], int]:
    """Chapters in libav's form as markers, and how many cannot be read."""
    cues: list[Cue] = []
    damaged = 0
    # What stands before the first chapter of an MP4 has no name.
    begins = len(chapters) > 1 and not chapters[0]["start"] and not _title(chapters[0])
    for chapter in chapters[begins:MAX_MARKS]:
        start, end = (round(chapter[name] * chapter["time_base"] * rate) for name in ("start", "end"))
        if end < start:
            damaged += 1
            continue
        cue = Cue(start, end - start, _title(chapter))
        # An MP4 may have its chapters twice, in two forms.
        if not any(abs(cue.at - other.at) * _SAME < rate and cue.label == other.label for other in cues):
            cues.append(cue)
    return cues, damaged + max(0, len(chapters) - MAX_MARKS)
