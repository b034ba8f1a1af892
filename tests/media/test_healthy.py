"""Files that are healthy although they are odd: each is taken, and seen or heard as players show it."""

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence

from pmd_service.media.engines import denoise_video, upscale
from pmd_service.media.engines.gif import IMAGE, gif_blocks
from pmd_service.media.look import Looked

from .conftest import Look, Make
from .files import animation, moving_picture, sprite
from .test_look import looked_at


def noise(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 40).convert("RGB")


@pytest.mark.parametrize("side", [40, 200])
async def test_a_jpeg_with_a_second_picture_is_a_still_of_the_first(
    look: Look, make: Make, tmp_path: Path, side: int
) -> None:
    path = tmp_path / "two.jpg"
    noise(200, 200).save(path, "MPO", save_all=True, append_images=[noise(side, side)])
    found = await looked_at(look, path)
    assert (found.width, found.height, found.frame_count, found.animated) == (200, 200, 1, False)
    assert [finding.code for finding in found.findings] == ["more_pictures"]
    with Image.open(make(upscale.run, path, factor=2)) as after:
        assert (after.format, after.size, getattr(after, "n_frames", 1)) == ("PNG", (400, 400), 1)


async def test_a_gif_s_frame_that_reaches_over_the_edge_is_cut_there(look: Look, make: Make, tmp_path: Path) -> None:
    source = animation(tmp_path / "over.gif", durations=(50, 60, 70), side=16)
    data = bytearray(source.read_bytes())
    second = [begin for kind, begin, _ in gif_blocks(bytes(data)) if kind == IMAGE][1]
    data[second + 1 : second + 3] = (8).to_bytes(2, "little")
    source.write_bytes(data)
    found = await looked_at(look, source)
    assert (found.width, found.height, found.frame_count, found.duration_sec) == (16, 16, 3, 0.18)
    with Image.open(make(upscale.run, source, factor=2)) as after:
        assert [frame.size for frame in ImageSequence.Iterator(after)] == [(32, 32)] * 3


async def test_an_animated_png_s_hidden_picture_is_not_one_of_its_frames(
    look: Look, make: Make, tmp_path: Path
) -> None:
    frames = [sprite(16, shift=number) for number in range(3)]
    hidden, path = Image.new("RGBA", (16, 16), "red"), tmp_path / "hidden.png"
    hidden.save(path, save_all=True, append_images=frames, default_image=True, duration=[50, 100, 200])
    found = await looked_at(look, path)
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
async def test_a_film_cut_between_two_keyframes_is_taken_with_all_its_pictures(
    look: Look, make: Make, tmp_path: Path, kind: str, begin: int, end: int
) -> None:
    source = film_cut(tmp_path, codec="libx264", kind=kind, begin=begin, end=end)
    found = await look(source)
    assert isinstance(found, Looked), found
    assert found.frame_count == end - begin
    with av.open(str(make(denoise_video.run, source))) as container:
        pictures = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert len(pictures) == end - begin
    assert np.std(pictures[-1]) > 1
