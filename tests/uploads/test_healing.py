"""What the vault has lost is healed by its owner, who sends the same bytes again."""

from uuid import UUID

import pytest

from pmd_service.assets.asset import key_of
from pmd_service.base.database import find_one
from pmd_service.library.scrub import File, verify
from pmd_service.vault import Vault

from ..conftest import WorkOff
from ..site import Api, Site
from .pictures import picture
from .sender import Sender, announced

_FILE = "SELECT id, path, hash, size_bytes FROM asset"


async def found(site: Site, stored: Vault) -> str | None:
    """What the scrub says of the only file."""
    file = await find_one(site.pool, File, _FILE)
    assert file is not None
    return await verify(site.pool, stored, file, days=30)


@pytest.mark.parametrize(
    ("vault_kind", "damage", "is_attempted_twice"),
    [("files", "lost", False), ("files", "lost", True), ("files", "other_bytes", False), ("s3", "other_bytes", True)],
)
async def test_the_same_bytes_heal_a_file_that_was_lost_or_changed(
    site: Site, api: Api, work_off: WorkOff, stored: Vault, damage: str, is_attempted_twice: bool
) -> None:
    artist = await site.add_user()
    sender, data = Sender(api, artist), picture(7)
    (line,) = (await sender.announce(announced("hero.png", data))).json["files"]
    await sender.patch(line["url"], data)
    await work_off()
    file = await find_one(site.pool, File, _FILE)
    assert file is not None
    key = key_of(file.path)
    await site.pool.execute("UPDATE asset SET theme = 'sea', approved = true")
    (again,) = (await sender.announce(announced("hero.png", data))).json["files"]
    assert again["url"] is None  # what is there need not be sent
    await stored.put("assets/neighbour/theirs.png", b"x")  # where nothing lies at all, a disk is not mounted
    await site.lose(key)
    if damage == "other_bytes":
        await stored.put(key, b"x" * len(data))
    assert await found(site, stored) == damage
    (line,) = (await sender.announce(announced("hero again.png", data))).json["files"]
    assert line["url"] is not None
    await sender.patch(line["url"], data)
    if is_attempted_twice:  # a worker that has moved the bytes and died before it could say so
        await site.lose(key)
        await stored.incoming(UUID(line["id"])).finish(key)
        digest = announced("", data)["sha256"]
        await site.pool.execute("UPDATE batch_report_files SET received_hash = $2 WHERE id = $1", line["id"], digest)
    await work_off()
    assert await found(site, stored) is None
    assert await site.read(key) == data
    row = await site.pool.fetchrow("SELECT id, name, theme, approved FROM asset")
    assert tuple(row or ()) == (file.id, "hero.png", "sea", True)
    assert await site.pool.fetchval("SELECT count(*) FROM vault_leftovers WHERE key = $1", key) == 0
