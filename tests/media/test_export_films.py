"""Videos in another container, size or quality; animations as videos, and back; sound out of videos."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from pmd_service.media import caps
from pmd_service.media.engine import make as in_child
from pmd_service.media.engines import export, video
from pmd_service.media.engines.audio import audio_info, read_chunks
from pmd_service.media.engines.export_films import _evened
from pmd_service.media.engines.streams import decoded, has_alpha
from pmd_service.media.engines.video_plan import Codec, encoder_for
from pmd_service.media.messages import Output, RefusalError, Refused, Work
from pmd_service.media.registry import KINDS

from .conftest import Make, Report
from .files import animation, moving_picture, save_sound, save_video, sprite, tone
from .kept import PQ, film
from .quality import music, si_sdr
from .test_denoise import packets, pictures


def test_cutting_behind_a_videos_end_says_so(tmp_path: Path, make: Make) -> None:
    source = save_video(tmp_path / "short.mp4", moving_picture(12))
    with pytest.raises(RefusalError, match="no picture in the part to keep") as refused:
        make(export.run, source, start=5)
    assert refused.value.code == "bad_trim"


@pytest.mark.parametrize(("kind", "codec"), [("flac", "flac"), ("ogg", "opus"), ("m4a", "aac"), ("mp3", "mp3")])
def test_sound_is_converted(tmp_path: Path, make: Make, kind: str, codec: str) -> None:
    source = save_sound(tmp_path / "tone.wav", np.stack([tone(2), tone(2)]))
    result = make(export.run, source, format=kind)
    shape = audio_info(result)
    assert (result.suffix, shape.codec, shape.channels) == (f".{kind}", codec, 2)
    heard = sum(chunk.shape[1] for chunk in read_chunks(result, shape)) / shape.rate
    assert heard == pytest.approx(2, abs=0.06)


def test_a_sound_keeps_its_bits_and_no_more(tmp_path: Path, make: Make) -> None:
    source = make(export.run, save_sound(tmp_path / "tone.wav", tone(0.1)), format="flac")
    assert (audio_info(source).bits, audio_info(make(export.run, source, format="wav")).bits) == (16, 16)


def test_a_video_is_cut_with_its_sound(tmp_path: Path, make: Make) -> None:
    source = save_video(tmp_path / "film.mp4", moving_picture(36), sound=tone(3))
    result = make(export.run, source, start=1.0, end=2.0)
    times = [float(time) for time, _ in pictures(result)]
    assert len(times) == 12
    assert times[0] == pytest.approx(0, abs=0.01)
    heard = [float(time) for _, time in packets(result)]
    assert -0.05 <= heard[0] <= 0.05
    assert 0.9 <= heard[-1] <= 1.05


@pytest.mark.parametrize(("kind", "codec", "wanted"), [("mkv", "flac", "mp4"), ("mp4", "libmp3lame", "mkv")])
def test_sound_that_a_container_takes_is_not_reencoded(
    tmp_path: Path, make: Make, kind: str, codec: str, wanted: str
) -> None:
    source = save_video(tmp_path / f"film.{kind}", moving_picture(12), sound=tone(1), sound_codec=codec)
    result = make(export.run, source, format=wanted)
    assert [data for data, _ in packets(result)] == [data for data, _ in packets(source)]


def test_a_silent_video_is_converted(tmp_path: Path, make: Make) -> None:
    source = save_video(tmp_path / "silent.mp4", moving_picture(12))
    assert packets_in(make(export.run, source, format="webm")) == 0


def packets_in(film: Path) -> int:
    with av.open(str(film)) as container:
        return len(container.streams.audio)


@pytest.mark.parametrize(
    ("kind", "codec", "wanted", "encoded", "least_db"),
    [
        ("mp4", "aac", "webm", "opus", 30),
        ("mkv", "flac", "webm", "opus", 30),
        ("mov", "pcm_s16le", "mp4", "aac", 24.5),
        ("avi", "pcm_mulaw", "mkv", "flac", 60),
    ],
)
def test_sound_a_container_does_not_take_is_reencoded_in_sync(
    tmp_path: Path, make: Make, kind: str, codec: str, wanted: str, encoded: str, least_db: float
) -> None:
    played = music(3)
    source = save_video(tmp_path / f"film.{kind}", moving_picture(36), sound=played, sound_codec=codec)
    result = make(export.run, source, format=wanted)
    before, after = heard_in(source), heard_in(result)
    with av.open(str(result)) as container:
        assert container.streams.audio[0].codec_context.codec.canonical_name == encoded
    assert len(after) == pytest.approx(len(before), abs=44_100 // 20)
    same = min(len(before), len(after))
    # One sample later is 21 to 24 dB already: it has not moved, and Opus and AAC have changed it as little as they do.
    assert si_sdr(before[:same], after[:same]) >= least_db


def heard_in(film: Path, *, rate: int = 44_100) -> np.ndarray:
    """All samples of a film's sound, silence where it pauses, in one channel and at this rate."""
    pieces = []
    with av.open(str(film)) as container:
        resampler = av.AudioResampler("fltp", "mono", rate)
        for frame in container.decode(audio=0):
            pieces += resampler.resample(frame)
        pieces += resampler.resample(None)
    return np.concatenate([piece.to_ndarray()[0] for piece in pieces])


def test_a_cut_video_keeps_its_sound_in_sync_when_reencoded(tmp_path: Path, make: Make) -> None:
    """The second of three tones: pictures and sound are cut at the same times."""
    tones = np.concatenate([tone(1, hz=300), tone(1, hz=600), tone(1, hz=900)])
    source = save_video(tmp_path / "film.mp4", moving_picture(36), sound=tones)
    result = make(export.run, source, format="webm", start=1.0, end=2.0)
    heard = heard_in(result)
    assert len(heard) == pytest.approx(44_100, abs=2 * 1024 + 1_000)
    assert len(pictures(result)) == 12
    times = [float(time) for _, time in packets(result)]
    assert times[0] == pytest.approx(0, abs=0.03)
    assert times[-1] == pytest.approx(1, abs=0.1)
    spectrum = np.abs(np.fft.rfft(heard[4_000:40_000]))
    assert np.argmax(spectrum) * 44_100 / 36_000 == pytest.approx(600, abs=3)


def test_a_pause_in_the_sound_survives_reencoding(tmp_path: Path, make: Make) -> None:
    source = tmp_path / "paused.mkv"
    save_video(tmp_path / "whole.mkv", moving_picture(36), sound=tone(3), sound_codec="flac")
    with av.open(str(tmp_path / "whole.mkv")) as read, av.open(str(source), "w") as written:
        copies = {stream.index: written.add_stream_from_template(stream) for stream in read.streams}
        for packet in read.demux():
            is_pause = packet.stream.type == "audio" and packet.pts and 1 <= packet.pts * packet.time_base < 2
            if packet.size and not is_pause:
                packet.stream = copies[packet.stream.index]
                written.mux(packet)
    heard = heard_in(make(export.run, source, format="webm"))
    assert len(heard) == pytest.approx(3 * 44_100, abs=5_000)
    assert np.abs(heard[55_000:77_000]).max() < 0.01
    assert np.abs(heard[100_000:120_000]).max() > 0.4


def test_reencoded_sound_is_a_finding(tmp_path: Path) -> None:
    source = save_video(tmp_path / "film.mp4", moving_picture(12), sound=tone(1))
    (tmp_path / "made").mkdir()
    work = Work(source=str(source), folder=str(tmp_path / "made"), params={"format": "webm"})
    (finding,) = export.run(work, lambda _value, _step: None).findings
    assert (finding.code, finding.message) == ("sound_encoded", "The sound is Opus now: WEBM supports no AAC.")


def test_cutting_a_long_film_decodes_only_from_the_last_keyframe(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures_of_film = np.tile(moving_picture(12), (20, 1, 1, 1))
    source = save_video(tmp_path / "long.mkv", pictures_of_film, sound=tone(20))
    read: list[object] = []

    def counted(packet: Any, kind: Any) -> Any:
        read.append(packet)
        return decoded(packet, kind)

    monkeypatch.setattr(video, "decoded", counted)
    result = make(export.run, source, start=3.0, end=4.0)
    assert len(pictures(result)) == 12
    assert len(read) < 120  # of 240


def video_packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(container.streams.video[0]) if packet.size]


@pytest.mark.parametrize(("kind", "codec", "wanted"), [("mkv", "libx264", "mp4"), ("mp4", "libx264", "mkv")])
def test_pictures_that_a_container_takes_are_not_encoded_again(
    tmp_path: Path, report: Report, kind: str, codec: str, wanted: str
) -> None:
    source = save_video(tmp_path / f"film.{kind}", moving_picture(24), sound=tone(2), codec=codec)
    result, findings = report(export.run, source, format=wanted)
    assert len(video_packets(result)) == 24
    before, after = ([float(time) for time, _ in pictures(path)] for path in (source, result))
    assert np.allclose(np.diff(after), np.diff(before), atol=0.0011)
    assert np.array_equal(pictures(result)[7][1], pictures(source)[7][1])
    assert findings == {}


def long_film(path: Path) -> Path:
    """Ten seconds with a keyframe each second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12, options={"crf": "20", "g": "12", "x264-params": "scenecut=0"})
        heard = container.add_stream("aac", rate=44_100)
        assert isinstance(stream, av.VideoStream) and isinstance(heard, av.AudioStream)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        heard.layout = "mono"
        for picture in np.tile(moving_picture(24), (5, 1, 1, 1)):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        container.mux(stream.encode(None))
        frame = av.AudioFrame.from_ndarray(tone(10)[None].astype(np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44_100
        for piece in av.AudioResampler("fltp", "mono", 44_100, frame_size=1024).resample(frame):
            container.mux(heard.encode(piece))
        container.mux(heard.encode(None))
    return path


@pytest.mark.parametrize("kind", ["mp4", "mkv"])
def test_a_cut_at_keyframes_encodes_nothing_and_says_where_it_cut(tmp_path: Path, report: Report, kind: str) -> None:
    source = long_film(tmp_path / f"film.{kind}")
    result, findings = report(export.run, source, start=3.4, end=5.2, at_keyframes=True)
    assert set(video_packets(result)) <= set(video_packets(source))
    seen = pictures(result)
    assert float(seen[0][0]) == pytest.approx(0, abs=0.001)
    begin = [time for time, _ in pictures(source)].index(min(t for t, _ in pictures(source) if t >= 3))
    for number, (_, picture) in enumerate(seen[:24]):
        assert np.array_equal(picture, pictures(source)[begin + number][1]), number
    assert "from 3.000 s to 5." in findings["cut_at_keyframes"]
    assert float(seen[-1][0]) == pytest.approx(2.2, abs=0.26)
    heard = heard_in(result)
    assert len(heard) / 44_100 == pytest.approx(float(seen[-1][0]), abs=0.2)


def test_a_cut_at_keyframes_changes_neither_size_nor_codec(tmp_path: Path, make: Make) -> None:
    source = long_film(tmp_path / "film.mp4")
    for params in ({"longest_side": 32}, {"quality": 50}, {"format": "webm"}):
        with pytest.raises(RefusalError, match="encoded again"):
            make(export.run, source, end=2, at_keyframes=True, **params)
    with pytest.raises(RefusalError, match="no picture"):
        make(export.run, source, start=20, at_keyframes=True)


def test_a_video_becomes_smaller_by_side_and_by_quality(tmp_path: Path, make: Make) -> None:
    source = save_video(tmp_path / "film.mp4", moving_picture(24, noise=8))
    small = make(export.run, source, longest_side=48)
    with av.open(str(small)) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (48, 32)
    high, low = (make(export.run, source, quality=quality) for quality in (82, 30))
    assert low.stat().st_size < high.stat().st_size * 0.7
    codecs: list[Codec] = ["h264", "hevc", "vp9", "av1"]
    for codec in codecs:
        factors = [int(encoder_for(codec, quality)[1]["crf"]) for quality in (1, 30, 82, 100)]
        assert factors == sorted({*factors}, reverse=True)
        assert factors[2] == int(encoder_for(codec)[1]["crf"])


@pytest.mark.parametrize("kind", ["gif", "webp", "png", "avif"])
def test_a_video_becomes_an_animation_with_its_times(tmp_path: Path, report: Report, kind: str) -> None:
    source = save_video(tmp_path / "film.mp4", moving_picture(12), sound=tone(1), rate=10)
    result, findings = report(export.run, source, format=kind, start=0.2, end=0.9, longest_side=48)
    with Image.open(result) as image:
        assert image.size == (48, 32)
        found = [frame.info["duration"] for frame in ImageSequence.Iterator(image) if frame.load()]
    assert [round(each) for each in found] == [100] * 7
    assert "sound_left" in findings


def test_an_interlaced_video_becomes_an_animation_as_long(tmp_path: Path, report: Report) -> None:
    source = film(tmp_path / "halves.mkv", options={"x264-params": "tff=1"})
    result, findings = report(export.run, source, format="webp")
    plain, _ = report(export.run, film(tmp_path / "whole.mkv"), format="webp")
    assert played_ms(result) == played_ms(plain)
    assert "deinterlaced" in findings
    assert "colours_guessed" in report(export.run, film(tmp_path / "bright.mkv", trc=PQ), format="webp")[1]


def played_ms(path: Path) -> list[int]:
    with Image.open(path) as image:
        return [frame.info["duration"] for frame in ImageSequence.Iterator(image) if frame.load()]


@pytest.mark.parametrize("rate", [50, 60])
def test_a_gif_has_at_most_50_pictures_a_second(tmp_path: Path, report: Report, rate: int) -> None:
    source = save_video(tmp_path / "film.mp4", moving_picture(rate), rate=rate)
    result, findings = report(export.run, source, format="gif")
    with Image.open(result) as image:
        times = [frame.info["duration"] for frame in ImageSequence.Iterator(image)]
    assert min(times) >= 20
    assert sum(times) == pytest.approx(1000, abs=30)
    assert ("fewer_frames" in findings) == (rate > 50) == (len(times) < rate)


def see_through(path: Path) -> Path:
    """A disc that moves across nothing, with a half transparent one."""
    frames = []
    for number in range(4):
        frame = Image.new("RGBA", (48, 32))
        frame.paste(sprite(24), (number * 6, 4))
        frame.paste((40, 90, 200, 128), (0, 24, 48, 32))
        frames.append(frame)
    options: dict[str, Any] = {"disposal": 1, "blend": 0} if path.suffix == ".png" else {"lossless": True}
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=[50, 100, 200, 400], loop=0, **options)
    return path


def test_a_see_through_animation_survives_webm_and_the_way_back(tmp_path: Path, report: Report) -> None:
    source = see_through(tmp_path / "moving.png")
    made, findings = report(export.run, source, format="webm", quality=100)
    assert "alpha_left" not in findings
    with av.open(str(made)) as container:
        assert has_alpha(container.streams.video[0])
    back, _ = report(export.run, made, format="webp", quality=100)
    with Image.open(back) as after, Image.open(source) as before:
        number = -1
        for number, pair in enumerate(zip(*map(ImageSequence.Iterator, (before, after)), strict=True)):
            one, other = (np.asarray(image.convert("RGBA")).astype(int) for image in pair)
            assert np.abs(one[..., 3] - other[..., 3]).mean() < 6
            assert after.info["duration"] == [50, 100, 200, 400][number] or number == 3
        assert number == 3


def test_an_animation_becomes_a_film_on_white_with_its_times(tmp_path: Path, report: Report) -> None:
    made, findings = report(export.run, see_through(tmp_path / "moving.webp"), format="mp4")
    assert {"alpha_left", "lossy"} <= findings.keys()
    seen = pictures(made)
    assert [round(float(time) * 1000) for time, _ in seen] == [0, 50, 150, 350]
    with av.open(str(made)) as container:
        assert float((container.duration or 0) / av.time_base) == pytest.approx(0.75, abs=0.01)
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (6, 1, 13, 1)


def test_an_odd_side_of_an_animation_gets_an_edge_more(tmp_path: Path, report: Report) -> None:
    source = animation(tmp_path / "moving.gif", side=17)
    made, findings = report(export.run, source, format="mp4")
    with av.open(str(made)) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (18, 18)
    assert "edge_added" in findings
    odd = np.random.default_rng(1).integers(0, 256, (3, 5, 4), np.uint8)
    assert np.array_equal(
        _evened(Image.fromarray(odd), has_clear=True), np.pad(odd, ((0, 1), (0, 1), (0, 0)), mode="edge")
    )


@pytest.mark.parametrize(
    ("kind", "codec", "wanted", "is_copied"),
    [
        ("mp4", "aac", "m4a", True),
        ("mkv", "libmp3lame", "mp3", True),
        ("mkv", "flac", "mp3", False),
        ("mp4", "aac", "wav", False),
    ],
)
def test_the_sound_comes_out_of_a_video(
    tmp_path: Path, make: Make, kind: str, codec: str, wanted: str, is_copied: bool
) -> None:
    played = music(2)
    source = save_video(tmp_path / f"film.{kind}", moving_picture(24), sound=played, sound_codec=codec)
    result = make(export.run, source, format=wanted)
    assert result.suffix == f".{wanted}"
    sent = [data for data, _ in packets(source)]
    assert ([data for data, _ in packets(result)] == sent) == is_copied
    heard = heard_in(result)
    assert len(heard) == pytest.approx(2 * 44_100, abs=5_000)


def test_a_video_without_sound_has_none_to_save(tmp_path: Path, make: Make) -> None:
    with pytest.raises(RefusalError, match="no sound"):
        make(export.run, save_video(tmp_path / "film.mp4", moving_picture(12)), format="mp3")


def test_tags_are_left_out_where_they_are_not_wanted(tmp_path: Path, make: Make) -> None:
    source = film(tmp_path / "film.mkv")
    for params in ({"format": "mp4"}, {"format": "mp4", "quality": 50}, {"format": "mp3"}, {"format": "ogg"}):
        for keeps, wanted in ((True, "Film"), (False, None)):
            with av.open(str(make(export.run, source, metadata=keeps, **params))) as container:
                tags = {**container.metadata, **container.streams[0].metadata}
                assert {name.lower(): value for name, value in tags.items()}.get("title") == wanted, params


@pytest.mark.parametrize(
    ("encoder", "codec", "kind"),
    [
        ("libx265", "hevc", "mp4"),
        ("libsvtav1", "av1", "mp4"),
        ("libsvtav1", "av1", "webm"),
        ("libvpx-vp9", "vp9", "mkv"),
    ],
)
async def test_a_codec_is_kept_when_a_video_is_encoded_again(
    tmp_path: Path, encoder: str, codec: str, kind: str
) -> None:
    """In the child, whose threads are counted."""
    source = save_video(tmp_path / f"film.{kind}", moving_picture(24, width=128, height=96, noise=8), codec=encoder)
    (tmp_path / "made").mkdir()
    engine = KINDS["export"].engine
    assert engine is not None
    made = await in_child(engine, source, tmp_path / "made", params={"quality": 50})
    assert isinstance(made, Output), made
    with av.open(str(tmp_path / "made" / made.name)) as container:
        context = container.streams.video[0].codec_context
        assert context.codec.canonical_name == codec
        assert codec != "hevc" or context.codec_tag == "hvc1", "the tag that Apple's devices play"
        assert len(list(container.decode(video=0))) == 24


@pytest.mark.parametrize("kind", ["mkv", "webm"])
@pytest.mark.parametrize(
    "params",
    [{"format": "mp4"}, {"format": "mkv"}, {"format": "gif"}, {"format": "wav"}, {"end": 0.4, "at_keyframes": True}],
)
async def test_a_film_that_is_cut_off_gives_what_is_there_or_a_reason(
    tmp_path: Path, kind: str, params: dict[str, Any]
) -> None:
    whole = film(tmp_path / f"film.{kind}", codec="libvpx-vp9" if kind == "webm" else "libx264").read_bytes()
    engine = KINDS["export"].engine
    assert engine is not None
    for number, share in enumerate((0.3, 0.7)):
        source, folder = tmp_path / f"cut{number}.{kind}", tmp_path / f"made{number}"
        source.write_bytes(whole[: int(len(whole) * share)])
        folder.mkdir()
        made = await in_child(engine, source, folder, params=params)
        assert isinstance(made, Output) or (isinstance(made, Refused) and made.code in ("broken", "bad_trim")), made


def test_a_film_of_more_pixels_than_an_animation_may_have_is_refused(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = save_video(tmp_path / "film.mp4", moving_picture(24))
    monkeypatch.setattr(caps, "RESULT_FRAMES_PIXELS", 10 * 96 * 64)
    with pytest.raises(RefusalError, match="megapixels") as refusal:
        make(export.run, source, format="webp")
    assert refusal.value.code == "result_too_large"
