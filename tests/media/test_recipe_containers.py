"""One reader for all containers: what each program writes is read wherever it writes it."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pmd_service.media.engines import strip
from pmd_service.media.engines.hidden import hidden_texts
from pmd_service.media.probe_result import ProbeResult

from .conftest import Make, Probe
from .files import image_bytes, sprite
from .recipe_files import (
    DRAW_THINGS,
    DREAM,
    FOOOCUS,
    GRAPH,
    INVOKE,
    INVOKE_2,
    MIDJOURNEY,
    MODEL,
    NEGATIVE,
    NOVELAI,
    PROMPT,
    SEED,
    SWARM,
    WEB_UI,
    WORKFLOW,
    exif,
    generation_params,
    hidden,
    png,
    tagged,
    webp_of_comfy,
    with_exif,
    xmp,
)

COMFY = {"prompt": json.dumps(GRAPH), "workflow": json.dumps(WORKFLOW)}
BOTH = json.dumps({"prompt": COMFY["prompt"], "workflow": WORKFLOW})
WEB_UI_NAME = "Stable Diffusion web UI"
FILES: dict[str, tuple[str, bytes | Callable[[Path], bytes]]] = {
    "web ui tEXt.png": (WEB_UI_NAME, png({"parameters": WEB_UI}, "tEXt")),
    "web ui zTXt.png": (WEB_UI_NAME, png({"parameters": WEB_UI}, "zTXt")),
    "web ui iTXt.png": (WEB_UI_NAME, png({"parameters": WEB_UI})),
    "web ui.jpg": (WEB_UI_NAME, with_exif("JPEG", exif(comment=WEB_UI))),
    "web ui little.jpg": (WEB_UI_NAME, with_exif("JPEG", exif(comment=WEB_UI, is_big=False))),
    "web ui.webp": (WEB_UI_NAME, with_exif("WEBP", exif(comment=WEB_UI))),
    "web ui.avif": (WEB_UI_NAME, with_exif("AVIF", exif(comment=WEB_UI))),
    "web ui.tiff": (WEB_UI_NAME, with_exif("TIFF", exif(comment=WEB_UI))),
    "web ui.gif": (WEB_UI_NAME, image_bytes(sprite(32), "GIF", comment=WEB_UI.encode())),
    "web ui hidden.png": (WEB_UI_NAME, image_bytes(hidden(WEB_UI), "PNG")),
    "web ui hidden in colours.png": (WEB_UI_NAME, image_bytes(hidden(WEB_UI, channels="RGB", is_packed=False), "PNG")),
    "comfy.png": ("ComfyUI", png(COMFY, "tEXt")),
    "comfy workflow.png": ("ComfyUI", png({"workflow": COMFY["workflow"]})),
    "comfy.webp": ("ComfyUI", webp_of_comfy()),
    "comfy.jpg": ("ComfyUI", with_exif("JPEG", exif(ImageDescription=f"Workflow:{COMFY['workflow']}"))),
    "comfy.mp4": ("ComfyUI", lambda path: tagged(path, COMFY)),
    "comfy.mkv": ("ComfyUI", lambda path: tagged(path, COMFY)),
    "comfy.webm": ("ComfyUI", lambda path: tagged(path, COMFY)),
    "comfy comment.mp4": ("ComfyUI", lambda path: tagged(path, {"comment": BOTH})),
    "comfy.flac": ("ComfyUI", lambda path: tagged(path, COMFY)),
    "comfy.mp3": ("ComfyUI", lambda path: tagged(path, COMFY)),
    "comfy.ogg": ("ComfyUI", lambda path: tagged(path, COMFY)),
    "comfy.m4a": ("ComfyUI", lambda path: tagged(path, COMFY)),
    "swarm.png": ("SwarmUI", png({"parameters": SWARM})),
    "swarm.jpg": ("SwarmUI", with_exif("JPEG", exif(comment=SWARM))),
    "swarm.webp": ("SwarmUI", with_exif("WEBP", exif(comment=SWARM))),
    "invoke.png": ("InvokeAI", png({"invokeai_metadata": INVOKE})),
    "invoke 2.png": ("InvokeAI", png({"sd-metadata": INVOKE_2})),
    "invoke 1.png": ("InvokeAI", png({"dream": DREAM})),
    "fooocus.png": ("Fooocus", png({"parameters": FOOOCUS, "fooocus_scheme": "fooocus"})),
    "fooocus.jpg": ("Fooocus", with_exif("JPEG", exif(comment=FOOOCUS, Software="Fooocus v2.5.5"))),
    "fooocus lines.webp": ("Fooocus", with_exif("WEBP", exif(comment=f"{WEB_UI}, Version: Fooocus v2.5.5"))),
    # Its own ``get_exif`` writes the comment beside the program's name, not where EXIF has it.
    "fooocus itself.jpg": ("Fooocus", with_exif("JPEG", exif(UserComment=FOOOCUS, Software="Fooocus v2.5.5"))),
    "fooocus itself.webp": ("Fooocus", with_exif("WEBP", exif(UserComment=f"{WEB_UI}, Version: Fooocus v2.5.5"))),
    "novelai.png": ("NovelAI", png(NOVELAI)),
    "novelai hidden.png": ("NovelAI", image_bytes(hidden(json.dumps(NOVELAI)), "PNG")),
    "novelai hidden.webp": ("NovelAI", image_bytes(hidden(json.dumps(NOVELAI)), "WEBP", lossless=True, exact=True)),
    "draw things.png": ("Draw Things", png({"XML:com.adobe.xmp": xmp(DRAW_THINGS)})),
    "draw things.jpg": ("Draw Things", with_exif("JPEG", exif(comment=DRAW_THINGS))),
    "midjourney.png": ("Midjourney", png({"Description": MIDJOURNEY, "Author": "pixelfan"})),
    "midjourney.jpg": ("Midjourney", with_exif("JPEG", exif(ImageDescription=MIDJOURNEY))),
}
# Programs that do not write all of it.
OTHER = {"invoke 2.png": {"negative_prompt": None}, "invoke 1.png": {"negative_prompt": None, "model": None}} | {
    name: {"negative_prompt": "text", "model": "Midjourney 6.1"} for name in FILES if name.startswith("midjourney")
}


@pytest.mark.parametrize("name", [*FILES])
async def test_recipes_are_read_from_every_container(probe: Probe, tmp_path: Path, name: str) -> None:
    program, data = FILES[name]
    (tmp_path / name).write_bytes(data(tmp_path / name) if callable(data) else data)
    found = await probe(tmp_path / name)
    assert isinstance(found, ProbeResult), found
    assert f"generation settings ({program})" in found.ai_marks
    assert "recipe_unread" not in [finding.code for finding in found.findings]
    assert found.generation is not None
    expected: dict[str, Any] = {"prompt": PROMPT, "negative_prompt": NEGATIVE, "model": MODEL, "seed": SEED}
    read = {field: getattr(found.generation, field) for field in expected}
    assert read == expected | OTHER.get(name, {})
    assert name.startswith("midjourney") or any("ampler" in setting for setting in found.generation.settings), name


async def test_what_other_programs_write_is_no_recipe(probe: Probe, tmp_path: Path) -> None:
    data = exif(comment="Steps to the sea: 20, a boat", Make="Canon", Model="Canon EOS R5", Software="GIMP 3.0")
    (tmp_path / "photo.jpg").write_bytes(with_exif("JPEG", data))
    (tmp_path / "song.mp3").write_bytes(tagged(tmp_path / "song.mp3", {"comment": '{"prompt": "sing", "key": "C"}'}))
    diagram = json.dumps({"nodes": [{"id": 1, "type": "box", "inputs": []}], "edges": []})
    texts = {"Comment": diagram, "Description": "Print, Job ID: 0f2c8a6e-1111-4222-8333-944445555666"}
    (tmp_path / "diagram.png").write_bytes(png(texts))
    for name in ("photo.jpg", "song.mp3", "diagram.png"):
        found = await probe(tmp_path / name)
        assert isinstance(found, ProbeResult), found
        assert (found.ai_marks, found.generation) == ([], None)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
@pytest.mark.parametrize("channels", ["A", "RGB"])
def test_stripping_removes_what_pixels_hide(tmp_path: Path, make: Make, kind: str, channels: str) -> None:
    image = hidden(WEB_UI, channels=channels)
    source = tmp_path / f"hidden.{kind.lower()}"
    source.write_bytes(image_bytes(image, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {})))
    with Image.open(make(strip.run, source)) as copy:
        assert hidden_texts(copy) == {}
        for before, after in zip(image.tobytes(), copy.convert("RGBA").tobytes(), strict=True):
            assert abs(before - after) <= 1


def broken(text: str, times: int = 150) -> list[str]:
    """The text with parts of it lost, doubled or replaced, the same each time."""
    chance, made = random.Random(7), []
    for _ in range(times):
        at, size = chance.randrange(len(text)), chance.randrange(1, 40)
        other = chance.choice(["", "[", '"', "null", "{}", "7", text[at : at + size] * 3])
        made.append(text[:at] + other + text[at + size :])
    return made


HOSTILE_GRAPHS: dict[str, Any] = {
    "a circle": GRAPH | {"6": {"class_type": "X", "inputs": {"text": ["6", 0], "conditioning": ["6", 0]}}},
    "a chain": {str(n): {"inputs": {"conditioning": [str(n + 1), 0]}} for n in range(4_000)}
    | {"s": {"inputs": {"seed": 1, "positive": ["0", 0]}}},
    "texts of texts": {str(n): {"inputs": {f"text_{c}": [str(n + 1), 0] for c in "abcdefgh"}} for n in range(500)}
    | {"s": {"inputs": {"seed": 1, "positive": ["0", 0]}}},
    "odd nodes": {"nodes": [{"id": [], "type": {}, "mode": "x", "inputs": {}, "widgets_values": {"a": 1}}, 7, None,
                            {"id": 1, "type": "SetNode", "widgets_values": {"x": 1}},
                            {"id": 2, "type": "GetNode", "widgets_values": [[]], "outputs": [{"type": []}]}],
                  "links": [[1], ["a", 1, 2, 3], {}, [True, None, None, None]]},
    "odd links": {"1": {"inputs": {"seed": [[], 0], "positive": [{}, {}], "model": ["1", "x"], "steps": [1, 2, 3]}}},
}  # fmt: skip


@pytest.mark.parametrize("name", [*HOSTILE_GRAPHS])
def test_hostile_graphs_end(name: str) -> None:
    found = generation_params({"prompt": json.dumps(HOSTILE_GRAPHS[name])})
    assert "prompt" not in found


def test_damaged_recipes_raise_nothing() -> None:
    whole = (WEB_UI, *COMFY.values(), BOTH, SWARM, INVOKE_2, DREAM, FOOOCUS, DRAW_THINGS, MIDJOURNEY)
    for text in whole:
        for each in broken(text):
            for name in ("parameters", "prompt", "sd-metadata", "dream", "Comment"):
                generation_params({name: each, "Software": "NovelAI"})
                generation_params({"EXIF": f"prompt:{each}"})


@pytest.mark.parametrize(
    "text",
    ['"' + "-a" * 200_000 + " x", '"' * 300_000, "Steps: 1 " * 60_000, "x --v " * 100_000, "a: " * 200_000],
    ids=["flags", "quotes", "steps", "versions", "colons"],
)
def test_long_texts_take_linear_time(text: str) -> None:
    generation_params({"dream": text, "parameters": text, "Description": f"{text} --v 6"})


@pytest.mark.parametrize("size", [0, 8, 2**31, 2**32 - 1])
async def test_hidden_texts_of_any_length_are_bounded(probe: Probe, tmp_path: Path, size: int) -> None:
    (tmp_path / "hidden.png").write_bytes(image_bytes(hidden("x" * 500, size=size), "PNG"))
    found = await probe(tmp_path / "hidden.png")
    assert isinstance(found, ProbeResult), found
