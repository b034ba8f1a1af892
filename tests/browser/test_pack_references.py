"""What a pack's maps and sheets name, as its page shows it before a build."""

from playwright.async_api import expect

from ..packs.conftest import Artist
from ..packs.test_packs import make
from ..packs.test_references import GAME, add_game
from ..site import Api, Site
from .dashboard import Dashboard
from .library import open_page


async def test_missing_references_are_shown_before_a_build(tab: Dashboard, api: Api, site: Site) -> None:
    artist = Artist(site, await site.add_user("pixelfan"))
    ids = await add_game(artist, {name: data for name, data in GAME.items() if name.startswith("game/maps")})
    pack = await make(api, artist, [*ids.values()])
    await open_page(tab, site, artist.user, f"packs?pack={pack}")
    checks = tab.page.locator(".pack-checks")
    await expect(checks).to_contain_text("2 of 3 references of island.tmx are missing.")
    await expect(checks).to_contain_text("../tiles/sea.tsx There is no such file.")
