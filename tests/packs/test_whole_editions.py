"""``ARCHIVES=whole``: an edition needs nothing but itself."""

import msgspec
import pytest

from pmd_service.base.settings import Settings

from ..conftest import WorkOff
from ..site import Api, Site
from .conftest import Artist
from .exports import export
from .test_packs import make


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, archives="whole")


@pytest.mark.stores
async def test_whole_edition_outlives_its_files(api: Api, artist: Artist, work_off: WorkOff, site: Site) -> None:
    pack = await make(api, artist, [await artist.add("a.png", b"pixels of it")])
    url = (await export(api, artist, pack, work_off))["pack"]["download_url"]
    (key,) = await site.keys("packs/")
    assert key.endswith(".zip")
    whole = await site.read(key)
    assert b"pixels of it" in whole
    await site.lose(str(await site.pool.fetchval("SELECT substring(path FROM 8) FROM asset")))
    answer = await api.get(url, user=artist.user)
    assert (answer.status, answer.body) == (200, whole)
    assert await site.pool.fetchval("SELECT count(*) FROM archive_reference") == 0
