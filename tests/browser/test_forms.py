"""Forms over what others change meanwhile, and over the end of a session."""

import asyncio
from pathlib import Path
from typing import Any

from playwright.async_api import Route, expect

from ..site import Site
from .conftest import AddGallery
from .dashboard import Dashboard
from .library import open_page, selecting, tick
from .mixed_folder import pictures_in
from .test_uploads_page import Uploads, until_received


async def test_a_form_overwrites_nobody_and_loses_nothing(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    new = {"name": "Old", "theme": "sea", "license_type": "royalty_free"}
    pack = (await tab.api.post("/api/pmd/packs", new, user=artist)).json["id"]
    await open_page(tab, site, artist, f"packs?pack={pack}")
    await tab.page.get_by_role("button", name="change the licence").click()
    name, theme = tab.dialog.get_by_label("Name"), tab.dialog.get_by_label("Theme")
    await name.fill("Mine")
    await theme.fill("mine")
    theirs = {"name": "Theirs", "description": "Also theirs.", "license_type": "commercial"}
    await tab.api.call("PATCH", f"/api/pmd/packs/{pack}", json=theirs, user=artist)
    # What is not edited here follows at once.
    await expect(tab.dialog.get_by_label("Description")).to_have_value("Also theirs.")
    await tab.answers("Save")
    stale = tab.dialog.get_by_role("alert")
    await expect(stale).to_contain_text("This was changed elsewhere meanwhile.")
    await expect(stale.get_by_role("listitem")).to_have_text("Name: Theirs Take theirs Name")
    await expect(name).to_have_value("Mine")

    async def stored() -> tuple[str, ...]:
        row = await site.pool.fetchrow("SELECT name, theme, description, license_type FROM pack WHERE id = $1", pack)
        assert row is not None
        return tuple(row)

    assert await stored() == ("Theirs", "sea", "Also theirs.", "commercial")
    await tab.answers("Save")
    await expect(stale).to_have_count(0)
    await expect(tab.dialog.get_by_role("button", name="Save")).to_be_disabled()
    assert await stored() == ("Mine", "mine", "Also theirs.", "commercial")


async def test_one_may_take_what_others_have_written(site: Site, tab: Dashboard, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    post, _ = await add_gallery(artist, 2)
    await tab.sign_in(artist)
    await tab.visit(site.sqid(artist), f"?post={post}")
    await tab.dialog.get_by_role("button", name="Edit").click()
    form = tab.page.get_by_role("dialog", name="Edit 1 post")
    await form.get_by_label("Title").fill("Mine")
    await form.get_by_label("Alt text").fill("My words.")
    theirs = {"title": "Theirs", "description": "Also theirs."}
    await tab.api.post("/api/pmd/edit", {"post_ids": [post], "set": theirs}, user=artist)
    await form.get_by_role("button", name="Apply to 1 post").click()
    await form.get_by_role("button", name="Take theirs").click()
    await expect(form.get_by_label("Title")).to_have_value("Theirs")
    await expect(form.get_by_label("Description")).to_have_value("Also theirs.")
    await form.get_by_role("button", name="Apply to 1 post").click()
    await tab.hears("1 post edited")
    texts = "SELECT title, posts.description, alt_text FROM posts JOIN post_details ON post_id = id"
    (row,) = await site.pool.fetch(texts)
    assert tuple(row) == ("Theirs", "Also theirs.", "My words.")


async def test_what_comes_between_looking_and_writing_is_not_overwritten(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    tab.faults.provoke(412)
    artist = await site.add_user()
    post, _ = await add_gallery(artist, 2)
    file = await site.add_asset(artist, name="lamp.png", theme="sea")

    async def meanwhile(url: str, body: dict[str, Any]) -> None:
        async def change(route: Route) -> None:
            assert (await tab.api.post(url, body, user=artist)).status == 200
            await route.continue_()

        await tab.page.route(f"**{url}", change, times=1)

    async def stored() -> tuple[str, ...]:
        row = await site.pool.fetchrow("SELECT title, theme FROM posts, asset WHERE posts.id = $1", post)
        return tuple(row or ())

    await tab.sign_in(artist)
    await tab.visit(site.sqid(artist), f"?post={post}")
    await tab.dialog.get_by_role("button", name="Edit").click()
    form = tab.page.get_by_role("dialog", name="Edit 1 post")
    await form.get_by_label("Title").fill("Mine")
    await meanwhile("/api/pmd/edit", {"post_ids": [post], "set": {"title": "Theirs"}})
    await form.get_by_role("button", name="Apply to 1 post").click()
    await expect(tab.page.get_by_text("This has been changed since you read it.").first).to_be_visible()
    assert await stored() == ("Theirs", "sea")
    await tab.page.keyboard.press("Escape")
    await tab.has_closed()
    await tab.page.get_by_role("button", name="Resume").click()
    await tab.hears("1 post edited")
    assert await stored() == ("Mine", "sea")

    await open_page(tab, site, artist, "library")
    await tick(tab, "lamp")
    await selecting(tab, "Edit").click()
    form = tab.page.get_by_role("dialog", name="Edit file")
    await form.get_by_label("Theme").fill("mine")
    await meanwhile("/api/pmd/assets/edit", {"asset_ids": [file], "set": {"theme": "theirs"}})
    await form.get_by_role("button", name="Apply to 1 file").click()
    await expect(form.get_by_role("listitem")).to_have_text("Theme: theirs Take theirs Theme")
    assert await stored() == ("Mine", "theirs")
    await form.get_by_role("button", name="Apply to 1 file").click()
    await expect(form).to_have_count(0)
    assert await stored() == ("Mine", "mine")


async def test_an_upload_resumes_where_the_session_ended_meanwhile(site: Site, tab: Dashboard, tmp_path: Path) -> None:
    tab.faults.provoke(401)
    artist, uploads = await site.add_user(), Uploads(tab)
    folder = pictures_in(tmp_path / "some", 3)
    await uploads.open(site, artist)
    sent = asyncio.Event()

    async def hold(route: Route) -> None:
        sent.set()  # and no answer: the page is left before

    async def refuse(route: Route) -> None:
        await route.fulfill(status=401, json={"title": "Unauthorized", "status": 401, "detail": "Sign in."})

    await tab.page.route("**/api/pmd/uploads/*/files/*", hold)
    await uploads.choose(folder)
    await uploads.start()
    await sent.wait()
    await tab.page.unroute_all(behavior="ignoreErrors")
    # The page was opened in time, and asks for what is left too late.
    await tab.page.route("**/api/pmd/uploads/*/**", refuse)
    await tab.page.route("**/api/pmd/me*", refuse)
    await tab.page.reload()
    await expect(tab.dialog).to_contain_text("Your session has ended")
    await expect(tab.dialog).to_contain_text("uploads go on")
    await tab.page.unroute_all(behavior="ignoreErrors")
    await until_received(site, 3)
    await tab.has_closed()
