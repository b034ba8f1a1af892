"""Files that artists work with, small ones, for the tests."""

import io
import struct

import av
import numpy as np
from PIL import Image


def psd(image: Image.Image, *, bits: int = 8) -> bytes:
    """A PSD with nothing but its composite, by Adobe's “Photoshop File Formats Specification”."""
    planes = np.moveaxis(np.asarray(image.convert("RGB")), -1, 0)
    body = planes.astype(np.uint8).tobytes() if bits == 8 else (planes.astype(">u2") * 257).tobytes()
    head = struct.pack(">4sH6xHIIHH", b"8BPS", 1, 3, image.height, image.width, bits, 3)
    return head + struct.pack(">III", 0, 0, 0) + struct.pack(">H", 0) + body


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def old_tga(image: Image.Image) -> bytes:
    """Without the footer that says what it is."""
    data = saved(image, "TGA")
    assert data.endswith(b"TRUEVISION-XFILE.\0")
    return data[:-26]


def aiff(seconds: float = 0.2, rate: int = 8000) -> bytes:
    data = io.BytesIO()
    with av.open(data, "w", format="aiff") as container:
        stream = container.add_stream("pcm_s16be", rate=rate)
        samples = (np.sin(np.arange(int(rate * seconds)) / 5) * 9000).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return data.getvalue()


TILE_MAP = b'<?xml version="1.0" encoding="UTF-8"?>\n<map version="1.10" width="2" height="2"><layer/></map>\n'
CC0_NOTE = b"Arcade pack\n\nLicense: (Creative Commons Zero, CC0)\nhttp://creativecommons.org/publicdomain/zero/1.0/\n"
