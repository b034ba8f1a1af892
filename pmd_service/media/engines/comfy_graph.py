"""ComfyUI's two graphs, as nodes whose inputs have names.

The “prompt” is what was run, by node: ``{id: {"class_type": …, "inputs": {name: value or [id, output]}}}``. The
“workflow” is what its editor showed: lists of nodes, whose values have no names, and of links.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

_MAX_NODES = 5_000
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
            if (target := target_of(value)) is not None:
                yield name, target


Graph = Mapping[str, Node]


def is_graph(read: Mapping[str, Any]) -> bool:
    """Whether this is either graph."""
    return isinstance(read.get("nodes"), list) or any(
        isinstance(each, dict) and isinstance(each.get("inputs"), dict) for each in read.values()
    )


def run_graph(prompt: Mapping[str, Any]) -> dict[str, Node]:
    return {
        str(name): Node(str(node.get("class_type", "")), node["inputs"])
        for name, node in [*prompt.items()][:_MAX_NODES]
        if isinstance(node, dict) and isinstance(node.get("inputs"), dict)
    }


def edited_graph(workflow: Mapping[str, Any]) -> dict[str, Node]:
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
            return _by_type(node, [value for value in values if is_text(value)])
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


def target_of(value: object) -> str | None:
    """The id of the node that a link leads to."""
    if isinstance(value, list) and len(value) == 2 and isinstance(value[0], str | int) and isinstance(value[1], int):
        return str(value[0])
    return None


def is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
