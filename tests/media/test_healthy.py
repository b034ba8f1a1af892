"""Files that are healthy although they are odd: each is taken, and seen or heard as players show it."""

from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
import pytest
from PIL import Image, ImageSequence

from pmd_service.media.engines import denoise_video, enhance, export, upscale
from pmd_service.media.engines.audio import AudioInfo, audio_info, read_chunks, write_sound
from pmd_service.media.engines.audio_codecs import add_sound
from pmd_service.media.engines.gif import IMAGE, gif_blocks
from pmd_service.media.engines.r128 import measure
from pmd_service.media.probe_result import ProbeResult

from .conftest import Make, Probe, Report
from .files import animation, moving_picture, save_sound, sprite, tone
from .test_probe import probed


def noise(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 40).convert("RGB")


@pytest.mark.parametrize("side", [40, 200])
async def test_a_jpeg_with_a_second_picture_is_a_still_of_the_first(
    probe: Probe, make: Make, tmp_path: Path, side: int
) -> None:
    path = tmp_path / "two.jpg"
    noise(200, 200).save(path, "MPO", save_all=True, append_images=[noise(side, side)])
    found = await probed(probe, path)
    assert (found.width, found.height, found.frame_count, found.animated) == (200, 200, 1, False)
    assert [finding.code for finding in found.findings] == ["more_pictures"]
    with Image.open(make(upscale.run, path, factor=2)) as after:
        assert (after.format, after.size, getattr(after, "n_frames", 1)) == ("PNG", (400, 400), 1)


async def test_a_gif_s_frame_that_reaches_over_the_edge_is_cut_there(probe: Probe, make: Make, tmp_path: Path) -> None:
    source = animation(tmp_path / "over.gif", durations=(50, 60, 70), side=16)
    data = bytearray(source.read_bytes())
    second = [begin for kind, begin, _ in gif_blocks(bytes(data)) if kind == IMAGE][1]
    data[second + 1 : second + 3] = (8).to_bytes(2, "little")
    source.write_bytes(data)
    found = await probed(probe, source)
    assert (found.width, found.height, found.frame_count, found.duration_sec) == (16, 16, 3, 0.18)
    with Image.open(make(upscale.run, source, factor=2)) as after:
        assert [frame.size for frame in ImageSequence.Iterator(after)] == [(32, 32)] * 3


async def test_an_animated_png_s_hidden_picture_is_not_one_of_its_frames(
    probe: Probe, make: Make, tmp_path: Path
) -> None:
    frames = [sprite(16, shift=number) for number in range(3)]
    hidden, path = Image.new("RGBA", (16, 16), "red"), tmp_path / "hidden.png"
    hidden.save(path, save_all=True, append_images=frames, default_image=True, duration=[50, 100, 200])
    found = await probed(probe, path)
    assert (found.frame_count, found.duration_sec, found.colours) == (3, 0.35, 8)
    with Image.open(make(upscale.run, path, factor=2)) as after:
        assert [frame.info["duration"] for frame in ImageSequence.Iterator(after)] == [50, 100, 200]


def film_cut(folder: Path, *, codec: str, kind: str, begin: int, end: int) -> Path:
    """Pictures ``begin`` to ``end`` of 36, whose every twelfth is a key, packet by packet."""
    whole, part = folder / f"whole.{kind}", folder / f"part.{kind}"
    pictures = moving_picture(36, noise=15)
    with av.open(str(whole), "w") as container:
        stream = container.add_stream(codec, rate=12, options={"g": "12", "bf": "0", "sc_threshold": "0"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    with av.open(str(whole)) as read, av.open(str(part), "w") as written:
        copy = written.add_stream_from_template(read.streams.video[0])
        packets = [packet for packet in read.demux(video=0) if packet.size]
        for packet in packets[begin:end]:
            packet.stream = copy
            written.mux(packet)
    return part


@pytest.mark.parametrize("kind", ["mp4", "mkv"])
@pytest.mark.parametrize(("begin", "end"), [(5, 36), (5, 11)])
async def test_a_film_cut_between_keyframes_is_probed_with_all_its_frames(
    probe: Probe, make: Make, tmp_path: Path, kind: str, begin: int, end: int
) -> None:
    source = film_cut(tmp_path, codec="libx264", kind=kind, begin=begin, end=end)
    found = await probe(source)
    assert isinstance(found, ProbeResult), found
    assert found.frame_count == end - begin
    with av.open(str(make(denoise_video.run, source))) as container:
        pictures = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert len(pictures) == end - begin
    assert np.std(pictures[-1]) > 1


LAYOUTS = {"mono": 1, "stereo": 2, "3.0": 3, "quad": 4, "5.0": 5, "5.1(side)": 6, "6.1": 7, "7.1": 8}


def sound(path: Path, *, rate: int, layout: str, seconds: float = 1.0, bits: int = 16) -> Path:
    """A FLAC with a tone of its own in each channel."""
    rows = np.stack([tone(seconds, rate=rate, hz=200 * (number + 1)) for number in range(LAYOUTS[layout])])
    shape = AudioInfo(
        rate=rate, layout=layout, channels=len(rows), file_format="wav", codec="", seconds=seconds, bits=bits
    )
    write_sound([rows], shape, path, codec="flac")
    return path


@pytest.mark.parametrize("wanted", ["mp3", "m4a", "ogg", "wav"])
@pytest.mark.parametrize("layout", [*LAYOUTS])
def test_any_channel_count_is_converted_or_mixed_down_with_a_finding(
    tmp_path: Path, report: Report, layout: str, wanted: str
) -> None:
    source = sound(tmp_path / "many.flac", rate=44_100, layout=layout)
    result, reported = report(export.run, source, format=wanted)
    shape = audio_info(result)
    samples = np.concatenate([*read_chunks(result, shape)], axis=1)
    assert samples.shape[1] / shape.rate == pytest.approx(1, abs=0.08)
    assert (np.abs(samples).max(axis=1) > 0.1).sum() >= min(2, LAYOUTS[layout])
    assert ("downmixed" in reported) == (shape.channels < LAYOUTS[layout])
    assert shape.channels == 2 if wanted == "mp3" and LAYOUTS[layout] > 2 else shape.channels >= LAYOUTS[layout] - 1


@pytest.mark.parametrize(
    ("rate", "wanted", "kept"),
    [
        *((96_000, "mp3", 48_000), (192_000, "mp3", 48_000), (88_200, "mp3", 44_100), (37_800, "mp3", 44_100)),
        *((96_000, "m4a", 96_000), (192_000, "m4a", 96_000), (192_000, "ogg", 48_000), (192_000, "wav", 192_000)),
    ],
)
def test_any_sample_rate_is_converted_and_another_one_is_a_finding(
    tmp_path: Path, report: Report, rate: int, wanted: str, kept: int
) -> None:
    source = sound(tmp_path / "high.flac", rate=rate, layout="stereo")
    result, reported = report(export.run, source, format=wanted)
    shape = audio_info(result)
    assert shape.rate == kept
    assert ("resampled" in reported) == (kept != rate)
    played = np.concatenate([*read_chunks(result, shape)], axis=1)[0, :kept]
    assert np.argmax(np.abs(np.fft.rfft(played, kept))) == pytest.approx(200, abs=1)


BIT_RATES = [
    *(("aac", "stereo", 2, None, 192_000), ("aac", "mono", 2, None, 192_000), ("aac", "mono", 1, None, 96_000)),
    *(("libmp3lame", "stereo", 2, 256_000, 256_000), ("aac", "stereo", 2, 64_000, 192_000)),
    *(("aac", "stereo", 2, 500_000, 320_000), ("libopus", "5.1", 2, 320_000, 576_000)),
]


@pytest.mark.parametrize(("encoder", "layout", "least", "before", "wanted"), BIT_RATES)
def test_a_lossy_sound_gets_as_many_bits_as_it_had_and_enough(
    tmp_path: Path, encoder: str, layout: str, least: int, before: int | None, wanted: int
) -> None:
    options: dict[str, Any] = {"bits": None, "min_channels": least, "bit_rate": before}
    with av.open(str(tmp_path / "a.mkv"), "w") as made:
        assert add_sound(made, encoder, 48_000, layout, **options).bit_rate == wanted


def test_a_single_channel_gets_the_bits_of_two(tmp_path: Path, make: Make) -> None:
    assert audio_info(make(export.run, save_sound(tmp_path / "a.wav", tone(0.5)), format="mp3")).bit_rate == 192_000


LOSSES: list[tuple[dict[str, Any], str, set[str]]] = [
    ({"bits": 32}, "flac", {"fewer_bits"}),
    ({"bits": 24}, "flac", set()),
    ({"bits": 24}, "pcm_s16le", {"fewer_bits"}),
    ({"bits": 32}, "pcm_f32le", set()),
    ({"bits": 16}, "libopus", {"lossy"}),
    ({}, "libopus", {"encoded_again"}),
    ({"rate": 96_000}, "libopus", {"resampled", "encoded_again"}),
    ({"rate": 44_100}, "libopus", {"resampled", "encoded_again"}),
    ({"layout": "5.1", "channels": 6}, "libmp3lame", {"downmixed", "encoded_again"}),
    ({"layout": "6.1", "channels": 7}, "aac", {"downmixed", "encoded_again"}),
]


@pytest.mark.parametrize(("source", "codec", "reported"), LOSSES)
def test_what_a_codec_cannot_keep_is_a_finding(source: dict[str, Any], codec: str, reported: set[str]) -> None:
    usual = AudioInfo(rate=48_000, layout="stereo", channels=2, file_format="wav", codec="", seconds=1.0)
    info = msgspec.structs.replace(usual, **source)
    assert {finding.code for finding in info.losses(codec, "mp3")} == reported


def test_mixing_channels_clips_nothing(tmp_path: Path, make: Make) -> None:
    rows = np.stack([tone(1, level=1.0)] * 6)
    shape = AudioInfo(rate=44_100, layout="5.1", channels=6, file_format="wav", codec="", seconds=1)
    write_sound([rows], shape, tmp_path / "loud.flac", codec="flac")
    result = make(export.run, tmp_path / "loud.flac", format="mp3")
    played = np.concatenate([*read_chunks(result, audio_info(result))], axis=1)
    assert 0.9 < np.abs(played).max() <= 1.02
    assert np.std(played) == pytest.approx(np.sqrt(0.5), abs=0.05), "a sine, and no square"


@pytest.mark.parametrize("seconds", [0.05, 0.1, 0.3, 0.39, 0.5, 1.0])
def test_a_short_sound_is_as_loud_as_the_same_for_longer(seconds: float) -> None:
    """A steady sound has one loudness, however long; R128 begins at 0.4 s."""
    noise = np.random.default_rng(3).normal(0, 0.05, (1, 3 * 44_100)).astype(np.float32)
    shape = AudioInfo(rate=44_100, layout="mono", channels=1, file_format="wav", codec="", seconds=seconds)
    long, short = (measure([noise[:, : int(44_100 * each)]], shape).lufs for each in (3, seconds))
    assert short == pytest.approx(long, abs=0.6)


@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.39])
def test_a_short_sound_is_normalized_and_no_peak_is_too_high(tmp_path: Path, make: Make, seconds: float) -> None:
    fading = np.linspace(1, 0, int(44_100 * seconds)) ** 2
    noise = np.random.default_rng(3).normal(0, 0.02, len(fading)) * fading
    result = make(enhance.run, save_sound(tmp_path / "hit.wav", noise), operations=[{"op": "normalize"}])
    shape = audio_info(result)
    loudness = measure(read_chunks(result, shape), shape)
    assert loudness.lufs == pytest.approx(-16, abs=1.0)
    assert loudness.peak_db <= -1
