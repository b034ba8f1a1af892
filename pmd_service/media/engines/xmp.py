"""An XMP packet with what a copy says about AI, in the forms that carry one.

``plus:DataMining`` is PLUS's vocabulary (LDF 2.0.1), ``Iptc4xmpExt:DigitalSourceType`` IPTC's (Photo Metadata Standard
2023.1); how files carry a packet is XMP's part 3, section 1.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator

from ..rights import Rights

_PLUS = "http://ns.useplus.org/ldf/vocab"
_SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype"
_SOURCE = {"generated": "trainedAlgorithmicMedia", "assisted": "compositeWithTrainedAlgorithmicMedia"}
# In a GIF: whatever byte a reader takes for the length of a block, it arrives at the end.
_GIF_TRAILER = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
_JPEG_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
TIFF_TAG = 700


def packet(rights: Rights) -> bytes:
    """The packet; empty where there is nothing to say."""
    if not rights.is_stated:
        return b""
    stated = []
    if rights.opts_out:
        stated.append(f"<plus:DataMining>{_PLUS}/DMI-PROHIBITED-AIMLTRAINING</plus:DataMining>")
    if (source := _SOURCE.get(rights.disclosure or "")) is not None:
        stated.append(
            f"<Iptc4xmpExt:DigitalSourceType>{_SOURCES}/{source}</Iptc4xmpExt:DigitalSourceType>",
        )
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">'
        f'{"".join(stated)}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


def png_chunk(xmp: bytes) -> bytes:
    """An iTXt chunk, not compressed."""
    content = b"iTXtXML:com.adobe.xmp" + bytes(5) + xmp
    return struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))


def jpeg_segment(xmp: bytes) -> bytes:
    content = _JPEG_HEAD + xmp
    return struct.pack(">BBH", 0xFF, 0xE1, len(content) + 2) + content


def gif_with(parts: Iterable[bytes], xmp: bytes) -> Iterator[bytes]:
    """The parts of a GIF, of which the first is its header, with the packet after it."""
    first, *rest = parts
    yield b"GIF89a" + first[6:]  # older ones have no extensions
    yield b"\x21\xff\x0bXMP DataXMP" + xmp + _GIF_TRAILER
    yield from rest


def webp_header(size: tuple[int, int], *, has_alpha: bool) -> bytes:
    """The extended header of a still image that has none."""
    width, height = ((side - 1).to_bytes(3, "little") for side in size)
    return bytes([0x10 if has_alpha else 0, 0, 0, 0]) + width + height
