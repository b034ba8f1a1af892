"""Images, sounds and videos, made for a test."""

import io
import math
import struct
import wave
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soundfile
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image, ImageChops

PALETTE = [(20, 12, 28), (68, 36, 52), (48, 52, 109), (78, 74, 78), (133, 76, 48), (52, 101, 36), (208, 70, 72)]


def sprite(side: int = 64, *, shift: int = 0) -> Image.Image:
    """Pixel art: a disc of a few colours on nothing."""
    image = Image.new("RGBA", (side, side))
    for y in range(side):
        for x in range(side):
            if math.hypot(x - side / 2, y - side / 2) < side * 0.4:
                image.putpixel((x, y), (*PALETTE[(x // 3 + y // 5 + shift) % len(PALETTE)], 255))
    return image


def animation(
    path: Path, *, durations: tuple[int, ...] = (50, 100, 200), side: int = 16, loop: int = 0, step: int = 0
) -> Path:
    """An animated GIF, WebP or PNG, by the path's extension; each frame is so many pixels further to the right."""
    frames = [sprite(side, shift=number) for number in range(len(durations))]
    first, *rest = [ImageChops.offset(frame, step * number, 0) for number, frame in enumerate(frames)]
    options = {"disposal": 2} if path.suffix == ".gif" else {"lossless": True} if path.suffix == ".webp" else {}
    first.save(path, save_all=True, append_images=rest, duration=list(durations), loop=loop, **options)
    return path


def tone(seconds: float = 1.0, *, rate: int = 44_100, hz: float = 440.0, level: float = 0.5) -> np.ndarray:
    """Samples of a sine, −1 to 1."""
    return (np.sin(np.arange(int(seconds * rate)) * 2 * np.pi * hz / rate) * level).astype(np.float32)


def save_sound(path: Path, samples: np.ndarray, *, rate: int = 44_100, codec: str | None = None) -> Path:
    """One channel, or several as rows, as WAV or what the extension says."""
    rows = np.atleast_2d(samples)
    if path.suffix == ".wav":
        with wave.open(str(path), "wb") as file:
            file.setnchannels(len(rows))
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes((rows.T * 32767).round().astype("<i2").tobytes())
        return path
    if codec == "vorbis":
        soundfile.write(path, rows.T, rate, format="OGG", subtype="VORBIS", compression_level=0.5)
        return path
    codecs = {".mp3": "libmp3lame", ".flac": "flac", ".ogg": "libopus", ".m4a": "aac", ".aac": "aac"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec or codecs[path.suffix], rate=rate)
        assert isinstance(stream, AudioStream)
        stream.layout = "mono" if len(rows) == 1 else "stereo"
        for packet in encode_sound(stream, rows, rate):
            container.mux(packet)
    return path


def encode_sound(stream: av.AudioStream, rows: np.ndarray, rate: int) -> "list[av.Packet[AudioStream]]":
    """All packets of a sound; the stream's own resampler cuts frames as its codec wants them."""
    resampler = av.AudioResampler(stream.format.name, stream.layout.name, rate, frame_size=stream.frame_size or 1024)
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(rows, np.float32), format="fltp", layout=stream.layout.name)
    frame.sample_rate = rate
    frame.pts = 0
    frame.time_base = Fraction(1, rate)
    packets = []
    for resampled in [*resampler.resample(frame), *resampler.resample(None)]:
        packets += stream.encode(resampled)
    return packets + list(stream.encode(None))


def moving_picture(frames: int = 24, *, width: int = 96, height: int = 64, noise: float = 0.0) -> np.ndarray:
    """A square wandering over a gradient, grey noise of this standard deviation on top; frames × height × width × 3."""
    random = np.random.default_rng(7)
    ground = np.linspace(40, 200, width)[None, :, None] * np.ones((height, 1, 3)) * np.array([1.0, 0.8, 0.6])
    pictures = np.repeat(ground[None], frames, axis=0)
    for number in range(frames):
        at = 4 + number * (width - 40) // max(frames, 1)
        pictures[number, height // 4 : height // 2, at : at + 24] = (220, 60, 40)
    noisy = pictures + random.normal(0, noise, pictures.shape[:3])[..., None] if noise else pictures
    return noisy.clip(0, 255).astype(np.uint8)


def save_video(
    path: Path,
    pictures: np.ndarray,
    *,
    rate: int = 12,
    sound: np.ndarray | None = None,
    sound_codec: str = "aac",
    times: list[int] | None = None,
    codec: str = "libx264",
    crf: int = 10,
    metadata: dict[str, str] | None = None,
) -> Path:
    """A video of these pictures; ``times`` are milliseconds, where frames do not come evenly."""
    with av.open(str(path), "w") as container:
        container.metadata.update(metadata or {})
        stream = container.add_stream(codec, rate=rate, options={"crf": str(crf)} if "x264" in codec else {})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = pictures.shape[2], pictures.shape[1]
        stream.pix_fmt = "yuv420p"
        if times is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        heard = container.add_stream(sound_codec, rate=44_100) if sound is not None else None
        if heard is not None:
            assert isinstance(heard, AudioStream)
            heard.layout = "mono"
        for number, picture in enumerate(pictures):
            frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            if times is not None:
                frame.pts, frame.time_base = times[number], Fraction(1, 1000)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
        if heard is not None and sound is not None:
            assert isinstance(heard, AudioStream)
            for packet in encode_sound(heard, np.atleast_2d(sound), 44_100):
                container.mux(packet)
    return path


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, *chunks: bytes) -> bytes:
    """A PNG that says it is this large, with these chunks and hardly a pixel in it."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    body = png_chunk(b"IDAT", zlib.compress(b"\0" * 64))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + body + png_chunk(b"IEND", b"")


def deep_png(values: np.ndarray, *more: bytes) -> bytes:
    """A PNG of 16 bits: height × width, or × 2, 3 or 4 channels."""
    rows = values.reshape(*values.shape[:2], -1)
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[rows.shape[2]]
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", rows.shape[1], rows.shape[0], 16, kind, 0, 0, 0))
    body = b"".join(b"\0" + row.astype(">u2").tobytes() for row in rows)
    packed = png_chunk(b"IDAT", zlib.compress(body)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + packed


def tiff_of(pixels: np.ndarray, *, compression: int = 1, body: bytes | None = None, is_big: bool = False) -> bytes:
    """A TIFF or BigTIFF of one strip: height × width, or × 3 channels, of whole or floating-point numbers.

    Args:
        body: the strip, if it is compressed.
    """
    rows = pixels.reshape(*pixels.shape[:2], -1)
    (height, width, channels), body = rows.shape, rows.tobytes() if body is None else body
    word, count, size, first = ("Q", "Q", 20, 16) if is_big else ("I", "H", 12, 8)
    bits, sample = [8 * rows.itemsize] * channels, [3 if rows.dtype.kind == "f" else 1] * channels
    tags = {256: [width], 257: [height], 258: bits, 259: [compression], 262: [2 if channels == 3 else 1], 273: [0]}
    tags |= {277: [channels], 278: [height], 279: [len(body)], 339: sample}
    values_at = first + struct.calcsize(f"={count}") + size * len(tags) + struct.calcsize(f"={word}")
    strip_at = values_at + 2 * 6 * (not is_big and channels == 3) * 2
    entries, more = b"", b""
    for tag, values in (tags | {273: [strip_at]}).items():
        kind, form = (4, "I") if tag in (273, 279) else (3, "H")
        raw = struct.pack(f"<{len(values)}{form}", *values)
        if len(raw) > struct.calcsize(f"={word}"):
            raw, more = struct.pack(f"<{word}", values_at + len(more)), more + raw
        entries += struct.pack(f"<HH{word}", tag, kind, len(values)) + raw.ljust(struct.calcsize(f"={word}"), b"\0")
    head = struct.pack("<2sHHHQ", b"II", 43, 8, 0, first) if is_big else struct.pack("<2sHI", b"II", 42, first)
    directory = struct.pack(f"<{count}", len(tags)) + entries + bytes(struct.calcsize(f"={word}"))
    return head + directory + more.ljust(strip_at - values_at, b"\0") + body


def profile_bomb(unpacked_bytes: int) -> bytes:
    """A PNG of one pixel whose colour profile unpacks to this many bytes, by a block of a megabyte again and again."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(b"\0" * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    times = unpacked_bytes // 1_000_000
    adler = (times * 1_000_000 % 65_521 << 16) + 1
    packed = b"\x78\xda" + block * times + b"\x03\0" + struct.pack(">I", adler)
    return png_of(1, 1, png_chunk(b"iCCP", b"icc\0\0" + packed))


def endless_gif(frames: int) -> bytes:
    """A GIF of this many frames of one pixel, 23 bytes each."""
    control = b"\x21\xf9\x04\x00\x01\x00\x00\x00"
    picture = b"\x2c\0\0\0\0\1\0\1\0\0" + b"\x02\x02\x44\x01\x00"
    return b"GIF89a\1\0\1\0\x80\0\0" + b"\0\0\0\xff\xff\xff" + (control + picture) * frames + b";"


def image_bytes(image: Image.Image, kind: str, **options: object) -> bytes:
    with io.BytesIO() as written:
        image.save(written, kind, **options)
        return written.getvalue()
