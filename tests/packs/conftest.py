"""An artist with approved files."""

import pytest

from ..site import Site


class Artist:
    """A user, and files of theirs that may go into a pack."""

    def __init__(self, site: Site, user: int) -> None:
        self.site = site
        self.user = user

    async def add(self, name: str = "dragon.png", data: bytes | None = None, **columns: object) -> int:
        return await self.site.add_asset(self.user, data, **{"name": name, "approved": True} | columns)


@pytest.fixture
async def artist(site: Site) -> Artist:
    return Artist(site, await site.add_user("pixelfan"))
