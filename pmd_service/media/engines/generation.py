"""The parameters that image generators embed: prompts, model, seed and settings.

Three formats are read: the lines of Stable Diffusion web UI (its ``infotext_utils.py``), ComfyUI's graph (the “prompt”
of ``SaveImage``), and the flat JSON of NovelAI, InvokeAI and Fooocus. Nothing is guessed.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...assets.generation import MAX_SETTINGS, NAME_LENGTH, PROMPT_LENGTH, VALUE_LENGTH

# “Steps: 20, Sampler: Euler a, Lora hashes: "one: 12, two: 34"”; fewer than three belong to the prompt, as in web UI.
_SETTING = re.compile(r'(\w[\w \-/]{0,59}):\s*("(?:\\.|[^\\"]){1,2000}"|[^,]{0,2000})(?:,|$)')
_MIN_SETTINGS = 3
_SETTINGS_LENGTH = 8_000
_NEGATIVE = "\nNegative prompt:"
_FLAT = {
    "prompt": ("prompt", "positive_prompt"),
    "negative_prompt": ("negative_prompt", "uc"),
    "model": ("model", "base_model"),
    "seed": ("seed",),
}
_FLAT_SETTINGS = ("steps", "scale", "cfg_scale", "guidance_scale", "sampler", "scheduler", "strength")
_SAMPLER_SETTINGS = ("steps", "cfg", "sampler_name", "scheduler", "denoise")
# A graph may be cyclic.
_MAX_LINKS = 32


def generation_params(texts: Mapping[str, str]) -> dict[str, Any]:
    """The parameters in an image's texts, as fields of :class:`Generation`.

    Args:
        texts: by PNG's keywords; web UI's EXIF comment is “parameters” as well.
    """
    lines = texts.get("parameters", "")
    flat = texts.get("invokeai_metadata") or (lines if lines.startswith("{") else "")
    if texts.get("Software") == "NovelAI":
        found = _of_flat(texts.get("Comment", "")) | {"model": texts.get("Source")}
    elif flat:
        found = _of_flat(flat)
    elif lines:
        found = _of_lines(lines)
    else:
        found = _of_graph(texts.get("prompt", ""))
    settings = {_line(name, NAME_LENGTH): _line(value, VALUE_LENGTH) for name, value in found.pop("settings", ())}
    words = {name: _prompt(value) for name, value in found.items() if name.endswith("prompt")}
    names = {name: _line(value, VALUE_LENGTH) for name, value in found.items() if name in ("model", "seed")}
    found = {name: value for name, value in (words | names).items() if value}
    return found | ({"settings": dict([*settings.items()][:MAX_SETTINGS])} if settings else {})


def _of_lines(text: str) -> dict[str, Any]:
    before, _, last = text.strip().rpartition("\n")
    settings = dict(_SETTING.findall(last[:_SETTINGS_LENGTH]))
    if len(settings) < _MIN_SETTINGS:
        before, settings = text, {}
    prompt, _, negative = f"\n{before}".partition(_NEGATIVE)
    return {
        "prompt": prompt,
        "negative_prompt": negative,
        "model": settings.pop("Model", None),
        "seed": settings.pop("Seed", None),
        "settings": [(name, value.strip('"')) for name, value in settings.items()],
    }


def _of_flat(text: str) -> dict[str, Any]:
    read = _json(text)
    found = {field: next((read[name] for name in names if name in read), None) for field, names in _FLAT.items()}
    if isinstance(model := found["model"], dict):
        found["model"] = model.get("name") or model.get("model_name")
    return found | {"settings": _scalars(read, _FLAT_SETTINGS)}


def _of_graph(text: str) -> dict[str, Any]:
    """The parameters of the graph's first sampler."""
    graph = {name: inputs for name, node in _json(text).items() if (inputs := _inputs(node))}
    sampler = next((each for each in graph.values() if {"positive", "guider"} & each.keys() and _has_noise(each)), None)
    if sampler is None:
        return {}
    prompt = _text(graph, sampler.get("positive") or sampler.get("guider"), "positive")
    negative = _text(graph, sampler.get("negative"), "negative")
    return {
        "prompt": prompt,
        # Graphs for models without one use the prompt multiplied by zero.
        "negative_prompt": negative if negative != prompt else None,
        "model": _follow(graph, sampler, ("ckpt_name", "unet_name"), ("model", "guider")),
        "seed": _follow(graph, sampler, ("seed", "noise_seed", "value"), ("noise",)),
        "settings": _scalars(sampler, _SAMPLER_SETTINGS),
    }


def _text(graph: Mapping[str, Mapping[str, Any]], link: object, side: str) -> object:
    words = ("text", "text_g", "string", "value")
    return _follow(graph, {"conditioning": link}, words, ("conditioning", side))


def _inputs(node: object) -> dict[str, Any] | None:
    inputs = node.get("inputs") if isinstance(node, dict) else None
    return inputs if isinstance(inputs, dict) else None


def _has_noise(inputs: Mapping[str, Any]) -> bool:
    return not {"seed", "noise_seed", "noise"}.isdisjoint(inputs)


def _follow(
    graph: Mapping[str, Mapping[str, Any]], inputs: Mapping[str, Any], names: Iterable[str], via: Iterable[str]
) -> object:
    """The first value with one of these names, following links: ``[node, output]``."""
    for _ in range(_MAX_LINKS):
        for name in names:
            if isinstance(inputs.get(name), str | int):
                return inputs[name]
        links = (inputs.get(name) for name in (*names, *via))
        link = next((each for each in links if isinstance(each, list) and each), None)
        if link is None or str(link[0]) not in graph:
            return None
        inputs = graph[str(link[0])]
    return None


def _scalars(read: Mapping[str, Any], names: Iterable[str]) -> Iterator[tuple[str, object]]:
    return ((name, read[name]) for name in names if isinstance(read.get(name), str | int | float))


def _json(text: str) -> dict[str, Any]:
    """ComfyUI writes NaN, which only Python's own parser accepts."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _line(value: object, max_length: int) -> str:
    text = " ".join(str(value).split()) if isinstance(value, str | int | float) else ""
    return "".join(sign for sign in text if sign.isprintable())[:max_length].strip()


def _prompt(value: object) -> str:
    lines = value[: 4 * PROMPT_LENGTH].splitlines() if isinstance(value, str) else ()
    return "\n".join(_line(line, PROMPT_LENGTH) for line in lines)[:PROMPT_LENGTH].strip()
