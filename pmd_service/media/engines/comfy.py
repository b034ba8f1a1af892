"""ComfyUI's graphs, as its outputs carry them: prompt, model, seed and settings of the sampler that began an image.

The “prompt” is what was run, by node: ``{id: {"class_type": …, "inputs": {name: value or [id, output]}}}``. The
“workflow” is what its editor showed: lists of nodes, whose values have no names, and of links. Both may be cyclic.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

_MAX_NODES = 5_000
# Of one walk along links, which may be recursive.
_MAX_STEPS = 400
# What a sampler has, besides what it begins with.
_NOISES = ("seed", "noise_seed", "noise")
_GUIDES = ("positive", "guider", "conditioning", "prompt", "text", "pipe", "basic_pipe", "conditioning_pipe")
# A sampler's picture comes from another one's.
_BEFORE = ("latent_image", "samples", "latent", "latents", "optional_latent", "pixels", "image", "images")
_WORDS = re.compile(
    r"(?:positive_|populated_|wildcard_)?(?:text|prompt|string|str|value)(?:_?(?:[a-h]|positive|[lg]|[0-9]))?"
    r"|clip_l|t5xxl|llama",
    re.I,
)
_SIDES = ("guider", "cond", "pipe", "basic_pipe", "base_positive", "")
# The loaders' own names first: others name what is put on top of a model.
_MODELS = (("ckpt_name", "unet_name", "base_ckpt_name", "gguf_name"), ("model_name", "model", "diffusion_model"))
_SEEDS = ("seed", "noise_seed", "value", "int", "number", "Value")
_SETTINGS = ("steps", "cfg", "sampler_name", "scheduler", "denoise", "guidance")
_MODEL_LINKS = ("model", "guider", "pipe", "basic_pipe", "")
# Of the editor's nodes, whose values are a list: what each is.
_WIDGETS: Mapping[str, Sequence[str]] = {
    "KSampler": ("seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": ("add_noise", "noise_seed", "", "steps", "cfg", "sampler_name", "scheduler"),
    "KSampler (Efficient)": ("seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "SamplerCustom": ("add_noise", "noise_seed", "", "cfg"),
    "RandomNoise": ("noise_seed",),
    "KSamplerSelect": ("sampler_name",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "CFGGuider": ("cfg",),
    "FluxGuidance": ("guidance",),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "CheckpointLoader": ("config_name", "ckpt_name"),
    "unCLIPCheckpointLoader": ("ckpt_name",),
    "UNETLoader": ("unet_name",),
    "UnetLoaderGGUF": ("unet_name",),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeSDXL": ("", "", "", "", "", "", "text_g", "text_l"),
    "CLIPTextEncodeSDXLRefiner": ("", "", "", "text"),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "Efficient Loader": ("ckpt_name", "", "", "", "", "", "positive", "negative"),
    "XlabsSampler": ("noise_seed", "", "steps"),
    "PrimitiveNode": ("value",),
}
_PASSES = ("Reroute", "SetNode")
# Of a node of the editor: it does nothing, or what it gets goes on unchanged.
_MUTED, _BYPASSED = 2, 4


class Node(msgspec.Struct, frozen=True):
    """A node by its class; a link is ``[id, output]`` as in the “prompt”."""

    kind: str
    inputs: Mapping[str, Any]

    def links(self) -> Iterator[tuple[str, str]]:
        """The inputs that other nodes feed, with those nodes' ids."""
        for name, value in self.inputs.items():
            if (target := _target(value)) is not None:
                yield name, target


Graph = Mapping[str, Node]


def recipe_of(prompt: Mapping[str, Any], workflow: Mapping[str, Any]) -> dict[str, Any]:
    """Prompt, negative prompt, model, seed and settings; empty if neither graph has a sampler."""
    for graph in (_run(prompt), _edited(workflow)):
        if (sampler := _first_sampler(graph)) is not None:
            return _recipe(graph, sampler)
    return {}


def is_graph(read: Mapping[str, Any]) -> bool:
    """Whether this is either graph."""
    return isinstance(read.get("nodes"), list) or any(
        isinstance(each, dict) and isinstance(each.get("inputs"), dict) for each in read.values()
    )


def _run(prompt: Mapping[str, Any]) -> dict[str, Node]:
    return {
        str(name): Node(str(node.get("class_type", "")), node["inputs"])
        for name, node in [*prompt.items()][:_MAX_NODES]
        if isinstance(node, dict) and isinstance(node.get("inputs"), dict)
    }


# The editor's graph


def _edited(workflow: Mapping[str, Any]) -> dict[str, Node]:
    nodes = [each for each in _list(workflow.get("nodes")) if isinstance(each, dict)][:_MAX_NODES]
    sources = {
        link[0]: [str(link[1]), link[2]]
        for link in _list(workflow.get("links"))
        if isinstance(link, list) and len(link) > 3 and isinstance(link[0], int)
    }
    kept = {_label(node): str(node.get("id")) for node in nodes if node.get("type") == "SetNode"}
    return {
        str(node.get("id")): Node(str(node.get("type", "")), _inputs_of(node, sources, kept))
        for node in nodes
        if node.get("mode") != _MUTED
    }


def _inputs_of(node: Mapping[str, Any], sources: Mapping[int, Any], kept: Mapping[Any, str]) -> dict[str, Any]:
    slots = [each for each in _list(node.get("inputs")) if isinstance(each, dict)]
    linked = {
        str(slot.get("name")): sources[slot["link"]]
        for slot in slots
        if isinstance(slot.get("link"), int) and slot["link"] in sources
    }
    if node.get("type") == "GetNode":
        return {"": [kept[label], 0]} if (label := _label(node)) in kept else {}
    if node.get("type") in _PASSES:
        return {"": next(iter(linked.values()), None)}
    return _passed(node, slots, linked) if node.get("mode") == _BYPASSED else _named(node, slots) | linked


def _passed(node: Mapping[str, Any], slots: Sequence[Mapping[str, Any]], linked: Mapping[str, Any]) -> dict[str, Any]:
    """What goes through a node that is bypassed: the inputs of its outputs' types."""
    types = [each.get("type") for each in _list(node.get("outputs")) if isinstance(each, dict)]
    through = [str(slot.get("name")) for slot in slots if slot.get("type") in types]
    return {name: link for name, link in linked.items() if name in through}


def _named(node: Mapping[str, Any], slots: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The values of a node by their names."""
    values = _widgets(node)
    if isinstance(values, dict):
        return dict(values)
    names: Sequence[str] = _WIDGETS.get(str(node.get("type")), ())
    if not names:
        names = [str(slot.get("name")) for slot in slots if isinstance(slot.get("widget"), dict)]
        # The editor has one more behind each seed: what becomes of it after a run.
        names = [part for name in names for part in ((name, "") if name in ("seed", "noise_seed") else (name,))]
        if len(names) != len(values):
            return _by_type(node, [value for value in values if _is_text(value)])
    return {name: value for name, value in zip(names, values, strict=False) if name}


def _by_type(node: Mapping[str, Any], texts: Sequence[str]) -> dict[str, Any]:
    """The one text of an unknown node, by what the node makes."""
    types = [each.get("type") for each in _list(node.get("outputs")) if isinstance(each, dict)]
    if len(texts) != 1:
        return {}
    return {name: texts[0] for kind, name in (("CONDITIONING", "text"), ("MODEL", "unet_name")) if kind in types}


def _label(node: Mapping[str, Any]) -> str:
    """The name under which a node keeps or gets what it passes on."""
    values = _widgets(node)
    return str(values[0]) if isinstance(values, list) and values else ""


def _widgets(node: Mapping[str, Any]) -> Any:
    values = node.get("widgets_values")
    return values if isinstance(values, list | dict) else []


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


# What was made with it


def _first_sampler(graph: Graph) -> str | None:
    """Of the samplers behind a result, the one that no other comes before."""
    samplers = {name for name, node in graph.items() if _is_sampler(node)}
    behind = {target for node in graph.values() for _, target in node.links()}
    ends = [name for name in graph if name not in behind]
    for name in _upstream(graph, ends):
        if name in samplers:
            before = [each for each in _upstream(graph, [name], _BEFORE) if each in samplers]
            return before[-1]
    return None


def _is_sampler(node: Node) -> bool:
    names = node.inputs.keys()
    return not names.isdisjoint(_NOISES) and not names.isdisjoint(_GUIDES)


def _upstream(graph: Graph, names: Iterable[str], only: Sequence[str] | None = None) -> Iterator[str]:
    """These nodes and those that feed them, the nearest first; from samplers on by these inputs only."""
    seen = dict.fromkeys(names)
    waiting = [*seen]
    for name in waiting:
        if name not in graph:
            continue
        yield name
        for slot, target in graph[name].links():
            if target not in seen and (only is None or slot in only or not _is_sampler(graph[name])):
                seen[target] = None
                waiting.append(target)


def _recipe(graph: Graph, sampler: str) -> dict[str, Any]:
    prompt = "\n".join(_texts(graph, sampler, "positive"))
    negative = "\n".join(_texts(graph, sampler, "negative"))
    return {
        "prompt": prompt,
        # Graphs for models without one use the prompt multiplied by zero.
        "negative_prompt": negative if negative != prompt else None,
        "model": next(filter(None, (_value(graph, sampler, names, _MODEL_LINKS) for names in _MODELS)), None),
        "seed": _value(graph, sampler, _SEEDS[:2], ("noise", "")),
        "settings": [*_settings(graph, sampler)],
    }


def _texts(graph: Graph, sampler: str, side: str) -> list[str]:
    """The words that a side of the sampler is conditioned by."""
    inputs = graph[sampler].inputs
    both, own = ("guider", "pipe", "basic_pipe"), ("conditioning", "prompt", "text")
    names = (side, *both, *own) if side == "positive" else (side, *both, "neg_conditioning", "negative_prompt")
    found: dict[str, None] = {}
    if (first := next((name for name in names if name in inputs), None)) is not None:
        _condition(graph, inputs[first], side, found, {sampler})
    return [*found]


def _condition(graph: Graph, value: object, side: str, found: dict[str, None], seen: set[str]) -> None:
    if _is_text(value):
        found[str(value)] = None
    target = _target(value)
    if target is None or target not in graph or target in seen or len(seen) > _MAX_STEPS:
        return
    seen.add(target)
    node = graph[target]
    if node.kind == "ConditioningZeroOut":
        return
    if words := [*_words(graph, node, side)]:
        found.update(dict.fromkeys(words))
        return
    linked = [name for name, _ in node.links()]
    sided = [name for name in linked if name == side or name.startswith(f"{side}_")]
    plain = [name for name in linked if name in _SIDES or name.startswith("conditioning")]
    both = [name for name in linked if name in ("positive", "negative")]
    for name in sided or plain or (both if side == "positive" and len(both) == 1 else []):
        _condition(graph, node.inputs[name], side, found, seen)


def _words(graph: Graph, node: Node, side: str) -> Iterator[str]:
    """The texts of a node that makes a conditioning of words."""
    for name, value in node.inputs.items():
        is_other = name.lower().startswith("negative" if side == "positive" else "positive")
        if is_other or not (_WORDS.fullmatch(name) or (name == side and _is_text(value))):
            continue
        if text := _spelled(graph, value, set()):
            yield text


def _spelled(graph: Graph, value: object, seen: set[str]) -> str:
    """A text, or what the nodes that a link leads to put together."""
    if _is_text(value):
        return str(value).strip()
    target = _target(value)
    if target is None or target not in graph or target in seen or len(seen) > _MAX_STEPS:
        return ""
    seen.add(target)
    inputs = graph[target].inputs
    named = [each for name, each in inputs.items() if _WORDS.fullmatch(name) or name == ""]
    parts = [text for each in named if (text := _spelled(graph, each, seen))]
    return ", ".join(dict.fromkeys(parts))


def _value(graph: Graph, name: str, names: Sequence[str], via: Sequence[str]) -> object:
    """The first value with one of these names, along these links."""
    for at in _along(graph, name, via):
        inputs = graph[at].inputs
        for wanted in names:
            if (found := _plain(graph, inputs.get(wanted))) is not None:
                return found
    return None


def _along(graph: Graph, name: str, via: Sequence[str]) -> Iterator[str]:
    seen: dict[str, None] = {name: None}
    waiting = [name]
    for at in waiting:
        if at not in graph or len(seen) > _MAX_STEPS:
            continue
        yield at
        for slot, target in graph[at].links():
            if target not in seen and (slot in via or slot.startswith("model")):
                seen[target] = None
                waiting.append(target)


def _plain(graph: Graph, value: object) -> object:
    """A value, or that of the node that a link leads to."""
    for _ in range(16):
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return value
        target = _target(value)
        if target is None or target not in graph:
            return None
        inputs = graph[target].inputs
        value = next((inputs[name] for name in (*_SEEDS, "") if name in inputs), None)
    return None


def _settings(graph: Graph, sampler: str) -> Iterator[tuple[str, object]]:
    for name in _SETTINGS:
        found = _plain(graph, graph[sampler].inputs.get(name))
        if found is None:
            found = _value(graph, sampler, (name,), ("sampler", "sigmas", "guider", "conditioning", ""))
        if found is not None:
            yield name, found


def _target(value: object) -> str | None:
    """The id of the node that a link leads to."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str | int) and isinstance(value[1], int):
        return str(value[0])
    return None


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
