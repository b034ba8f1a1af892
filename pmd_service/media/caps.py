"""How large a file's contents may be before anything is decoded (LIBRARY section 7, and what follows from it)."""

MIB = 1024**2
GIB = 1024**3

AUDIO_BYTES = 256 * MIB
VIDEO_BYTES = 2 * GIB
# What is never decoded costs no more than its room.
BYTES = {"image": 64 * MIB, "audio": AUDIO_BYTES, "video": VIDEO_BYTES, "other": 2 * GIB}

PIXELS = 64 * 1_000_000
FRAMES = 4096
# A JPEG's pixels are gone over once a scan, for some 40 ns each 64 of them, however few bytes it has. Usual are ten.
SCANS = 100
SCANS_PIXELS = 2_000 * 1_000_000
# An animation's frames are decoded one after another: this bounds the time of it, some ten seconds.
FRAMES_PIXELS = 512 * 1_000_000
# All frames of a result lie in memory at once, four bytes a pixel.
RESULT_FRAMES_PIXELS = 256 * 1_000_000
SIDE = 65_535
DURATION_SECONDS = 6 * 3600.0
AUDIO_CHANNELS = 8
SAMPLE_RATE_HZ = 768_000
