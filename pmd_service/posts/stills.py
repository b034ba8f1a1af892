"""The first frame of an animation, cut out of its file: all that a thumbnail needs of what may be megabytes.

GIF, PNG and WebP store frames one after the other, so that the start of a file, up to the end of its first frame and
with an end marker, is a valid file. Nothing is decoded here: only lengths are read.
"""

import struct
from typing import Final

# A site's largest canvas, 256 × 256, is less than this even where nothing in it could be packed (GIF: 9 bits a pixel
# with its palette; PNG and WebP: 4 bytes a pixel). Larger files are sent whole.
MOST_BYTES: Final = 512 * 1024

_GIF_EXTENSION, _GIF_IMAGE, _GIF_END = 0x21, 0x2C, b"\x3b"
_PNG_SIGNATURE: Final = 8
_PNG_END: Final = b"\x00\x00\x00\x00IEND\xaeB`\x82"
# Chunks that make an animation of a PNG.
_PNG_MOVING = frozenset({b"acTL", b"fcTL", b"fdAT"})
# Metadata after the frames, which is cut off with them, has flags in a WebP's header.
_WEBP_EXIF_AND_XMP = 0x08 | 0x04


def cut_still(head: bytes) -> bytes | None:
    """A file of the first frame alone; None if ``head``, a file's start, is not an animation or ends before."""
    try:
        if head.startswith(b"GIF8"):
            return _cut_gif(head)
        if head.startswith(b"\x89PNG"):
            return _cut_png(head)
        if head.startswith(b"RIFF"):
            return _cut_webp(head)
    except (IndexError, struct.error):  # the frame does not end within the head
        pass
    return None


def _cut_gif(head: bytes) -> bytes | None:
    position = 13 + _palette_bytes(head[10])
    while (kind := head[position]) == _GIF_EXTENSION:
        position = _after_blocks(head, position + 2)
    if kind != _GIF_IMAGE:
        return None
    position += 10 + _palette_bytes(head[position + 9])
    return head[: _after_blocks(head, position + 1)] + _GIF_END


def _palette_bytes(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(head: bytes, position: int) -> int:
    """The position after a GIF's sub-blocks: each begins with its length, and the last is empty."""
    while size := head[position]:
        position += 1 + size
    return position + 1


def _cut_png(head: bytes) -> bytes | None:
    kept, position, has_image, is_animated = [head[:_PNG_SIGNATURE]], _PNG_SIGNATURE, False, False
    while True:
        size, kind = struct.unpack_from(">I4s", head, position)
        if has_image and kind != b"IDAT":
            break
        end = position + 12 + size
        has_image = kind == b"IDAT"
        is_animated |= kind in _PNG_MOVING
        if kind not in _PNG_MOVING:
            kept.append(head[position:end])
        position = end
    return b"".join([*kept, _PNG_END]) if is_animated else None


def _cut_webp(head: bytes) -> bytes | None:
    """The result is an animation of one frame, as the frame may be smaller than the canvas."""
    if head[12:16] != b"VP8X":
        return None
    position = 12
    while True:
        kind, size = struct.unpack_from("<4sI", head, position)
        position += 8 + size + (size & 1)
        if position > len(head):
            return None
        if kind == b"ANMF":
            break
    flags = head[20] & ~_WEBP_EXIF_AND_XMP
    return b"RIFF" + struct.pack("<I", position - 8) + head[8:20] + bytes([flags]) + head[21:position]
