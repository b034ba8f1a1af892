"""manifest.json: what programs read of a pack, by its published schema."""

import io
import json
import zipfile
from datetime import datetime
from importlib.metadata import version

import jsonschema
import pytest

from ..conftest import WorkOff
from ..site import Api
from .conftest import Artist
from .exports import export, mixed_pack
from .manifest_schema import SCHEMA, write_schema


def test_published_schema_is_that_of_the_manifest() -> None:
    assert SCHEMA.read_text() == write_schema(), "“make types” writes it"
    jsonschema.Draft202012Validator.check_schema(json.loads(SCHEMA.read_text()))


async def test_edition_manifest_fits_the_published_schema(api: Api, artist: Artist, work_off: WorkOff) -> None:
    pack = await mixed_pack(api, artist)
    details = await export(api, artist, pack, work_off)
    archive = await api.get(details["pack"]["download_url"], user=artist.user)
    with zipfile.ZipFile(io.BytesIO(archive.body)) as opened:
        manifest = json.loads(opened.read("dragons_v1/manifest.json"))
    schema = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    schema.validate(manifest)
    assert manifest["app_version"] == version("pmd-service")
    assert manifest["pack"]["id"] == pack
    assert datetime.fromisoformat(manifest["exported_at"]).tzinfo is not None
    assert [asset["mime_type"] for asset in manifest["assets"]][:3] == ["image/png"] * 3
    del manifest["assets"][0]["mime_type"]
    with pytest.raises(jsonschema.ValidationError, match="mime_type"):
        schema.validate(manifest)
