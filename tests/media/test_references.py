"""What companions name: found in every format that is read, and in nothing that is made to harm."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pmd_service.media.engines.references import references_of
from pmd_service.media.probe_result import MAX_REFERENCES, ProbeResult

from .companion_files import COMPANIONS, GLTF, TSCN
from .conftest import Probe


@pytest.mark.parametrize("name", [*COMPANIONS])
def test_references_are_found(tmp_path: Path, name: str) -> None:
    data, named = COMPANIONS[name]
    (tmp_path / name).write_bytes(data)
    assert references_of(tmp_path / name, name.rpartition(".")[2]) == (named, [])


async def test_references_are_facts_of_a_companion(probe: Probe, tmp_path: Path) -> None:
    for name in ("island.tmx", "boat.gltf", "boat.tscn", "boats.json", "page.css"):
        data, named = COMPANIONS[name]
        (tmp_path / name).write_bytes(data)
        found = await probe(tmp_path / name)
        assert isinstance(found, ProbeResult), found
        assert (found.type, found.references) == ("other", named)


def of(tmp_path: Path, name: str, data: bytes) -> list[str]:
    (tmp_path / name).write_bytes(data)
    return references_of(tmp_path / name, name.rpartition(".")[2])[0]


def hostile() -> Iterator[tuple[str, bytes]]:
    entity = b'<!DOCTYPE map [<!ENTITY a "%b">%b]><map><image source="&a;"/></map>'
    yield "entity.tmx", entity % (b"x", b"")
    bomb = b"".join(b'<!ENTITY a%d "%b">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 20))
    yield "laughs.tmx", entity % (b"x", bomb)
    yield "outside.tmx", b'<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]><m><image source="&a;"/></m>'
    yield "cut.tmx", COMPANIONS["island.tmx"][0][:40]
    yield "deep.json", b"[" * 1_000_000
    yield "deep.tmj", b'{"tiledversion":"1","layers":[' * 50_000
    yield "number.json", b'{"meta": {"image": ' + b"9" * 5_000_000 + b"}}"
    yield "types.json", json.dumps({"meta": [], "textures": {"a": 1}, "asset": 7}).encode()
    yield "types.gltf", json.dumps(GLTF | {"images": [7, {"uri": {}}], "buffers": "x"}).encode()
    yield "short.glb", b"glTF\2\0\0\0\xff"
    yield "text.tscn", b'[ext_resource path="' * 200_000
    yield "quotes.tscn", b"[ext_resource " + b'"a' * 500_000
    yield "url.css", b"url(" * 500_000
    yield "comment.css", b"/*" * 500_000 + b"url(a.png"
    yield "zeros.tmx", bytes(1_000_000)


@pytest.mark.parametrize(("name", "data"), [*hostile()], ids=[name for name, _ in hostile()])
def test_hostile_companions_name_nothing(tmp_path: Path, name: str, data: bytes) -> None:
    assert of(tmp_path, name, data) == []


@pytest.mark.parametrize(
    "name",
    [
        "http://example.org/a.png",
        "//example.org/a.png",
        "data:image/png,x",
        "uid://abc",
        "",
        "#part",
        "x" * 301,
        "a\nb",
    ],
)
def test_what_is_no_path_is_no_reference(tmp_path: Path, name: str) -> None:
    assert of(tmp_path, "a.json", json.dumps({"meta": {"image": name}}).encode()) == []


def test_references_are_bounded(tmp_path: Path) -> None:
    (tmp_path / "many.tscn").write_text(
        "\n".join(f'[ext_resource path="res://{number}.png" id="1"]' for number in range(MAX_REFERENCES + 5))
    )
    names, (finding,) = references_of(tmp_path / "many.tscn", "tscn")
    assert (len(names), finding.code) == (MAX_REFERENCES, "references_cut")
    (tmp_path / "same.tscn").write_text(TSCN * 1_000)
    assert len(references_of(tmp_path / "same.tscn", "tscn")[0]) == 2
