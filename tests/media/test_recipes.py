"""How an image was made, as the program that made it has written into it; and nothing that it has not."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image, PngImagePlugin

from pmd_service.assets.generation import MAX_SETTINGS, PROMPT_LENGTH, Generation
from pmd_service.media.engines.comfy_graph import edited_graph
from pmd_service.media.engines.generation import recipes
from pmd_service.media.probe_result import ProbeResult

from .conftest import Probe
from .files import sprite
from .recipe_files import generation_params

WEB_UI = (
    "a dragon (of glass:1.2),\n<lora:pixel:1>\nNegative prompt: blurry,\ntext\n"
    'Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1234, Size: 512x512, Model: pixelXL, Lora hashes: "a: 1, b: 2"'
)
SETTINGS = {"Steps": "20", "Sampler": "Euler a", "CFG scale": "7", "Size": "512x512", "Lora hashes": "a: 1, b: 2"}
RECIPE: dict[str, Any] = {
    "prompt": "a dragon (of glass:1.2),\n<lora:pixel:1>",
    "negative_prompt": "blurry,\ntext",
    "model": "pixelXL",
    "seed": "1234",
    "settings": SETTINGS,
}


def graph(**more: Any) -> dict[str, Any]:
    """ComfyUI's usual one, with what stands between a prompt and its sampler."""
    return {
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "pixelXL.safetensors"}},
        "5": {"class_type": "LoraLoader", "inputs": {"model": ["4", 0], "lora_name": "x"}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ["10", 0], "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
        "8": {"class_type": "ControlNetApplyAdvanced", "inputs": {"positive": ["6", 0], "negative": ["7", 0]}},
        "10": {"class_type": "PrimitiveString", "inputs": {"value": "a dragon of glass"}},
        "3": {
            "class_type": "KSampler",
            "inputs": {"seed": 1234, "steps": 20, "cfg": 7.5, "sampler_name": "euler", "model": ["5", 0]}
            | {"positive": ["8", 0], "negative": ["8", 1], "denoise": 1.0, "is_changed": [float("nan")]},
        },
    } | more


async def probed(probe: Probe, path: Path) -> Generation:
    found = await probe(path)
    assert isinstance(found, ProbeResult), found
    assert found.generation is not None
    return found.generation


async def test_web_ui_recipes_are_read_from_png_text_and_jpeg_comments(probe: Probe, tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", WEB_UI)
    sprite(16).save(tmp_path / "made.png", pnginfo=info)
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = b"UNICODE\0" + WEB_UI.encode("utf-16-be")
    sprite(16).convert("RGB").save(tmp_path / "made.jpg", exif=exif)
    for name in ("made.png", "made.jpg"):
        reported = await probed(probe, tmp_path / name)
        assert reported == Generation(marks=["generation settings (Stable Diffusion web UI)"], **RECIPE)


def test_civitais_resources_are_read_whole_and_name_the_model() -> None:
    resources = [
        {"type": "checkpoint", "modelVersionId": 1759168, "modelName": "Juggernaut XL", "modelVersionName": "Ragnarok"},
        {"type": "lora", "weight": 0.6, "modelVersionId": 1, "modelName": "Add, Detail", "modelVersionName": "v1"},
        {"type": "embed", "modelName": "Hands"},
    ]
    lines = "a dragon\nSteps: 30, Sampler: Euler a, Seed: 7, Created Date: 2025-01-02T10:11:12.0000000Z, "
    text = f"{lines}Civitai resources: {json.dumps(resources)}, Civitai metadata: {{}}"
    found = generation_params({"parameters": text})
    assert (found["model"], found["seed"]) == ("Juggernaut XL Ragnarok", "7")
    assert found["settings"] == {
        "Steps": "30",
        "Sampler": "Euler a",
        "Created Date": "2025-01-02T10:11:12.0000000Z",
        "Civitai resources": "Juggernaut XL Ragnarok, Add, Detail v1 (0.6), Hands",
        "Civitai metadata": "{}",
    }
    for torn in ('[{"type":"checkpoint"', "[1]", "[" * 3000):
        assert generation_params({"parameters": f"{lines}Civitai resources: {torn}"})["seed"] == "7"


def test_what_comfyui_writes_is_found_along_its_links() -> None:
    assert generation_params({"prompt": json.dumps(graph())}) == {
        "prompt": "a dragon of glass",
        "negative_prompt": "blurry",
        "model": "pixelXL.safetensors",
        "seed": "1234",
        "settings": {"steps": "20", "cfg": "7.5", "sampler_name": "euler", "denoise": "1.0"},
    }
    guided = {
        "1": {"inputs": {"noise": ["2", 0], "guider": ["3", 0]}},
        "2": {"inputs": {"noise_seed": 7}},
        "3": {"inputs": {"model": ["4", 0], "conditioning": ["5", 0]}},
        "4": {"inputs": {"unet_name": "flux"}},
        "5": {"inputs": {"text": "a moth"}},
    }
    assert generation_params({"prompt": json.dumps(guided)}) == {"prompt": "a moth", "model": "flux", "seed": "7"}


# As the editor saves them; each seed is followed by what becomes of it.
WIDGETS: dict[str, tuple[list[Any], dict[str, Any]]] = {
    **dict.fromkeys(
        ("KSampler", "KSampler (Efficient)"),
        (
            [7, "randomize", 20, 8.0, "euler", "normal", 0.5],
            {"seed": 7, "steps": 20, "cfg": 8.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 0.5},
        ),
    ),
    "KSamplerAdvanced": (
        ["enable", 7, "fixed", 20, 8.0, "euler", "normal", 0, 10_000, "disable"],
        {"add_noise": "enable", "noise_seed": 7, "steps": 20, "cfg": 8.0, "sampler_name": "euler"}
        | {"scheduler": "normal"},
    ),
    "SamplerCustom": ([True, 7, "fixed", 8.0], {"add_noise": True, "noise_seed": 7, "cfg": 8.0}),
    "RandomNoise": ([7, "fixed"], {"noise_seed": 7}),
    "KSamplerSelect": (["euler"], {"sampler_name": "euler"}),
    "BasicScheduler": (["simple", 20, 1.0], {"scheduler": "simple", "steps": 20, "denoise": 1.0}),
    "CheckpointLoader": (["v1.yaml", "a.ckpt"], {"config_name": "v1.yaml", "ckpt_name": "a.ckpt"}),
    "CLIPTextEncodeSDXL": ([1024, 1024, 0, 0, 1024, 1024, "g", "l"], {"text_g": "g", "text_l": "l"}),
    "CLIPTextEncodeSDXLRefiner": ([6.0, 1024, 1024, "a dragon"], {"text": "a dragon"}),
    "CLIPTextEncodeFlux": (["l", "t", 3.5], {"clip_l": "l", "t5xxl": "t", "guidance": 3.5}),
    "Efficient Loader": (
        ["a.ckpt", "Baked VAE", -1, "None", 1.0, 1.0, "good", "bad", "none"],
        {"ckpt_name": "a.ckpt", "positive": "good", "negative": "bad"},
    ),
    "XlabsSampler": ([7, "fixed", 20, 1], {"noise_seed": 7, "steps": 20}),
}


@pytest.mark.parametrize("kind", WIDGETS)
def test_values_without_names_are_known_by_their_places(kind: str) -> None:
    values, named = WIDGETS[kind]
    node = {"id": 1, "type": kind, "widgets_values": values}
    assert edited_graph({"nodes": [node]})["1"].inputs == named


def test_of_several_passes_the_first_counts() -> None:
    again = {"seed": 9, "steps": 5, "positive": ["6", 0], "negative": ["7", 0], "model": ["20", 0]}
    refined = graph(
        **{
            "20": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "refiner.safetensors"}},
            "21": {"class_type": "LatentUpscale", "inputs": {"samples": ["3", 0]}},
            "22": {"class_type": "KSampler", "inputs": again | {"latent_image": ["21", 0]}},
            "23": {"class_type": "SaveImage", "inputs": {"images": ["22", 0]}},
        }
    )
    for each in (refined, dict(reversed(refined.items()))):
        found = generation_params({"prompt": json.dumps(each)})
        assert (found["seed"], found["model"], found["settings"]["steps"]) == ("1234", "pixelXL.safetensors", "20")


def test_texts_are_put_together_and_both_sides_kept_apart() -> None:
    joined = graph(
        **{
            "10": {"class_type": "StringFunction|pysssss", "inputs": {"text_a": "a dragon", "text_b": ["11", 0]}},
            "11": {"class_type": "PrimitiveString", "inputs": {"value": "of glass"}},
            "12": {
                "class_type": "CLIPTextEncodeSDXL",
                "inputs": {"text_g": "gold", "text_l": "gold", "clip": ["4", 1]},
            },
            "13": {
                "class_type": "ConditioningCombine",
                "inputs": {"conditioning_1": ["6", 0], "conditioning_2": ["12", 0]},
            },
            "8": {"class_type": "ControlNetApplyAdvanced", "inputs": {"positive": ["13", 0], "negative": ["7", 0]}},
        }
    )
    found = generation_params({"prompt": json.dumps(joined)})
    assert (found["prompt"], found["negative_prompt"]) == ("a dragon, of glass\ngold", "blurry")


def test_a_negative_that_is_the_prompt_times_nothing_is_none() -> None:
    zeroed = graph(
        **{"8": {"inputs": {"positive": ["6", 0], "negative": ["9", 0]}}, "9": {"inputs": {"conditioning": ["6", 0]}}}
    )
    reported = generation_params({"prompt": json.dumps(zeroed)})
    assert (reported["prompt"], "negative_prompt" in reported) == ("a dragon of glass", False)


def test_what_novelai_and_invokeai_write_is_read() -> None:
    comment = {"prompt": "a dragon", "uc": "blurry", "seed": 5, "steps": 28, "scale": 5.0, "sampler": "k_euler"}
    reported = {"Software": "NovelAI", "Source": "NovelAI Diffusion V4", "Comment": json.dumps(comment)}
    assert generation_params(reported) == {
        "prompt": "a dragon",
        "negative_prompt": "blurry",
        "model": "NovelAI Diffusion V4",
        "seed": "5",
        "settings": {"steps": "28", "scale": "5.0", "sampler": "k_euler"},
    }
    invoked = {"positive_prompt": "a dragon", "negative_prompt": "", "model": {"name": "sdxl"}, "seed": 5}
    assert generation_params({"invokeai_metadata": json.dumps(invoked)}) == {
        "prompt": "a dragon",
        "model": "sdxl",
        "seed": "5",
    }


def test_the_words_of_novelais_characters_are_read() -> None:
    def caption(base: str, *characters: str) -> dict[str, Any]:
        each = [{"char_caption": words, "centers": [{"x": 0.5, "y": 0.5}]} for words in characters]
        return {"caption": {"base_caption": base, "char_captions": each}, "use_order": True}

    comment = {
        **{"prompt": "two dragons", "uc": "lowres", "seed": 5, "steps": 28},
        **{
            "v4_prompt": caption("two dragons", "of glass", "of straw"),
            "v4_negative_prompt": caption("lowres", "", "mud"),
        },
    }
    for texts in ({"Software": "NovelAI", "Comment": json.dumps(comment)}, {"EXIF": json.dumps(comment)}):
        found = generation_params(texts)
        assert (found["prompt"], found["negative_prompt"]) == ("two dragons\nof glass\nof straw", "lowres\nmud")
    for odd in (7, [7], {"caption": 7}, {"caption": {"char_captions": 7}}, {"caption": {"char_captions": [7]}}):
        assert generation_params({"EXIF": json.dumps(comment | {"v4_prompt": odd})})["prompt"] == "two dragons"


def test_templates_behind_the_settings_are_not_the_negative_prompt() -> None:
    """The extension “Dynamic Prompts” writes them there."""
    settings = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 99, Model: pixelXL, Version: v1.9.4"
    templates = "Template: a (dragon:1.2) of {glass|straw}, (a:1), (b:1), (c:1)\nNegative Template: blurry"
    found = generation_params({"parameters": f"a dragon\nof straw\nNegative prompt: blurry\n{settings}\n{templates}"})
    assert (found["prompt"], found["negative_prompt"]) == ("a dragon\nof straw", "blurry")
    assert (found["model"], found["seed"], found["settings"]["Version"]) == ("pixelXL", "99", "v1.9.4")
    assert not [name for name in found["settings"] if "emplate" in name]


@pytest.mark.parametrize(
    ("texts", "reported"),
    [
        ({"parameters": "a dragon: red, big"}, {"prompt": "a dragon: red, big"}),  # a prompt, and no settings
        ({"prompt": "a dragon"}, {}),
        ({"prompt": json.dumps(graph(**{"6": {"inputs": {"text": ["6", 0]}}}))}, None),  # a circle
        ({"prompt": "[" * 100_000}, {}),
        ({"prompt": '{"3": {"inputs": {"seed": {}, "positive": [{}]}}}'}, {}),
        ({"Software": "NovelAI", "Comment": "{"}, {}),
    ],
)
def test_an_absent_recipe_is_not_guessed(texts: dict[str, str], reported: dict[str, Any] | None) -> None:
    found = generation_params(texts)
    assert "prompt" not in found if reported is None else found == reported


def test_a_graph_that_cannot_be_read_is_still_comfyuis() -> None:
    """The file is marked as made by a machine by it; a graph of another name is not known to be ComfyUI's."""
    unread = json.dumps({"9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}}})
    for name, programs in (("prompt", ["ComfyUI"]), ("workflow", ["ComfyUI"]), ("Comment", [])):
        assert [(each.program, dict(each.found)) for each in recipes({name: unread})] == [(by, {}) for by in programs]


def test_recipes_are_bounded_and_have_no_control_characters() -> None:
    settings = ", ".join(f"S{number}: {'x' * 900}" for number in range(99))
    found = generation_params(
        {"parameters": "\u202edragon\x00 " * 9_999 + f"\nSteps: 1, Seed: {'9' * 999}, {settings}"}
    )
    assert PROMPT_LENGTH - 1 <= len(found["prompt"]) <= PROMPT_LENGTH  # cut at a space
    assert found["prompt"].isprintable()
    assert len(found["settings"]) <= MAX_SETTINGS
    assert max(map(len, (found["seed"], *found["settings"].values()))) == 300
