"""What a file's metadata says of its origin: rights, location, and whether an image generator made it.

XML is searched and not parsed. Findings are hints for the owner, not proofs.
"""

import html
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import msgspec
from PIL import ExifTags, Image

from ...assets.generation import Generation
from ...locales import translatable
from ..messages import Finding
from ..probe_result import Rights
from . import credentials
from .credentials import Credentials
from .generation import WEB_UI, readable, recipes
from .hidden import hidden_texts

TEXT_LENGTH = 500
_SEARCHED_BYTES = 1024**2

# The texts of image generators: that they are there is a mark, whether or not they can be read.
_GENERATOR_TEXTS = {
    "parameters": f"generation settings ({WEB_UI})",
    "prompt": "generation settings (ComfyUI)",
    "workflow": "generation settings (ComfyUI)",
    "invokeai_metadata": "generation settings (InvokeAI)",
    "sd-metadata": "generation settings (InvokeAI)",
    "dream": "generation settings (InvokeAI)",
    "generation_data": "generation settings",
    "fooocus_scheme": "generation settings (Fooocus)",
}
# Fooocus writes its comment among these, too, where EXIF has no comments.
_EXIF_TEXTS = (
    ExifTags.Base.ImageDescription,
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.UserComment,
)
_TEXT_BYTES = 16 * 1024**2
_UTF_16 = ("utf-16-be", "utf-16-le")
_GENERATORS = re.compile(
    r"\b(midjourney|stable diffusion|dall[-·]?e|novelai|adobe firefly|imagen|gpt-4o)\b"
    r"|\b(suno|udio|stable audio|elevenlabs)\b",
    re.I,
)
# https://cv.iptc.org/newscodes/digitalsourcetype: the two that mean "made by a trained model", whole or in part.
_SOURCE_TYPE = re.compile(rb"(?:compositeWithT|t)rainedAlgorithmicMedia")
# C2PA's manifest store: a JUMBF box in a chunk or segment of its own.
_CREDENTIALS = (b"caBX", b"jumdc2pa", b"C2PA", b"\xd8\xfe\xc3\xd6\x1b\x0e\x48\x3c\x92\x97\x58\x28\x87\x7e\xc4\x81")
_XMP_TEXTS = {
    "copyright": re.compile(r"<dc:rights>.{0,300}?<rdf:li[^>]{0,100}>([^<]{1,2000})</rdf:li>", re.S),
    "author": re.compile(r"<dc:creator>.{0,300}?<rdf:li[^>]{0,100}>([^<]{1,2000})</rdf:li>", re.S),
    "license": re.compile(r"(?:xmpRights:WebStatement|cc:license)(?:=\"|>|\s+rdf:resource=\")([^<\"]{1,2000})"),
}
_XMP_RECIPES = ("exif:UserComment", "dc:description")
_XMP_MARKUP = re.compile(r"<[^>]{0,300}>")
XMP_PLACE = re.compile(r"exif:GPSL(?:atitude|ongitude)")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, in fields of :class:`ProbeResult`."""

    rights: Rights
    ai_marks: list[str]
    generation: Generation | None
    gps: bool
    findings: list[Finding]


def of_image(image: Image.Image, path: Path) -> Found:
    """From text chunks, EXIF and XMP, which Pillow reads within its own limits, and from a decoded image's pixels."""
    texts = {str(name): _as_text(exif_text(value)) for name, value in image.info.items() if isinstance(value, str)}
    xmp = _as_text(image.info.get("xmp") or texts.get("XML:com.adobe.xmp", ""))
    exif = image.getexif()
    more = exif.get_ifd(ExifTags.IFD.Exif)
    own = {
        "author": texts.get("Author") or exif_text(exif.get(ExifTags.Base.Artist)),
        "copyright": texts.get("Copyright") or exif_text(exif.get(ExifTags.Base.Copyright)),
        "license": texts.get("License"),
    }
    rights = {name: clean(value) or _search(_XMP_TEXTS[name], xmp) for name, value in own.items()}
    gps = bool(exif.get_ifd(ExifTags.IFD.GPSInfo)) or XMP_PLACE.search(xmp) is not None
    named = {mark for name, mark in _GENERATOR_TEXTS.items() if name in texts}
    more_texts = {
        "Software": _as_text(exif.get(ExifTags.Base.Software)),
        "comment": _as_text(image.info.get("comment")),
        "EXIF": _as_text(more.get(ExifTags.Base.UserComment)),
        **{f"EXIF {tag}": _as_text(exif_text(exif.get(tag))) for tag in _EXIF_TEXTS},
        **{f"XMP {name}": _xmp_text(name, xmp) for name in _XMP_RECIPES},
    }
    return _found(Rights(**rights), _filled(more_texts) | hidden_texts(image) | texts, gps, path, named=named, xmp=xmp)


def of_tags(tags: Mapping[str, str], path: Path) -> Found:
    """From the tags of a sound or video, by libav's names."""
    lower = {name.lower(): value for name, value in tags.items()}
    rights = Rights(
        author=clean(lower.get("artist") or lower.get("author")),
        copyright=clean(lower.get("copyright")),
        license=clean(lower.get("license")),
    )
    gps = any("location" in name or "gps" in name for name in lower)
    return _found(rights, _filled({name: _as_text(value) for name, value in lower.items()}), gps, path)


def _filled(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}


def _found(
    rights: Rights,
    texts: Mapping[str, str],
    gps: bool,
    path: Path,
    *,
    named: Collection[str] = (),
    xmp: str = "",
) -> Found:
    findings = []
    read = [*recipes(texts)]
    recipe = readable(read)
    settings = {f"generation settings ({each.program})" for each in read} or {*named}
    if settings and not recipe:
        message = "The file has settings of an image generator, in a form that cannot be read here."
        findings.append(Finding("recipe_unread", message))
    marks = settings | _ai_names(texts.values())
    raw = _ends_of(path)
    signed = credentials.read(path) if (is_signed := any(sign in raw for sign in _CREDENTIALS)) else None
    made = signed if signed is not None and signed.is_intact and signed.is_by_a_model else None
    if made is not None:
        marks.add("content credentials: made by a trained model (C2PA)")
    elif _SOURCE_TYPE.search(raw) or _SOURCE_TYPE.search(xmp.encode()):
        marks.add("digital source type: made by a trained model (IPTC)")
    if marks:
        findings.append(Finding("ai_marks", "The file says that a machine made it, or a part of it."))
    if is_signed:
        findings.append(Finding("content_credentials", _of_credentials(signed)))
    if gps:
        findings.append(Finding("gps", "The file says where it was made. Published copies do not."))
    if rights != Rights():
        findings.append(Finding("embedded_rights", "The file names an author, a copyright or a licence."))
    known = {"model": clean(", ".join(made.models)) if made else None, **recipe}
    generation = Generation(marks=sorted(marks), **known) if marks else None
    return Found(rights=rights, ai_marks=sorted(marks), generation=generation, gps=gps, findings=findings)


def _of_credentials(signed: Credentials | None) -> str:
    if signed is None:
        return translatable("The file carries content credentials (C2PA) on how it was made.")
    if not signed.is_intact:
        return translatable(
            "The file carries content credentials (C2PA) that do not match it: it was changed after it was signed."
        )
    by, generator = clean(signed.signer), clean(signed.generator)
    who = translatable(f" by {by} (who that is was not checked)") if by else ""
    if not generator:
        return translatable(f"The file carries content credentials (C2PA), unchanged since it was signed{who}.")
    return translatable(
        f"The file carries content credentials (C2PA), unchanged since it was signed{who}: made with {generator}."
    )


def _ai_names(texts: Iterable[str]) -> set[str]:
    found = (_GENERATORS.search(text[:_SEARCHED_BYTES]) for text in texts)
    return {f"names {name[0]}" for name in found if name}


def _xmp_text(name: str, xmp: str) -> str:
    """The text of an element, or of its items."""
    inner, end, _ = xmp.partition(f"<{name}>")[2].partition(f"</{name}>")
    return html.unescape(_XMP_MARKUP.sub("", inner[:_SEARCHED_BYTES])).strip() if end else ""


def _ends_of(path: Path) -> bytes:
    """The first and last megabyte, where all formats have their metadata."""
    with path.open("rb") as file:
        head = file.read(_SEARCHED_BYTES)
        size = file.seek(0, 2)
        file.seek(max(len(head), size - _SEARCHED_BYTES))
        return head + file.read(_SEARCHED_BYTES)


def _search(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return clean(match[1]) if match else None


def clean(value: object) -> str | None:
    """One line, bounded, without control characters."""
    text = " ".join(_as_text(value).split())
    return "".join(sign for sign in text if sign.isprintable())[:TEXT_LENGTH].strip() or None


def exif_text(value: object) -> object:
    """A text of EXIF or PNG, which Pillow decodes as Latin-1: most programs write UTF-8, as does EXIF since 3.0."""
    try:
        return value.encode("latin-1").decode() if isinstance(value, str) else value
    except UnicodeError:
        return value


def _as_text(value: object) -> str:
    if isinstance(value, bytes) and value.startswith(b"UNICODE\0"):
        # EXIF has a comment's encoding in its first eight bytes, but not UTF-16's byte order.
        value = max((value[8:].decode(each, "replace") for each in _UTF_16), key=_plain_signs)
    elif isinstance(value, bytes):
        value = value.removeprefix(b"ASCII\0\0\0").decode("utf-8", "replace")
    return value[:_TEXT_BYTES].replace("\0", "") if isinstance(value, str) else ""


def _plain_signs(text: str) -> int:
    """How much of a text is ASCII: in the wrong byte order, hardly anything is."""
    return len(text[:1000].encode("ascii", "ignore"))
