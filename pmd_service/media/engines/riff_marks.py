"""The marks of WAV files: “smpl” (loops), “cue ” with “adtl” (markers, regions, labels), “acid” (tempo).

By the Multimedia Programming Interface 1.0 (1991), and the Multimedia Data Standards Update (1994).
"""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from .marks import MAX_LABEL, MAX_MARKS, USUAL_PITCH, Cue, Loop, Marks

# A chunk of marks is never longer; a file has fewer chunks.
_MAX_BYTES, _MAX_CHUNKS = 1024**2, 1000
_KEPT = (b"smpl", b"cue ", b"LIST", b"acid")
_LOOP, _CUE = struct.Struct("<6I"), struct.Struct("<II4s3I")
_SMPL_BYTES, _ACID_BYTES, _REGION_BYTES = 36, 24, 20
_REST = 0xFFFFFFFF
_ENCODING = "utf-8"


def wav_marks(path: Path, rate: int) -> Marks:
    """The marks of a WAV, as they stand in it; what is no whole chunk is left out."""
    loops: list[Loop] = []
    cues: dict[int, Cue] = {}
    found: dict[bytes, bytes] = {}
    texts: list[bytes] = []
    with path.open("rb") as file:
        for kind, content in _chunks(file):
            if kind == b"LIST":
                texts += [content[4:]] if content.startswith(b"adtl") else []
            else:
                found.setdefault(kind, content)
    smpl, listed = found.get(b"smpl", b""), found.get(b"cue ", b"")
    count, pitch = 0, None
    if len(smpl) >= _SMPL_BYTES:
        note, fraction, _, _, count = struct.unpack_from("<5I", smpl, 12)
        pitch = (note, fraction)
        for _, direction, start, end, _, times in _each(_LOOP, smpl[_SMPL_BYTES:], count):
            loops.append(Loop(start, end + 1, direction, times))
    named = int.from_bytes(listed[:4], "little")
    for number, _, _, _, _, at in _each(_CUE, listed[4:], named):
        cues[number] = Cue(at)
    for text in texts:
        _name(cues, text)
    damaged = min(MAX_MARKS, count) - len(loops) + max(0, min(MAX_MARKS, named) - len(cues))
    tempo = found.get(b"acid", b"")[:_ACID_BYTES]
    return Marks(
        rate=rate,
        loops=loops,
        cues=[*cues.values()],
        pitch=pitch,
        tempo=tempo if len(tempo) == _ACID_BYTES else b"",
        damaged=damaged,
    )


def _chunks(file: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of marks."""
    size = file.seek(0, 2)
    long_data, at = None, 12
    for _ in range(_MAX_CHUNKS):
        if at + 8 > size:
            return
        file.seek(at)
        kind, length = struct.unpack("<4sI", file.read(8))
        if kind == b"ds64":
            long_data = int.from_bytes(file.read(16)[8:], "little")
        if kind == b"data" and length == _REST and long_data is not None:
            length = long_data
        if kind in _KEPT:
            yield kind, file.read(min(length, _MAX_BYTES))
        at += 8 + length + (length & 1)


def _each(form: struct.Struct, content: bytes, count: int) -> Iterator[Sequence[int]]:
    """The records that a chunk announces, as far as it has them."""
    for number in range(min(count, MAX_MARKS, len(content) // form.size)):
        yield form.unpack_from(content, number * form.size)


def _name(cues: dict[int, Cue], listed: bytes) -> None:
    """Give the markers the labels, notes and lengths of an “adtl” list."""
    at = 0
    for _ in range(3 * MAX_MARKS):
        if at + 12 > len(listed):
            return
        kind, length, number = struct.unpack_from("<4sII", listed, at)
        content = listed[at + 12 : at + 8 + length]
        at += 8 + length + (length & 1)
        if (cue := cues.get(number)) is None:
            continue
        if kind == b"labl":
            cues[number] = Cue(cue.at, cue.length, _text(content), cue.note)
        elif kind == b"note":
            cues[number] = Cue(cue.at, cue.length, cue.label, _text(content))
        elif kind == b"ltxt" and len(content) >= 4:
            label = cue.label or _text(content[_REGION_BYTES - 4 :])
            cues[number] = Cue(cue.at, int.from_bytes(content[:4], "little"), label, cue.note)


def _text(content: bytes) -> str:
    """UTF-8 or, in older files, Latin-1."""
    content = content.partition(b"\0")[0][: 4 * MAX_LABEL]
    try:
        return content.decode(_ENCODING)[:MAX_LABEL]
    except UnicodeDecodeError:
        return content.decode("latin-1")[:MAX_LABEL]


def append_marks(path: Path, marks: Marks) -> None:
    """Write the marks behind a WAV's other chunks."""
    content = b"".join(_chunk(kind, body) for kind, body in _written(marks))
    if not content:
        return
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        file.write(b"\0" * (size & 1) + content)
        total = file.tell() - 8
        # RF64 has its size elsewhere, and its readers go by the file's end.
        file.seek(0)
        if file.read(4) == b"RIFF":
            file.seek(4)
            file.write(struct.pack("<I", total))


def _written(marks: Marks) -> Iterator[tuple[bytes, bytes]]:
    if marks.loops or marks.pitch is not None:
        note, fraction = marks.pitch or USUAL_PITCH
        head = struct.pack("<9I", 0, 0, round(1e9 / marks.rate), note, fraction, 0, 0, len(marks.loops), 0)
        # The end is inclusive.
        rows = [
            _LOOP.pack(at, each.kind, each.start, each.end - 1, 0, each.times) for at, each in enumerate(marks.loops)
        ]
        yield b"smpl", head + b"".join(rows)
    if marks.cues:
        rows = [_CUE.pack(number, cue.at, b"data", 0, 0, cue.at) for number, cue in enumerate(marks.cues, 1)]
        yield b"cue ", struct.pack("<I", len(rows)) + b"".join(rows)
        parts = [part for number, cue in enumerate(marks.cues, 1) for part in _described(number, cue)]
        if parts:
            yield b"LIST", b"adtl" + b"".join(parts)
    if marks.tempo:
        yield b"acid", marks.tempo


def _described(number: int, cue: Cue) -> Iterator[bytes]:
    head = struct.pack("<I", number)
    for kind, text in ((b"labl", cue.label), (b"note", cue.note)):
        if text:
            yield _chunk(kind, head + text.encode(_ENCODING) + b"\0")
    if cue.length:
        yield _chunk(b"ltxt", head + struct.pack("<I4s4H", cue.length, b"rgn ", 0, 0, 0, 0))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) & 1)
