"""Content credentials: read where they fit the file, called out where they do not, and never trusted further."""

from pathlib import Path

import pytest

from pmd_service.media.engines import credentials

from .conftest import Probe
from .files import sprite
from .signed import DRAWN, GENERATOR, MODEL, SIGNER, signed
from .test_probe import probed
from .work_files import saved

KINDS = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}


def picture(kind: str = "png") -> bytes:
    return saved(sprite(32).convert("RGB"), kind.upper())


@pytest.mark.parametrize("kind", KINDS)
async def test_which_model_made_a_signed_picture_is_read_inside_the_sandbox(
    probe: Probe, tmp_path: Path, kind: str
) -> None:
    (tmp_path / f"dragon.{kind}").write_bytes(signed(picture(kind), KINDS[kind]))
    found = await probed(probe, tmp_path / f"dragon.{kind}")
    assert found.ai_marks == ["content credentials: made by a trained model (C2PA)"]
    assert found.generation is not None
    assert found.generation.model == MODEL
    messages = {finding.code: finding.message for finding in found.findings}
    assert messages.keys() == {"ai_marks", "content_credentials"}
    assert f"signed by {SIGNER}" in messages["content_credentials"]
    assert messages["content_credentials"].endswith(f"made with {GENERATOR}.")


async def test_a_signed_drawing_by_hand_is_not_marked_as_ai(probe: Probe, tmp_path: Path) -> None:
    (tmp_path / "drawn.png").write_bytes(signed(picture(), "image/png", source_type=DRAWN))
    found = await probed(probe, tmp_path / "drawn.png")
    assert not found.ai_marks
    assert found.generation is None
    (finding,) = found.findings
    assert "unchanged since it was signed" in finding.message


async def test_credentials_of_another_file_are_reported_and_name_no_model(probe: Probe, tmp_path: Path) -> None:
    whole = bytearray(signed(picture(), "image/png"))
    whole += b"behind the end"
    (tmp_path / "changed.png").write_bytes(whole)
    found = await probed(probe, tmp_path / "changed.png")
    assert found.generation is None or found.generation.model is None
    message = next(finding.message for finding in found.findings if finding.code == "content_credentials")
    assert "changed after it was signed" in message


async def test_without_the_library_the_mark_alone_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dragon.png").write_bytes(signed(picture(), "image/png"))
    assert credentials.read(tmp_path / "dragon.png") is not None
    monkeypatch.setattr(credentials, "find_spec", lambda name: None)
    assert credentials.read(tmp_path / "dragon.png") is None


def test_damaged_credentials_never_claim_what_was_not_signed(tmp_path: Path) -> None:
    whole, path = signed(picture(), "image/png"), tmp_path / "damaged.png"
    path.write_bytes(whole)
    as_signed = credentials.read(path)
    for place in range(whole.index(b"caBX"), len(whole), 997):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        found = credentials.read(path)
        # A signature's padding is not signed.
        assert found in (None, as_signed) or not found.is_intact, place
