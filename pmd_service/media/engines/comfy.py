"""What ComfyUI's graphs say of a picture: prompt, model, seed and settings of the sampler that began it.

Graphs may be cyclic: every walk visits a node once.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from .comfy_graph import Graph, Node, edited_graph, is_text, run_graph, target_of

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


def recipe_of(prompt: Mapping[str, Any], workflow: Mapping[str, Any]) -> dict[str, Any]:
    """Prompt, negative prompt, model, seed and settings; empty if neither graph has a sampler."""
    for graph in (run_graph(prompt), edited_graph(workflow)):
        if (sampler := _first_sampler(graph)) is not None:
            return _recipe(graph, sampler)
    return {}


def _first_sampler(graph: Graph) -> str | None:
    """Of the samplers behind a result, the one that no other comes before."""
    samplers = {name for name, node in graph.items() if _is_sampler(node)}
    behind = {target for node in graph.values() for _, target in node.links()}
    ends = [name for name in graph if name not in behind]
    for name in _walk(graph, ends, lambda _node, _slot: True):
        if name in samplers:
            before = _walk(graph, [name], lambda node, slot: slot in _BEFORE or not _is_sampler(node))
            return [each for each in before if each in samplers][-1]
    return None


def _is_sampler(node: Node) -> bool:
    names = node.inputs.keys()
    return not names.isdisjoint(_NOISES) and not names.isdisjoint(_GUIDES)


def _walk(graph: Graph, names: Iterable[str], follows: Callable[[Node, str], bool]) -> Iterator[str]:
    """These nodes and those that feed them by inputs that are followed, the nearest first."""
    found = dict.fromkeys(names)
    waiting = [*found]
    for name in waiting:
        if name not in graph:
            continue
        yield name
        for slot, target in graph[name].links():
            if target not in found and follows(graph[name], slot):
                found[target] = None
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
    if is_text(value):
        found[str(value)] = None
    target = target_of(value)
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
        if is_other or not (_WORDS.fullmatch(name) or (name == side and is_text(value))):
            continue
        if text := _spelled(graph, value, set()):
            yield text


def _spelled(graph: Graph, value: object, seen: set[str]) -> str:
    """A text, or what the nodes that a link leads to put together."""
    if is_text(value):
        return str(value).strip()
    target = target_of(value)
    if target is None or target not in graph or target in seen or len(seen) > _MAX_STEPS:
        return ""
    seen.add(target)
    inputs = graph[target].inputs
    named = [each for name, each in inputs.items() if _WORDS.fullmatch(name) or name == ""]
    parts = [text for each in named if (text := _spelled(graph, each, seen))]
    return ", ".join(dict.fromkeys(parts))


def _value(graph: Graph, name: str, names: Sequence[str], via: Sequence[str]) -> object:
    """The first value with one of these names, along these links."""
    along = _walk(graph, [name], lambda _node, slot: slot in via or slot.startswith("model"))
    for at in islice(along, _MAX_STEPS):
        inputs = graph[at].inputs
        for wanted in names:
            if (found := _plain(graph, inputs.get(wanted))) is not None:
                return found
    return None


def _plain(graph: Graph, value: object) -> object:
    """A value, or that of the node that a link leads to."""
    for _ in range(16):
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return value
        target = target_of(value)
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
