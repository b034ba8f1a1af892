"""The first picture of an animation, cut out of its file: all that a thumbnail needs of what may be megabytes.

GIF, PNG and WebP keep frame behind frame, so that a file's beginning, up to the end of its first frame and with an end
of its own, is a file again. Nothing is decoded: a stranger's bytes are counted here, and looked at in the browser,
which would have been given all of them otherwise.
"""

import struct
from typing import Final

# A site's largest canvas, 256 × 256, is less than this even where nothing in it could be packed (GIF: 9 bits a pixel
# with its palette; PNG and WebP: 4 bytes a pixel). What is larger is sent whole.
MOST_BYTES: Final = 512 * 1024

_GIF_EXTENSION, _GIF_IMAGE, _GIF_END = 0x21, 0x2C, b"\x3b"
_PNG_SIGNATURE: Final = 8
_PNG_END: Final = b"\x00\x00\x00\x00IEND\xaeB`\x82"
# Chunks that make an animation of a PNG.
_PNG_MOVING = frozenset({b"acTL", b"fcTL", b"fdAT"})
# What stands behind the frames, and is cut off with them: a WebP says at its beginning whether it is there.
_WEBP_EXIF_AND_XMP = 0x08 | 0x04


def cut_still(head: bytes) -> bytes | None:
    """A file of the first frame alone; None where ``head``, a file's beginning, is no animation or holds less of it."""
    try:
        if head.startswith(b"GIF8"):
            return _cut_gif(head)
        if head.startswith(b"\x89PNG"):
            return _cut_png(head)
        if head.startswith(b"RIFF"):
            return _cut_webp(head)
    except (IndexError, struct.error):  # the frame ends behind the head, if anywhere
        pass
    return None


def _cut_gif(head: bytes) -> bytes | None:
    position = 13 + _palette_bytes(head[10])
    while (kind := head[position]) == _GIF_EXTENSION:
        position = _behind_blocks(head, position + 2)
    if kind != _GIF_IMAGE:
        return None
    position += 10 + _palette_bytes(head[position + 9])
    return head[: _behind_blocks(head, position + 1)] + _GIF_END


def _palette_bytes(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _behind_blocks(head: bytes, position: int) -> int:
    """Where a GIF's run of blocks ends that begins here: each says its length, and the last one has none."""
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
    """The frame stays one of an animation, of one: it may be smaller than the canvas, and lie anywhere on it."""
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
