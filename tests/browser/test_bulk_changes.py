"""All posts of a filter, changed by the service as one job: asked, followed, reported, cancelled, undone."""

import re
from typing import Any

from playwright.async_api import Locator, expect

from ..conftest import WorkOff
from ..site import Site
from .axe import violations
from .conftest import AddGallery
from .dashboard import Dashboard


async def _count(site: Site, condition: str) -> int:
    count: int = await site.pool.fetchval(f"SELECT count(*) FROM posts WHERE {condition}")
    return count


def _changes(tab: Dashboard) -> Locator:
    return tab.page.get_by_role("region", name="Changes by filter").get_by_role("listitem")


async def _asks(tab: Dashboard, name: str) -> None:
    await tab.selects_all()
    await tab.act(name)
    await expect(tab.dialog).to_be_visible()


async def _runs(tab: Dashboard, work_off: WorkOff, toast: str = "") -> None:
    await expect(_changes(tab).first).to_contain_text("Waiting")
    await (tab.hears_of(work_off, toast) if toast else work_off())


async def test_posts_of_a_filter_are_hidden_and_undone_by_keyboard(
    site: Site, tab: Dashboard, add_gallery: AddGallery, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 300)
    await site.pool.execute("UPDATE posts SET hidden_by_user = true WHERE id = ANY ($1)", posts[:10])
    await tab.open(artist, of=site.sqid(artist), posts=300)
    await tab.page.get_by_label("Filter by text").fill("tag:sky ")
    await tab.sees_posts(225)
    await tab.selects_all()
    await tab.has_selected(225)
    await tab.page.keyboard.press("h")
    await expect(tab.dialog).to_contain_text("Hide 225 posts?")
    await expect(tab.dialog).to_contain_text("8 are already hidden.")
    await tab.dialog.get_by_role("button", name="Hide 225 posts").press("Enter")
    await _runs(tab, work_off, "217 posts hidden. 8 were already hidden.")
    assert await _count(site, "hidden_by_user AND hashtags <> '{sea}'") == 225
    assert tab.bodies("/api/pmd/action") == []
    [body] = filter(None, tab.bodies("/api/pmd/bulk-changes"))
    assert body == {
        "action": "hide",
        "filter": {"state": "active", "hashtag": "sky"},
        "expected_count": 225,
    }
    await expect(tab.row_at(1)).to_contain_text("hidden by you")
    await tab.page.keyboard.press("Escape")  # the tray
    await tab.grid.focus()
    await tab.page.keyboard.press("Control+z")
    await _runs(tab, work_off, "217 posts visible again.")
    assert await _count(site, "hidden_by_user") == 10
    await expect(tab.row_at(1)).not_to_contain_text("hidden by you")


async def test_licence_for_a_filter_is_live_and_undone_after_a_reload(
    site: Site, tab: Dashboard, add_gallery: AddGallery, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 300)
    await tab.open(artist, of=site.sqid(artist), posts=300)
    other = await tab.beside()
    await other.visit(site.sqid(artist))
    await other.sees_posts(300)
    await _asks(tab, "Licence")
    apply = tab.dialog.get_by_role("button", name="Apply to 300 posts")
    await expect(apply).to_be_disabled()
    await tab.dialog.get_by_role("radio", name=re.compile("CC0")).check()
    await apply.click()
    await other.opens_downloads()
    await expect(_changes(other)).to_contain_text("Set the licence of 300 posts")
    await tab.hears_of(work_off, "300 posts under another licence.")
    await expect(_changes(other)).to_contain_text("300 posts under another licence.")
    await tab.page.reload()
    await tab.sees_posts(300)
    await expect(_changes(tab)).to_contain_text("CC0")
    await _changes(tab).get_by_role("button", name="Undo").click()
    await _runs(tab, work_off)
    await expect(_changes(tab).first).to_contain_text("Undo: set the licence of 300 posts")
    await expect(_changes(tab).last).to_contain_text("Undone")
    await expect(_changes(tab).get_by_role("button", name="Undo")).to_have_count(0)  # of an undo neither
    assert await _count(site, "license_id IS NOT NULL") == 0


async def test_undo_that_was_stopped_or_skipped_is_listed_and_repeated(
    site: Site, tab: Dashboard, add_gallery: AddGallery, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 200)
    await tab.open(artist, of=site.sqid(artist), posts=200)
    await _asks(tab, "Licence")
    await tab.dialog.get_by_role("radio", name=re.compile("CC0")).check()
    await tab.answers("Apply to 200 posts")
    await _runs(tab, work_off)
    await _changes(tab).get_by_role("button", name="Undo").click()
    await _changes(tab).first.get_by_role("button", name="Cancel").click()
    await expect(_changes(tab).last).to_contain_text("Undo stopped: 0 of 200 posts as before")
    mine, as_set = "UPDATE posts SET license_id = $1 WHERE id = ANY ($2)", await _license(site, posts[0])
    await site.pool.execute(mine, as_set + 1, posts[:3])
    await _changes(tab).first.get_by_role("button", name="Resume").click()
    await _runs(tab, work_off)
    await expect(_changes(tab).last).to_contain_text("Undone in part: 197 of 200 posts as before")
    await site.pool.execute(mine, as_set, posts[:3])
    await _changes(tab).first.get_by_role("button", name="Try again").click()
    await _runs(tab, work_off)
    await expect(_changes(tab).last.get_by_text("Undone", exact=True)).to_be_visible()
    assert await _count(site, "license_id IS NULL") == 200


async def _license(site: Site, post: int) -> int:
    license_id: int = await site.pool.fetchval("SELECT license_id FROM posts WHERE id = $1", post)
    return license_id


async def test_posts_left_out_of_a_change_are_listed_with_the_reasons(
    site: Site, tab: Dashboard, add_gallery: AddGallery, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 300)
    many = [f"tag{number}" for number in range(64)]
    await site.pool.execute("UPDATE posts SET hashtags = $2 WHERE id = ANY ($1)", posts[-2:], many)
    await tab.open(artist, of=site.sqid(artist), posts=300)
    await _asks(tab, "Tags")
    await tab.dialog.get_by_label("Add hashtags").fill("#harbour")
    await expect(tab.dialog).to_contain_text("2 posts would have more than 64 hashtags and stay as they are.")
    await tab.answers("Apply to 300 posts")
    await expect(_changes(tab)).to_contain_text("Waiting")
    await site.pool.execute("UPDATE posts SET deleted_by_user = true WHERE id = $1", posts[0])
    await tab.hears_of(work_off, "297 posts retagged. 3 posts were left as they were.")
    await _changes(tab).get_by_role("button", name="3 left out").click()
    rows = tab.dialog.get_by_role("row")
    await expect(rows).to_have_count(4)
    await expect(rows.filter(has_text="Artwork 300")).to_contain_text("It would have too many hashtags.")
    await expect(rows.filter(has_text=f"No. {posts[0]}")).to_contain_text(
        "It had been deleted, or restored, meanwhile."
    )
    assert await _count(site, "'harbour' = ANY (hashtags)") == 297


async def test_deletion_of_a_filter_is_cancelled_or_restored(
    site: Site, tab: Dashboard, add_gallery: AddGallery, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 200)
    await tab.open(artist, of=site.sqid(artist), posts=200)
    await _asks(tab, "Delete")
    await tab.answers("Delete 200 posts")
    await _changes(tab).get_by_role("button", name="Cancel").click()
    await tab.hears("Cancelled after 0 of 200 posts.")
    await work_off()
    assert await _count(site, "deleted_by_user") == 0
    await _asks(tab, "Delete")
    await tab.answers("Delete 200 posts")
    await _runs(tab, work_off, "200 posts deleted.")
    await tab.sees_posts(0)
    await _changes(tab).first.get_by_role("button", name="Undo").click()
    await _runs(tab, work_off, "200 posts restored.")
    await tab.sees_posts(200)


async def test_warnings_and_ai_are_set_for_a_filter_and_undone(
    site: Site, tab: Dashboard, add_gallery: AddGallery, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    posts = await add_gallery(artist, 200)
    own = {"post_ids": posts[:1], "set": {"alt_text": "A lamp.", "content_warnings": ["Blood"]}}
    await tab.api.post("/api/pmd/edit", own, user=artist)
    await tab.open(artist, of=site.sqid(artist), posts=200)
    await _asks(tab, "Warnings, alt text and AI")
    await expect(tab.dialog.get_by_role("button", name="Apply to 200 posts")).to_be_disabled()
    await tab.dialog.get_by_label("Replace their warnings").check()
    await tab.dialog.get_by_role("button", name="Spiders").click()
    await tab.dialog.get_by_label("Not for training AI").select_option("Yes")
    await tab.dialog.get_by_label("Alt text, where there is none").fill("One of 200.")
    assert await violations(tab.page) == []
    await tab.answers("Apply to 200 posts")
    await _runs(tab, work_off)
    await expect(_changes(tab).first).to_contain_text("warnings: Spiders · not for training AI")

    async def details(post: int) -> list[Any]:
        columns = "SELECT alt_text, content_warnings, ai_opt_out FROM post_details WHERE post_id = $1"
        return [value for row in await site.pool.fetch(columns, post) for value in row]

    assert await details(posts[0]) == ["A lamp.", ["Spiders"], True]
    assert await details(posts[1]) == ["One of 200.", ["Spiders"], True]
    await _changes(tab).first.get_by_role("button", name="Undo").click()
    await _runs(tab, work_off)
    await expect(_changes(tab).first).to_contain_text("200 posts described as before.")
    assert await details(posts[0]) == ["A lamp.", ["Blood"], None]


async def test_filter_that_finds_other_posts_by_now_changes_nothing(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    tab.faults.provoke(409)
    artist = await site.add_user()
    posts = await add_gallery(artist, 200)
    await tab.open(artist, of=site.sqid(artist), posts=200)
    await _asks(tab, "Hide")
    await expect(tab.dialog).to_contain_text("Hide 200 posts?")
    await site.pool.execute("UPDATE posts SET deleted_by_user = true WHERE id = $1", posts[0])
    await tab.answers("Hide 200 posts")
    await expect(tab.dialog).to_contain_text("The filter finds 199 posts now, not 200. Nothing was changed.")
    await expect(tab.dialog.get_by_role("button", name="Hide 199 posts")).to_be_enabled()
    assert await _count(site, "hidden_by_user") == 0


async def test_posts_are_selected_by_filter_before_they_are_loaded(
    site: Site, tab: Dashboard, add_gallery: AddGallery, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 700)
    pages = 0

    async def hold(route: Any) -> None:
        nonlocal pages
        pages += 1
        if pages == 1:
            await route.continue_()  # the others never come

    await tab.page.route(re.compile(r"/api/pmd/posts\?"), hold)
    await tab.sign_in(artist)
    await tab.visit(site.sqid(artist))
    await expect(tab.row_at(1)).to_be_visible()
    await tab.selects_all()
    await tab.has_selected(700)
    await tab.act("Hide")
    await tab.answers("Hide 700 posts")
    await _runs(tab, work_off, "700 posts hidden.")
    assert await _count(site, "hidden_by_user") == 700
    await tab.page.unroute_all(behavior="ignoreErrors")


async def test_axe_is_content_with_changes_by_filter(
    site: Site, axe_tab: Dashboard, add_gallery: AddGallery, work_off: WorkOff
) -> None:
    tab, artist = axe_tab, await site.add_user()
    posts = await add_gallery(artist, 130)
    await site.pool.execute(
        "UPDATE posts SET hashtags = (SELECT array_agg('t' || n) FROM generate_series(1, 64) AS n) WHERE id = $1",
        posts[-1],
    )
    await tab.open(artist, of=site.sqid(artist), posts=130)
    for name in ("Licence", "Delete", "Tags"):
        await _asks(tab, name)
        await expect(tab.dialog).to_contain_text("130 posts")
        assert await violations(tab.page) == [], name
        if name != "Tags":
            await tab.escapes()
    await tab.dialog.get_by_label("Add hashtags").fill("harbour")
    await tab.answers("Apply to 130 posts")
    await expect(_changes(tab)).to_contain_text("Waiting")
    assert await violations(tab.page) == [], "waiting"
    await work_off()
    await _changes(tab).get_by_role("button", name="1 left out").click()
    await expect(tab.dialog.get_by_role("row")).to_have_count(2)
    assert await violations(tab.page) == [], "report"
