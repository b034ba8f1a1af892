"""XMP side files (ISO 16684-1): the properties that posts have, of Dublin Core, XMP, Photoshop, IPTC and CC.

Document types are refused with the first of them, so that no entity is ever expanded or fetched.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from .documents import UnreadableError
from .texts import is_common_licence

MAX_DEPTH = 64
# Around the document; some programs write the byte order mark in it in another encoding.
_PACKET = re.compile(rb"<\?xpacket[^>]*\?>")
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_LANGUAGE = "http://www.w3.org/XML/1998/namespace}lang"
# By the names of properties: what ``details`` calls them.
_PROPERTIES: Mapping[str, str] = {
    "http://purl.org/dc/elements/1.1/}title": "title",
    "http://purl.org/dc/elements/1.1/}description": "description",
    "http://purl.org/dc/elements/1.1/}subject": "keywords",
    "http://ns.adobe.com/photoshop/1.0/}DateCreated": "date",
    "http://ns.adobe.com/exif/1.0/}DateTimeOriginal": "date",
    "http://ns.adobe.com/xap/1.0/}CreateDate": "date",
    "http://creativecommons.org/ns#}license": "license",
    "http://ns.adobe.com/xap/1.0/rights/}WebStatement": "license",
    "http://ns.adobe.com/xap/1.0/rights/}UsageTerms": "license",
    "http://purl.org/dc/elements/1.1/}rights": "license",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}AltTextAccessibility": "alt",
}
_ORDER = list(_PROPERTIES)
# Mostly “© …”, and sometimes a licence.
_RIGHTS = frozenset(name for name in _ORDER if name.endswith(("}rights", "}UsageTerms", "}WebStatement")))


def read_xmp(data: bytes) -> Iterator[tuple[str, Any]]:
    """The names and values of its properties, the best source of each first.

    Raises:
        UnreadableError: it is no XML, or has a document type.
    """
    found: list[tuple[int, str, Any]] = []
    for description in _parsed(data).iter(f"{_RDF}Description"):
        values = [(name, value) for name, value in description.attrib.items()]
        for name, value in [*values, *((child.tag, _value(child)) for child in description)]:
            if name in _PROPERTIES:
                found.append((_ORDER.index(name), _PROPERTIES[name], value))
    for place, name, value in sorted(found, key=lambda each: each[0]):
        if name != "license" or _ORDER[place] not in _RIGHTS or is_common_licence(str(value)):
            yield name, value


def _value(element: Element) -> Any:
    """A text, or a list of them; of a text in several languages the default one is first."""
    items = sorted(element.iter(f"{_RDF}li"), key=lambda item: item.get(_LANGUAGE) not in (None, "x-default"))
    texts = [(item.text or "").strip() for item in items]
    return texts or element.get(f"{_RDF}resource") or (element.text or "").strip()


def _parsed(data: bytes) -> Element:
    builder = TreeBuilder()
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise UnreadableError("its elements are too deep")
        builder.start(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name)

    def refuse(*_: object) -> None:
        raise UnreadableError("it has a document type")

    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(_PACKET.sub(b"", data), True)
        return builder.close()
    except (expat.ExpatError, AssertionError, ValueError) as error:
        raise UnreadableError(str(error)) from error
