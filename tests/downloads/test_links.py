"""The links of an archive come and go with it."""

import asyncio
from pathlib import Path

import pytest

from pmd_service.downloads import manifest
from pmd_service.downloads.expiry import clean_up
from pmd_service.downloads.kind import BDR
from pmd_service.vault import ArtworkUnavailableError
from pmd_service.vault.leftovers import reserve, sweep_leftovers
from pmd_service.work.runner import Runner

from ..site import Site
from .conftest import Builder


def lying(site: Site) -> list[Path]:
    """All that there is of archives, links too."""
    return [path for path in site.vault.glob("bdr/**/*") if path.is_file()]


@pytest.fixture
async def ready(builder: Builder) -> str:
    """A download, whose archive has links."""
    bdr_id = await builder.request(await builder.site.add_posts(builder.artist, 3))
    assert (await builder.build(bdr_id))["status"] == "ready"
    assert len(lying(builder.site)) == 1 + 3
    return bdr_id


async def test_hard_links_use_no_space(builder: Builder, ready: str) -> None:
    links = [path for path in lying(builder.site) if path.parent.name.endswith(".links")]
    assert {path.stat().st_nlink for path in links} == {2}


async def test_hard_links_are_not_listed_as_objects(builder: Builder, ready: str) -> None:
    """A listing of the vault, to copy or count it, has the archive and not its artworks twice."""
    (key,) = await builder.site.keys()
    assert key.endswith(".sparse")


async def test_hard_links_are_removed_with_an_expired_archive(builder: Builder, ready: str) -> None:
    await builder.site.pool.execute("UPDATE batch_download_requests SET expires_at = now()")
    await clean_up(builder.site.pool, builder.site.stored)
    assert lying(builder.site) == []


async def test_hard_links_are_removed_with_a_removed_archive(builder: Builder, ready: str) -> None:
    assert (await builder.api.call("DELETE", f"/api/pmd/bdr/{ready}", user=builder.artist)).status == 204
    assert lying(builder.site) == []


async def test_hard_links_are_removed_when_the_archive_is_rebuilt(builder: Builder, ready: str) -> None:
    (builder.site.vault / "art/1.png").write_bytes(b"other pixels")
    assert (await builder.api.get(f"/api/pmd/bdr/{ready}/download", user=builder.artist)).status == 410
    assert (await builder.build(ready))["status"] == "ready"
    await sweep_leftovers(builder.site.pool, builder.site.stored)
    (folder,) = {path.parent for path in lying(builder.site) if path.parent.name.endswith(".links")}
    assert folder.name == f"{ready}.2.links"


async def test_hard_links_are_removed_with_a_stopped_build(builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    amid = asyncio.Event()

    async def wait_for_ever(*_: object) -> None:
        amid.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(manifest, "load_reactions", wait_for_ever)
    await builder.request(await builder.site.add_posts(builder.artist, 3), include_reactions=True)
    building = asyncio.create_task(Runner(builder.worker, [BDR]).run_next(BDR))
    await amid.wait()
    assert len(lying(builder.site)) >= 3
    building.cancel()
    with pytest.raises(asyncio.CancelledError):
        await building
    assert lying(builder.site) == []


async def test_hard_links_of_a_killed_worker_are_swept(builder: Builder) -> None:
    site, key = builder.site, "bdr/artist/6a1f3a0e-0000-4000-8000-000000000000.1.sparse"
    await site.add_posts(builder.artist, 3)
    found = await site.stored.locate_artworks([f"/vault/art/{n}.png" for n in (1, 2, 3)])
    sources = [source for source in found if not isinstance(source, ArtworkUnavailableError)]
    await reserve(site.pool, [key])
    part = await site.stored.begin(key)
    await site.stored.linked(key, [each for each in sources if not isinstance(each, Exception)], first=0)
    part.write(b"no more than this")
    assert len(lying(site)) == 1 + 3
    await sweep_leftovers(site.pool, site.stored)
    assert len(lying(site)) == 1 + 3, "it may be alive"
    await site.pool.execute("UPDATE vault_leftovers SET due_at = now()")
    await sweep_leftovers(site.pool, site.stored)
    assert lying(site) == []
    part.abort()
