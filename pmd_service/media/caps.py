"""Limits on a file's size and content, checked before it is decoded (LIBRARY section 7)."""

MIB = 1024**2
GIB = 1024**3

AUDIO_BYTES = 256 * MIB
VIDEO_BYTES = 2 * GIB
# Files of type “other” are never decoded: they take nothing but storage.
BYTES = {"image": 64 * MIB, "audio": AUDIO_BYTES, "video": VIDEO_BYTES, "other": 2 * GIB}

# What a chunk of a PNG may unpack to: profiles with tables have a few megabytes, generators' graphs as well.
PNG_CHUNK_BYTES = 16 * MIB
PIXELS = 64 * 1_000_000
FRAMES = 4096
# Each scan of a JPEG visits all pixels, about 40 ns per 64 of them, however few bytes it has. Ten scans are usual.
SCANS = 100
SCANS_PIXELS = 2_000 * 1_000_000
# Bounds the time to decode an animation to about ten seconds.
FRAMES_PIXELS = 512 * 1_000_000
# All frames of a result are in memory together, four bytes a pixel.
RESULT_FRAMES_PIXELS = 256 * 1_000_000
SIDE = 65_535
DURATION_SECONDS = 6 * 3600.0
AUDIO_CHANNELS = 8
SAMPLE_RATE_HZ = 768_000
