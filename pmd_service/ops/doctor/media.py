"""Decoding in the sandbox, as uploads and tasks do it.

In a thread: asking the kernel what the sandbox can use.
"""

import asyncio
import io
import struct
import tempfile
import wave
import zlib
from contextlib import aclosing
from pathlib import Path

from ...base.settings import Settings
from ...media.messages import Faulted, Refused
from ...media.modules import MODEL_MODULES, SPEECH_MODULES, missing_modules
from ...media.probe import Candidate, probe_files
from ...media.sandbox import active_layers, missing_layers
from ...media.sandbox_policy import require_sandbox
from ...media.spare import ChildFaultError
from .finding import CheckFailedError


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


# A PNG of 2 × 1 pixels: signature, IHDR, IDAT, IEND.
_PICTURE = b"".join(
    (
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 2, 0, 0, 0)),
        _chunk(b"IDAT", zlib.compress(b"\0" + b"\x10\x20\x30" + b"\x40\x50\x60")),
        _chunk(b"IEND", b""),
    )
)


def _sound() -> bytes:
    """A WAV of one channel, 800 samples at 8 kHz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(1600))
    return file.getvalue()


# What is to be found in each: by another library each is read.
_KNOWN: tuple[tuple[str, bytes, dict[str, object]], ...] = (
    ("PNG", _PICTURE, {"width": 2, "height": 1, "colours": 2}),
    ("WAV", _sound(), {"samplerate_hz": 8000, "channels": 1, "duration_sec": 0.1}),
)


async def _decode_known_files() -> None:
    """Probe them as uploads are probed.

    Raises:
        CheckFailedError: one is not decoded, or wrongly.
    """
    with tempfile.TemporaryDirectory(prefix="pmd-doctor-") as name:
        folder = Path(name)
        candidates = [Candidate(folder / f"known.{kind.lower()}", f"known.{kind.lower()}") for kind, _, _ in _KNOWN]
        for candidate, (_, content, _) in zip(candidates, _KNOWN, strict=True):
            candidate.path.write_bytes(content)
        try:
            async with aclosing(probe_files(candidates, folder)) as probed:
                answers = [answer async for answer in probed]
        except ChildFaultError as error:
            raise CheckFailedError(f"The sandboxed child cannot decode: {_last_line(str(error))}.") from error
    for (kind, _, expected), answer in zip(_KNOWN, answers, strict=True):
        undecoded = f"The sandboxed child cannot decode a {kind}:"
        if isinstance(answer, Refused):
            raise CheckFailedError(f"{undecoded} a valid one was refused. {answer.detail or answer.message}")
        if isinstance(answer, Faulted):
            raise CheckFailedError(f"{undecoded} {_last_line(answer.error)}.")
        found = {name: getattr(answer, name) for name in expected}
        if (answer.file_format, found, len(answer.previews) > 0) != (kind.lower(), expected, True):
            raise CheckFailedError(f"{undecoded} it was measured as {answer.file_format}, {found}.")


def _last_line(error: str) -> str:
    """A traceback's last line is the error itself."""
    return error.strip().rpartition("\n")[2].rstrip(".")


async def check_media(settings: Settings) -> str:
    """Decode a picture and a sound, and report the sandbox's layers."""
    if missing := missing_modules():
        raise CheckFailedError(
            f"Uploads and tasks cannot work: missing {', '.join(missing)}. Install the extra “media”."
        )
    require_sandbox(settings)
    await _decode_known_files()
    detail = f"Files are decoded behind {', '.join(await asyncio.to_thread(active_layers))}."
    if missing := missing_layers():
        detail += f" MEDIA_SANDBOX=partial allows these to be missing: {', '.join(missing)}."
    if missing := missing_modules(MODEL_MODULES):
        detail += f" The model for enlarging is not installed: missing {', '.join(missing)} (extra “ai”)."
    if missing := missing_modules(SPEECH_MODULES):
        detail += f" The model for speech is not installed: missing {', '.join(missing)} (extra “ai”)."
    return detail
