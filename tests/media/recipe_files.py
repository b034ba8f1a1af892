"""Files with the recipes of image generators, as each program writes them into each container."""

import gzip
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import ExifTags, Image, PngImagePlugin

from pmd_service.media.engines.generation import readable, recipes

from .files import image_bytes, moving_picture, save_sound, save_video, sprite, tone


def generation_params(texts: Mapping[str, str]) -> dict[str, Any]:
    """What a file with these texts says of how it was made."""
    return readable(recipes(texts))


PROMPT, NEGATIVE, MODEL, SEED = "a dragon (of glass:1.2), é 龙", "blurry, text", "pixelXL", "1234"

WEB_UI = f"{PROMPT}\nNegative prompt: {NEGATIVE}\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1234, Model: pixelXL"
GRAPH: dict[str, Any] = {
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": MODEL}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": PROMPT, "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": NEGATIVE, "clip": ["4", 1]}},
    "3": {
        "class_type": "KSampler",
        "inputs": {"seed": 1234, "steps": 20, "cfg": 7.5, "sampler_name": "euler", "model": ["4", 0]}
        | {"positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0], "is_changed": [float("nan")]},
    },
    "9": {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "ComfyUI"}},
}
WORKFLOW: dict[str, Any] = {
    "nodes": [
        {"id": 4, "type": "CheckpointLoaderSimple", "mode": 0, "widgets_values": [MODEL],
         "outputs": [{"type": "MODEL"}]},
        {"id": 5, "type": "LoraLoader", "mode": 4, "widgets_values": ["x", 1, 1],
         "inputs": [{"name": "model", "type": "MODEL", "link": 5}], "outputs": [{"type": "MODEL"}]},
        {"id": 6, "type": "CLIPTextEncode", "mode": 0, "widgets_values": [PROMPT], "inputs": []},
        {"id": 7, "type": "CLIPTextEncode", "mode": 0, "widgets_values": [NEGATIVE], "inputs": []},
        {"id": 8, "type": "Reroute", "mode": 0, "inputs": [{"name": "", "link": 3}]},
        {"id": 3, "type": "KSampler", "mode": 0, "widgets_values": [1234, "randomize", 20, 7.5, "euler", "normal", 1],
         "inputs": [{"name": "model", "link": 1}, {"name": "positive", "link": 2}, {"name": "negative", "link": 4}]},
    ],
    "links": [[1, 5, 0, 3, 0, "MODEL"], [2, 8, 0, 3, 1, "*"], [3, 6, 0, 8, 0, "*"], [4, 7, 0, 3, 2, "*"],
              [5, 4, 0, 5, 0, "MODEL"]],
}  # fmt: skip
SWARM = json.dumps(
    {"sui_image_params": {"prompt": PROMPT, "negativeprompt": NEGATIVE, "model": MODEL, "seed": 1234, "steps": 20,
                          "cfgscale": 7.0, "sampler": "euler"}, "sui_extra_data": {"date": "2026-01-01"}}
)  # fmt: skip
INVOKE = json.dumps({"positive_prompt": PROMPT, "negative_prompt": NEGATIVE, "model": {"name": MODEL}, "seed": 1234,
                     "steps": 20, "cfg_scale": 7.5, "sampler": "euler"})  # fmt: skip
_INVOKE_IMAGE = {"prompt": [{"prompt": PROMPT, "weight": 1.0}], "seed": 1234, "steps": 20, "sampler": "k_lms"}
INVOKE_2 = json.dumps({"model_weights": MODEL, "image": _INVOKE_IMAGE})
DREAM = f'"{PROMPT}" -s 20 -S 1234 -W 512 -H 512 -C 7.5 -A k_lms'
FOOOCUS = json.dumps({"base_model": MODEL, "prompt": PROMPT, "negative_prompt": NEGATIVE, "seed": "1234", "steps": 30,
                      "guidance_scale": 4.0, "sampler": "dpmpp_2m_sde_gpu", "metadata_scheme": "fooocus",
                      "full_prompt": [PROMPT, "cinematic"]})  # fmt: skip
NOVELAI = {"Title": "NovelAI generated image", "Description": PROMPT, "Software": "NovelAI", "Source": MODEL,
           "Comment": json.dumps({"prompt": PROMPT, "uc": NEGATIVE, "seed": 1234, "steps": 28, "scale": 5.0,
                                  "sampler": "k_euler"})}  # fmt: skip
DRAW_THINGS = json.dumps({"c": PROMPT, "uc": NEGATIVE, "model": MODEL, "seed": 1234, "steps": 20, "scale": 7.5,
                          "sampler": "Euler A", "v2": {"batchCount": 1}})  # fmt: skip
MIDJOURNEY = f"{PROMPT} --no text --ar 16:9 --seed 1234 --v 6.1 Job ID: 0f2c8a6e-1111-4222-8333-944445555666"


def png(texts: Mapping[str, str], kind: str = "iTXt", image: Image.Image | None = None) -> bytes:
    """A PNG with these texts, in chunks of this kind."""
    info = PngImagePlugin.PngInfo()
    for name, text in texts.items():
        info.add_itxt(name, text, zip=kind == "zTXt")
        if kind == "tEXt":  # UTF-8 in place of Latin-1, as Python programs write it
            info.chunks.pop()
            info.add(b"tEXt", name.encode() + b"\0" + text.encode())
    return image_bytes(image or sprite(64), "PNG", pnginfo=info)


def exif(*, comment: str = "", is_big: bool = True, **tags: str) -> bytes:
    written = Image.Exif()
    for name, text in tags.items():
        written[ExifTags.Base[name]] = text.encode()  # Pillow encodes str as ASCII
    if comment:
        written.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = b"UNICODE\0" + comment.encode(
            "utf-16-be" if is_big else "utf-16-le"
        )
    return written.tobytes()


def with_exif(kind: str, data: bytes) -> bytes:
    return image_bytes(sprite(64).convert("RGB"), kind, exif=data)


def xmp(comment: str) -> str:
    """As Draw Things writes it."""
    escaped = comment.replace("&", "&amp;").replace("<", "&lt;")
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/"><exif:UserComment><rdf:Alt>'
        f'<rdf:li xml:lang="x-default">{escaped}</rdf:li></rdf:Alt></exif:UserComment></rdf:Description></rdf:RDF>'
        "</x:xmpmeta>"
    )


def hidden(
    text: str, *, channels: str = "A", is_packed: bool = True, side: int = 128, size: int | None = None
) -> Image.Image:
    """A picture whose lowest bits are the text, column by column; ``size`` is the length in bits that it claims."""
    kind = f"stealth_{'png' if channels == 'A' else 'rgb'}{'comp' if is_packed else 'info'}"
    data = gzip.compress(text.encode()) if is_packed else text.encode()
    bits = np.unpackbits(
        np.frombuffer(kind.encode() + (len(data) * 8 if size is None else size).to_bytes(4, "big") + data, np.uint8)
    )
    pixels = np.array(sprite(side).convert("RGBA"))
    pixels[:, :, 3] = 255
    chosen = pixels[:, :, 3:] if channels == "A" else pixels[:, :, :3]
    ordered = chosen.swapaxes(0, 1).reshape(-1).copy()
    ordered[: len(bits)] = ordered[: len(bits)] & 0xFE | bits
    width, depth = pixels.shape[1], chosen.shape[2]
    restored = ordered.reshape(width, side, depth).swapaxes(0, 1)
    pixels[:, :, 3:] = restored if channels == "A" else pixels[:, :, 3:]
    pixels[:, :, :3] = restored if channels == "RGB" else pixels[:, :, :3]
    return Image.fromarray(pixels, "RGBA")


def tagged(path: Path, tags: Mapping[str, str]) -> bytes:
    """A sound or video with these tags, by libav's muxer of its extension."""
    plain = path.with_name(f"plain{path.suffix}")
    if path.suffix in (".flac", ".mp3", ".ogg", ".m4a"):
        save_sound(plain, tone(0.3, rate=48_000), rate=48_000)
    else:
        codec = "libvpx-vp9" if path.suffix == ".webm" else "libx264"
        save_video(plain, moving_picture(4), codec=codec)
    options = {"movflags": "use_metadata_tags"} if path.suffix in (".mp4", ".m4a") else {}
    with av.open(str(plain)) as given, av.open(str(path), "w", container_options=options) as made:
        (stream,) = given.streams
        copy = made.add_stream_from_template(stream)
        if path.suffix == ".ogg":
            copy.metadata.update(tags)  # Vorbis comments are a stream's
        made.metadata.update(tags)
        for packet in given.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                made.mux(packet)
    return path.read_bytes()


def webp_of_comfy() -> bytes:
    """Moving, as ComfyUI saves animations: its texts are camera's maker and model."""
    written = Image.Exif()
    written[ExifTags.Base.Model] = f"prompt:{json.dumps(GRAPH)}"
    written[ExifTags.Base.Make] = f"workflow:{json.dumps(WORKFLOW)}"
    frames, file = [sprite(32, shift=number) for number in range(3)], io.BytesIO()
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:], exif=written, lossless=True)
    return file.getvalue()
