"""The parameters that image generators embed: prompts, model, seed and settings. Nothing is guessed.

Read are the lines of Stable Diffusion web UI (its ``infotext_utils.py``), ComfyUI's graphs, the JSON of SwarmUI,
InvokeAI, Fooocus, NovelAI and Draw Things, and Midjourney's description. Any of them may be in any container's text:
a PNG's, a comment of EXIF or XMP, a tag of a sound or video.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ...assets.generation import MAX_SETTINGS, NAME_LENGTH, PROMPT_LENGTH, VALUE_LENGTH
from . import comfy
from .comfy_graph import is_graph

# “Steps: 20, Sampler: Euler a, Lora hashes: "one: 12, two: 34"”; fewer than three belong to the prompt, as in web UI.
# Civitai's generator adds lists of JSON, which end where another setting begins.
_SETTING = re.compile(
    r'(\w[\w \-/]{0,59}):\s*("(?:\\.|[^\\"]){1,2000}"|[\[{].{0,6000}?[\]}](?=,\s*\w|\s*$)|[^,]{0,2000})(?:,|$)'
)
_RESOURCES = "Civitai resources"
_MIN_SETTINGS = 3
# The line of settings begins so; behind it there are the templates of “Dynamic Prompts”, which look like settings.
_SETTINGS_LINE = re.compile(r"^Steps: ?\d+,.*$", re.M)
_SETTINGS_LENGTH = 8_000
_NEGATIVE = "\nNegative prompt:"
# What tells such lines from other comments.
SETTINGS = re.compile(r"\bSteps: ?\d+.{0,400}?\bSampler: ?", re.S)
_SEARCHED_LENGTH = 1024**2
WEB_UI, COMFY, SWARM, INVOKE, FOOOCUS, NOVELAI, DRAW_THINGS, MIDJOURNEY = (
    *("Stable Diffusion web UI", "ComfyUI", "SwarmUI", "InvokeAI", "Fooocus", "NovelAI", "Draw Things", "Midjourney"),
)
# What any program calls it, in lower case and without signs between words.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "prompt": ("positiveprompt", "prompt", "fullprompt", "c"),
    "negative_prompt": ("negativeprompt", "fullnegativeprompt", "uc"),
    "model": ("model", "basemodel", "basemodelname", "modelweights", "sdmodelcheckpoint"),
    "seed": ("seed",),
}
_SETTING_NAMES = {
    *("steps", "scale", "cfg", "cfgscale", "guidance", "guidancescale", "sampler", "samplername", "scheduler"),
    *("strength", "denoise", "sharpness"),
}
_SIGNS = re.compile(r"[\s_\-]")
# Exported by ComfyUI's nodes where a format has one text only: “prompt:{…}” in EXIF.
_PREFIXED = re.compile(r"(prompt|workflow):\s*(?=\{)", re.I)
_DREAM_FLAG = re.compile(r"(?:^|\s)-(\w)\s*([^\s-]\S*)")
_DREAM_NAMES = {"s": "steps", "C": "cfg_scale", "A": "sampler"}
_JOB = re.compile(r"\s*Job ID:\s*[0-9a-f]{8}-[0-9a-f-]{27}\s*$", re.I)
_VERSION = re.compile(r"\s--(v|niji)\s+\d")
_FLAG = re.compile(r"\s--(\w+)(?:\s+((?!--)\S+))?")


class Recipe(NamedTuple):
    """What one program wrote; ``found`` are fields of :class:`Generation`, not yet bounded."""

    program: str
    found: Mapping[str, Any]


def recipes(texts: Mapping[str, str]) -> Iterator[Recipe]:
    """What the programs wrote that are found in a file's texts, the best source first.

    Args:
        texts: by PNG's keywords; what other containers have is “parameters”, “prompt” and “workflow” as well.
    """
    if texts.get("Software") == NOVELAI and "Comment" in texts:
        read = _of_novelai(_json(texts["Comment"]))
        words = read["prompt"] or texts.get("Description")
        yield Recipe(NOVELAI, read | {"model": texts.get("Source"), "prompt": words})
    yield from _of_invoke(texts)
    graphs: dict[str, dict[str, Any]] = {}
    lines = []
    for name, text in texts.items():
        if text.lstrip()[:1] == "{":
            yield from _of_json(_json(text), name, graphs)
        elif (prefix := _PREFIXED.match(text)) is not None:
            yield from _of_json(_json(text[prefix.end() :]), prefix[1].lower(), graphs)
        elif name == "parameters" or SETTINGS.search(text[:_SEARCHED_LENGTH]):
            lines.append(text)
        elif _is_of_midjourney(name, text):
            yield Recipe(MIDJOURNEY, _of_midjourney(text))
    for text in lines:
        found = _of_lines(text[:_SEARCHED_LENGTH])
        is_fooocus = str(dict(found["settings"]).get("Version", "")).startswith(FOOOCUS)
        yield Recipe(FOOOCUS if is_fooocus else WEB_UI, found)
    if graphs:
        found = comfy.recipe_of(graphs.get("prompt", {}), graphs.get("workflow", {}))
        # Other programs have graphs as well.
        if found or {"prompt", "workflow"} & texts.keys():
            yield Recipe(COMFY, found)


def readable(found: Iterable[Recipe]) -> dict[str, Any]:
    """The first of them that says anything, as fields of :class:`Generation`."""
    return next(filter(None, (_bounded(recipe.found) for recipe in found)), {})


def _bounded(read: Mapping[str, Any]) -> dict[str, Any]:
    """The fields without control characters, as long as they may be."""
    found = dict(read)
    settings = {_line(name, NAME_LENGTH): _line(value, VALUE_LENGTH) for name, value in found.pop("settings", ())}
    words = {name: _prompt(value) for name, value in found.items() if name.endswith("prompt")}
    names = {name: _line(value, VALUE_LENGTH) for name, value in found.items() if name in ("model", "seed")}
    found = {name: value for name, value in (words | names).items() if value}
    return found | ({"settings": dict([*settings.items()][:MAX_SETTINGS])} if settings else {})


def _of_json(read: Mapping[str, Any], name: str, graphs: dict[str, dict[str, Any]]) -> Iterator[Recipe]:
    """What a JSON text says; ComfyUI's graphs are kept in ``graphs`` until both are found."""
    if is_graph(read):
        graphs["workflow" if isinstance(read.get("nodes"), list) else "prompt"] = dict(read)
    elif isinstance(swarm := read.get("sui_image_params"), dict):
        yield Recipe(SWARM, _of_flat(swarm))
    elif kept := {part: inner for part in ("prompt", "workflow") if (inner := _inner(read.get(part)))}:
        graphs |= {part: inner for part, inner in kept.items() if is_graph(inner)}
    elif read and name not in ("invokeai_metadata", "sd-metadata"):
        for program, is_of in _SHAPES.items():
            if is_of(read):
                yield Recipe(program, _of_novelai(read) if program == NOVELAI else _of_flat(read))


# The programs that write flat JSON, by what no other has.
_SHAPES: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    FOOOCUS: lambda read: bool({"base_model", "Base Model", "base_model_name", "metadata_scheme"} & read.keys()),
    DRAW_THINGS: lambda read: "c" in read and bool({"uc", "v2", "sampler"} & read.keys()),
    NOVELAI: lambda read: "prompt" in read and bool({"uc", "v4_prompt"} & read.keys()),
}


def _inner(value: object) -> dict[str, Any]:
    """A graph in a tag that has both, as JSON in JSON or not."""
    return value if isinstance(value, dict) else _json(value) if isinstance(value, str) and value[:1] == "{" else {}


def _of_invoke(texts: Mapping[str, str]) -> Iterator[Recipe]:
    """InvokeAI's: the present one, that of its second version, and the command line of its first."""
    if "invokeai_metadata" in texts:
        yield Recipe(INVOKE, _of_flat(_json(texts["invokeai_metadata"])))
    if "sd-metadata" in texts:
        read = _json(texts["sd-metadata"])
        image: object = read.get("image")
        parts = image.get("prompt") if isinstance(image, dict) else None
        words: list[object] = [parts]
        if isinstance(parts, list):
            words = [each.get("prompt") for each in parts if isinstance(each, dict)]
        own = image if isinstance(image, dict) else {}
        yield Recipe(
            INVOKE, _of_flat({**read, **own, "prompt": " ".join(str(each) for each in words if _is_text(each))})
        )
    if dream := texts.get("dream", "")[:_SEARCHED_LENGTH].strip():
        prompt, _, last = dream.removeprefix('"').rpartition('"')
        flags = dict(_DREAM_FLAG.findall(last[:_SETTINGS_LENGTH]))
        settings = [(name, flags[flag]) for flag, name in _DREAM_NAMES.items() if flag in flags]
        yield Recipe(INVOKE, {"prompt": prompt, "seed": flags.get("S"), "settings": settings})


def _of_novelai(read: Mapping[str, Any]) -> dict[str, Any]:
    """Since its fourth version each character has words of its own, beside those of the whole picture."""
    found = _of_flat(read)
    for field, part in (("prompt", "v4_prompt"), ("negative_prompt", "v4_negative_prompt")):
        caption = _inner(_inner(read.get(part)).get("caption"))
        characters = caption.get("char_captions")
        named = [each for each in characters if isinstance(each, dict)] if isinstance(characters, list) else []
        words = [found[field] or caption.get("base_caption"), *(each.get("char_caption") for each in named)]
        found[field] = "\n".join(each for each in words if isinstance(each, str) and each)
    return found


def _of_lines(text: str) -> dict[str, Any]:
    before, _, last = text.strip().rpartition("\n")
    if lines := [*_SETTINGS_LINE.finditer(text)]:
        before, last = text[: lines[-1].start()], lines[-1][0]
    settings = dict(_SETTING.findall(last[:_SETTINGS_LENGTH]))
    if len(settings) < _MIN_SETTINGS:
        before, settings = text, {}
    prompt, _, negative = f"\n{before}".partition(_NEGATIVE)
    model = None
    if _RESOURCES in settings:
        model, settings[_RESOURCES] = _resources(settings[_RESOURCES])
    return {
        "prompt": prompt,
        "negative_prompt": negative,
        "model": settings.pop("Model", model),
        "seed": settings.pop("Seed", None),
        "settings": [(name, value.strip('"')) for name, value in settings.items()],
    }


def _resources(text: str) -> tuple[str | None, str]:
    """The model, and all of them in words: “Juggernaut XL Ragnarok, Add Detail v1 (0.6)”."""
    try:
        read: object = json.loads(text)
    except (ValueError, RecursionError):
        return None, text
    named: list[str] = []
    model = None
    for each in read if isinstance(read, list) else ():
        if isinstance(each, dict) and _is_text(each.get("modelName")):
            version, weight = each.get("modelVersionName"), each.get("weight")
            name = f"{each['modelName']} {version}" if _is_text(version) else str(each["modelName"])
            named.append(f"{name} ({weight})" if isinstance(weight, int | float) else name)
            model = model or (name if each.get("type") == "checkpoint" else None)
    return model, ", ".join(named) or text


def _of_flat(read: Mapping[str, Any]) -> dict[str, Any]:
    plain = {_SIGNS.sub("", name.lower()): value for name, value in reversed([*read.items()])}
    found = {field: next((plain[name] for name in names if name in plain), None) for field, names in _NAMES.items()}
    if isinstance(model := found["model"], dict):
        found["model"] = model.get("name") or model.get("model_name")
    for field in ("prompt", "negative_prompt"):
        if isinstance(words := found[field], list):
            found[field] = "\n".join(each for each in words if _is_text(each))
    settings = ((name, value) for name, value in read.items() if _SIGNS.sub("", name.lower()) in _SETTING_NAMES)
    return found | {"settings": [(name, value) for name, value in settings if isinstance(value, str | int | float)]}


def _is_of_midjourney(name: str, text: str) -> bool:
    last = text[-_SETTINGS_LENGTH:]
    is_versioned = name == "Description" and _VERSION.search(last) is not None
    return is_versioned or (_JOB.search(last[-80:]) is not None and _FLAG.search(last) is not None)


def _of_midjourney(text: str) -> dict[str, Any]:
    """“a castle --ar 16:9 --v 6.0 Job ID: …”."""
    words = _JOB.sub("", text[:_SEARCHED_LENGTH])
    first = _FLAG.search(words)
    flags = dict(_FLAG.findall(words[first.start() :][:_SETTINGS_LENGTH])) if first else {}
    version, niji = flags.pop("v", ""), flags.pop("niji", "")
    return {
        "prompt": words[: first.start()] if first else words,
        "negative_prompt": flags.pop("no", None),
        "model": f"Midjourney niji {niji}" if niji else f"Midjourney {version}".strip(),
        "seed": flags.pop("seed", None),
        "settings": [*flags.items()],
    }


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


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
