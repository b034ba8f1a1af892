"""/api/openapi.json and /api/docs: one document, as JSON and as a page that needs no script."""

import base64
import hashlib
from http import HTTPStatus
from importlib.resources import files
from typing import Any

import msgspec
from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from .document import Json

_STYLE = files("pmd_service.http.openapi").joinpath("page.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

# Nothing is loaded and nothing runs; the one style element is known by its hash.
_CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Documentation:
    """The document and its page, rendered once at start-up."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.json = msgspec.json.encode(document)
        self.page = _templates.get_template("page.html").render(api=document, style=Markup(_STYLE)).encode()  # noqa: S704


DOCUMENTATION = web.AppKey("documentation", Documentation)


async def get_openapi(request: web.Request) -> web.Response:
    return web.Response(body=request.app[DOCUMENTATION].json, content_type="application/json")


async def get_docs(request: web.Request) -> web.Response:
    return web.Response(
        body=request.app[DOCUMENTATION].page,
        content_type="text/html",
        charset="utf-8",
        headers={"Content-Security-Policy": _CONTENT_SECURITY_POLICY},
    )


def _prose(text: str) -> Markup:
    """The little Markdown that descriptions use: paragraphs, and names between backticks."""
    paragraphs = [
        Markup("").join(
            Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
            for number, part in enumerate(paragraph.split("`"))
        )
        for paragraph in text.split("\n\n")
    ]
    return Markup("").join(Markup("<p>{}</p>").format(paragraph) for paragraph in paragraphs if paragraph)


def _pretty(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value)).decode()


def _kind(schema: Json) -> str:
    """A schema in a few words: ``integer, 1 to 512``, ``Post[]``, ``text or null``."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(map(_kind, schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"{_kind(schema['items'])}[]"
    kind = {"string": "text", None: "anything"}.get(schema.get("type"), schema.get("type"))
    bounds = [str(schema[bound]) for bound in ("minimum", "maximum") if bound in schema]
    return ", ".join(part for part in (schema.get("format", kind), " to ".join(bounds)) if part)


def _phrase(status: str) -> str:
    return HTTPStatus(int(status)).phrase


_templates = Environment(
    loader=PackageLoader("pmd_service.http.openapi", "."),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters |= {"prose": _prose, "pretty": _pretty, "kind": _kind, "phrase": _phrase}
