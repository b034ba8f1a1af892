"""Engines in their child, as the service runs them."""

from pathlib import Path

import msgspec
import pytest
from PIL import Image

from pmd_service.media import engine as engines
from pmd_service.media.child import Answer
from pmd_service.media.engine import make
from pmd_service.media.kind import Engine
from pmd_service.media.messages import Done, Limits, Output, Refused
from pmd_service.media.modules import MODEL_MODULES, missing_modules
from pmd_service.media.registry import KINDS
from pmd_service.media.stripping import STRIP_ENGINE

from .files import moving_picture, png_of, profile_bomb, save_sound, save_video, sprite, tone
from .quality import music, noise_for

ENGINES = {name: kind.engine for name, kind in KINDS.items() if kind.engine} | {"strip": STRIP_ENGINE}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "made").mkdir()
    return tmp_path / "made"


async def test_every_engine_works_behind_the_door(tmp_path: Path, folder: Path) -> None:
    sprite(64).save(tmp_path / "sprite.png")
    clean = music(4)
    save_sound(tmp_path / "noisy.wav", clean + noise_for(clean, snr_db=10))
    save_sound(tmp_path / "vorbis.ogg", tone(2, level=0.01), codec="vorbis")
    save_video(tmp_path / "noisy.mp4", moving_picture(12, noise=15), sound=music(1))
    runs: list[tuple[str, str, dict[str, object]]] = [
        ("upscale", "sprite.png", {"factor": 8}),
        ("denoise_audio", "noisy.wav", {}),
        ("denoise_video", "noisy.mp4", {}),
        ("export", "sprite.png", {"colours": 4}),
        ("enhance", "noisy.wav", {"operations": [{"op": "normalize"}]}),
        ("enhance", "vorbis.ogg", {"operations": [{"op": "normalize"}]}),
        ("enhance", "noisy.mp4", {"operations": [{"op": "sharpen"}]}),
        ("strip", "noisy.mp4", {}),
    ]
    for name, file, params in runs:
        made = await make(ENGINES[name], tmp_path / file, folder, params=params)
        assert isinstance(made, Output), (name, made)
        (folder / made.name).unlink()


async def test_the_model_works_behind_the_door(tmp_path: Path, folder: Path) -> None:
    if missing_modules(MODEL_MODULES):
        pytest.skip("the model is not set up here")
    sprite(32).save(tmp_path / "sprite.png")
    made = await make(ENGINES["upscale"], tmp_path / "sprite.png", folder, params={"factor": 2, "method": "model"})
    assert isinstance(made, Output), made


@pytest.mark.parametrize("engine", ["upscale", "enhance", "strip"])
async def test_bombs_end_in_a_sentence(tmp_path: Path, folder: Path, engine: str) -> None:
    bombs = {"profile.png": profile_bomb(1_000_000_000), "huge.png": png_of(100_000, 100_000)}
    params = {"operations": [{"op": "autocontrast"}]} if engine == "enhance" else {}
    for name, content in bombs.items():
        (tmp_path / name).write_bytes(content)
        refused = await make(ENGINES[engine], tmp_path / name, folder, params=params)
        assert isinstance(refused, Refused)
        assert refused.code in ("bomb", "too_many_pixels")


async def test_a_symlink_as_result_or_an_unknown_source_is_refused(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_bytes(b"another user's file")
    (folder / "result.png").symlink_to(tmp_path / "secret")
    liar = Engine(module="tests.media.misbehave", limits=Limits())
    (tmp_path / "source").write_bytes(b"x")
    refused = await make(liar, tmp_path / "source", folder, params={"act": "lie"})
    assert isinstance(refused, Refused)
    assert refused.code == "crashed"
    (folder / "result.png").unlink()
    (folder / "result.png").hardlink_to(tmp_path / "secret")
    assert isinstance(await make(liar, tmp_path / "source", folder, params={"act": "lie"}), Refused)
    (folder / "result.png").unlink()
    Image.new("RGB", (1, 1)).save(folder / "result.png")
    assert isinstance(await make(liar, tmp_path / "source", folder, params={"act": "lie"}), Output)

    async def made_of_a_file_that_was_not_given(*_: object, **__: object) -> Answer:
        return Done(0, msgspec.Raw(b'{"type": "output", "name": "result.png", "source": 1}'))

    monkeypatch.setattr(engines, "run_one", made_of_a_file_that_was_not_given)
    assert isinstance(await make(liar, tmp_path / "source", folder), Refused)
