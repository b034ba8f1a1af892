"""Decoding in the sandbox, as uploads and tasks do it.

In a thread: asking the kernel what the sandbox can use.
"""

import asyncio
import struct
import tempfile
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
_UNDECODED = "The sandboxed child cannot decode a picture:"


async def _decode_known_picture() -> None:
    """Probe it as uploads are probed.

    Raises:
        CheckFailedError: it is not decoded, or wrongly.
    """
    with tempfile.TemporaryDirectory(prefix="pmd-doctor-") as name:
        folder = Path(name)
        path = folder / "known.png"
        path.write_bytes(_PICTURE)
        try:
            async with aclosing(probe_files([Candidate(path, path.name)], folder)) as answers:
                answer = await anext(answers)
        except ChildFaultError as error:
            raise CheckFailedError(f"{_UNDECODED} {_last_line(str(error))}.") from error
    if isinstance(answer, Refused):
        raise CheckFailedError(f"{_UNDECODED} a valid PNG was refused. {answer.message}")
    if isinstance(answer, Faulted):
        raise CheckFailedError(f"{_UNDECODED} {_last_line(answer.error)}.")
    found = (answer.file_format, answer.width, answer.height, answer.colours, len(answer.previews) > 0)
    if found != ("png", 2, 1, 2, True):
        raise CheckFailedError(f"{_UNDECODED} a PNG of 2 × 1 pixels was measured as {found}.")


def _last_line(error: str) -> str:
    """A traceback's last line is the error itself."""
    return error.strip().rpartition("\n")[2].rstrip(".")


async def check_media(settings: Settings) -> str:
    """Decode a picture, and report the sandbox's layers."""
    if missing := missing_modules():
        raise CheckFailedError(
            f"Uploads and tasks cannot work: missing {', '.join(missing)}. Install the extra “media”."
        )
    require_sandbox(settings)
    await _decode_known_picture()
    detail = f"Files are decoded behind {', '.join(await asyncio.to_thread(active_layers))}."
    if missing := missing_layers():
        detail += f" MEDIA_SANDBOX=partial allows these to be missing: {', '.join(missing)}."
    if missing := missing_modules(MODEL_MODULES):
        detail += f" The model for enlarging is not installed: missing {', '.join(missing)} (extra “ai”)."
    if missing := missing_modules(SPEECH_MODULES):
        detail += f" The model for speech is not installed: missing {', '.join(missing)} (extra “ai”)."
    return detail
