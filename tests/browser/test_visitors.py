"""Who sees the dashboard, and what becomes of them when their session ends."""

import asyncio
import re
from datetime import timedelta

import pytest
from playwright.async_api import Route, expect

from ..events.sse import later
from ..site import Site
from .axe import violations
from .conftest import AddGallery, OpenTab
from .dashboard import Dashboard


async def test_a_moderator_sees_whose_posts_they_hide_for_good(
    site: Site, open_tab: OpenTab, add_gallery: AddGallery
) -> None:
    artist, moderator = await site.add_user("pixelsmith"), await site.add_user("nightwatch", roles=["moderator"])
    await add_gallery(artist, 5)
    async with open_tab() as tab:
        await tab.open(moderator, of=site.sqid(artist), posts=5)
        banner = tab.page.get_by_role("note")
        await expect(banner).to_contain_text("You are moderating the posts of @pixelsmith")
        await expect(banner).to_have_css("background-color", "rgb(255, 176, 32)")
        await tab.click_row(1)
        await tab.act("Delete")
        await expect(tab.dialog).to_contain_text("These are the posts of @pixelsmith, not yours.")
        await tab.escapes()
        await tab.act("Hide")
        await expect(tab.dialog).to_contain_text("These are the posts of @pixelsmith, not yours.")
        await expect(tab.dialog.get_by_label("Reason")).to_be_focused()
        await tab.page.keyboard.type("A copy.")
        await tab.answers("Hide 1 post")
        await tab.hears("1 post hidden")
        await expect(tab.row_at(1)).to_contain_text("hidden by a moderator")
        await tab.click_row(2)
        await tab.act("Download")
        await tab.answers("Request download")
        await expect(tab.downloads).to_contain_text("2 artworks")
        await expect(tab.page.get_by_text("7 of 8 of yours left")).to_be_visible()
    assert await site.pool.fetchval("SELECT count(*) FROM audit_log WHERE action = 'hide'") == 1
    async with open_tab() as tab:
        await tab.open(artist, of=site.sqid(artist), posts=5)
        await tab.shows("By a moderator")
        await tab.sees_posts(1)
        await tab.selects_all()
        await expect(tab.row_at(1)).to_contain_text("Moderator: “A copy.” @nightwatch")
        await tab.page.keyboard.press("Shift+h")
        await tab.hears("Unhide: a moderator hid it")
        await expect(tab.row_at(1)).to_contain_text("hidden by a moderator")
        await expect(tab.downloads).to_contain_text("2 artworks")
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE hidden_by_mod") == 1


async def test_a_moderators_reason_stands_in_the_row_and_is_answered_once(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist, moderator = await site.add_user("pixelsmith"), await site.add_user("mira", roles=["moderator"])
    posts = await add_gallery(artist, 3)
    await site.pool.execute("UPDATE posts SET hidden_by_user = true WHERE id = ANY($1)", posts[1:])
    hide = {"action": "hide", "post_ids": [posts[-1]], "reason": "The moon shows a brand."}
    target = {"target_sqid": site.sqid(artist)}
    await tab.api.post("/api/pmd/action", hide, user=moderator, params=target)
    await tab.open(artist, of=site.sqid(artist), posts=3)
    await expect(tab.row_at(1)).to_contain_text("Moderator: “The moon shows a brand.” @mira")
    await tab.selects_all()
    await tab.act("Unhide")
    await tab.hears("1 post visible again. 1 stays hidden: a moderator hid it. 1 was already visible.")
    await tab.toasts.get_by_role("button", name="See why").click()
    await tab.sees_posts(1)
    await tab.row_at(1).get_by_role("button", name="Answer").click()
    await tab.dialog.get_by_label("Your answer").fill("It is my own logo.")
    await tab.answers("Send the answer")
    await tab.hears("@mira will get your answer by e-mail.")
    await expect(tab.row_at(1)).to_contain_text("You: “It is my own logo.”")
    await expect(tab.row_at(1).get_by_role("button", name="Answer")).to_have_count(0)
    assert await site.pool.fetchval("SELECT answer FROM post_hides") == "It is my own logo."


async def test_a_moderators_reason_stands_in_the_audit_trail(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist, moderator = await site.add_user("pixelsmith"), await site.add_user("nightwatch", roles=["moderator"])
    await add_gallery(artist, 5)
    await tab.open(moderator, of=site.sqid(moderator), posts=0)
    await tab.page.get_by_role("button", name="Moderation").click()
    await tab.dialog.get_by_label("Open the posts of").fill("@pix")
    await tab.dialog.get_by_role("link", name=re.compile("@pixelsmith")).click()
    await tab.sees_posts(5)
    await tab.click_row(1)
    await tab.click_row(2)
    await tab.act("Hide")
    await expect(tab.dialog).to_contain_text("Hide 2 posts?")
    await expect(tab.dialog).to_contain_text("These are the posts of @pixelsmith, not yours.")
    await tab.dialog.get_by_label("Reason (the artist can read it)").fill("Not its artist's own work.")
    await tab.answers("Hide 2 posts")
    await tab.hears("2 posts hidden")
    await tab.page.get_by_role("button", name="Moderation").click()
    entries = tab.dialog.get_by_role("region", name="Audit trail").get_by_role("listitem")
    done = entries.filter(has_text="hide · 2 posts of @pixelsmith")
    await expect(done).to_contain_text("“Not its artist's own work.”")
    await expect(entries.filter(has_text="read posts")).to_have_count(1)


async def test_a_moderator_finds_reported_posts_and_settles_them(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist, reader = await site.add_user("pixelsmith"), await site.add_user("reader")
    moderator = await site.add_user("mira", roles=["moderator"])
    posts = await add_gallery(artist, 5)
    for post in posts[:2]:
        await tab.api.post(f"/api/pmd/posts/{post}/reports", {"reason": "It flashes."}, user=reader)
    await tab.open(moderator, of=site.sqid(moderator), posts=0)
    await tab.page.get_by_role("button", name="Moderation").click()
    reports = tab.dialog.get_by_role("region", name="Reported posts").get_by_role("listitem")
    await expect(reports).to_have_count(2)
    await expect(reports.first).to_contain_text("of @pixelsmith, by @reader")
    assert await violations(tab.page) == []
    await reports.first.get_by_role("button", name="Dismiss").click()
    await expect(reports).to_have_count(1)
    await tab.dialog.get_by_label("Open the posts of").fill("@pix")
    await tab.dialog.get_by_role("link", name="Reported").click()
    await tab.sees_posts(1)
    await tab.page.goto(f"/u/{site.sqid(artist)}/posts?q=warning:none")
    await tab.sees_posts(5)
    assert await site.pool.fetchval("SELECT outcome FROM post_report WHERE post_id = $1", posts[1]) == "dismissed"


async def test_a_moderator_takes_nothing_from_sight_without_a_reason(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    artist, moderator = await site.add_user("pixelsmith"), await site.add_user("nightwatch", roles=["moderator"])
    await add_gallery(artist, 200)
    await tab.open(moderator, of=site.sqid(artist), posts=200)
    await tab.selects_each()
    for name, reported in (("Hide", "200 posts hidden"), ("Delete", "200 posts deleted")):
        await tab.act(name)
        button = tab.dialog.get_by_role("button", name=f"{name} 200 posts")
        await expect(button).to_be_disabled()
        await tab.dialog.get_by_label("Reason (the artist can read it)").fill("   ")
        await expect(button).to_be_disabled()
        await tab.dialog.get_by_label("Reason (the artist can read it)").fill(" Not the artist's own work. ")
        await button.click()
        await tab.hears(reported)
        rows = await site.pool.fetch("SELECT reason FROM audit_log WHERE action = $1", name.lower())
        assert [row["reason"] for row in rows] == ["Not the artist's own work."] * 2


async def test_artists_need_no_reason(site: Site, tab: Dashboard, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 5)
    await tab.open(artist, of=site.sqid(artist), posts=5)
    await tab.click_row(1)
    await tab.act("Hide")
    await tab.hears("1 post hidden")
    await tab.act("Delete")
    await expect(tab.dialog.get_by_role("textbox")).to_have_count(0)
    await tab.answers("Delete 1 post")
    await tab.hears("1 post deleted")


async def test_an_ended_httponly_session_asks_to_sign_in_and_loses_nothing(
    site: Site, tab: Dashboard, add_gallery: AddGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab.faults.provoke(401)
    artist = await site.add_user()
    await add_gallery(artist, 300)
    monkeypatch.setattr("pmd_service.events.stream.PING_SECONDS", 0.05)
    await tab.open(artist, of=site.sqid(artist), posts=300)
    assert await tab.page.evaluate("document.cookie") == ""
    stored = await tab.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "eyJ" not in stored + await tab.page.content()
    await expect(tab.page.get_by_text("Live")).to_be_visible()
    await tab.selects_first(128)
    await tab.sign_in(artist, lives=timedelta(seconds=-1))
    with monkeypatch.context() as an_hour_on:
        later(an_hour_on, timedelta(hours=1))
        await expect(tab.dialog).to_contain_text("Your session has ended")
    await expect(tab.dialog).to_contain_text("What you wrote and chose is kept")
    await tab.answers("I have signed in")
    await expect(tab.dialog.get_by_role("alert")).to_contain_text("You are not signed in yet.")
    await tab.sign_in(artist)
    await tab.answers("I have signed in")
    await tab.has_closed()
    await tab.has_selected(128)
    await expect(tab.page.get_by_text("Live")).to_be_visible()
    await tab.context.clear_cookies()
    response = await tab.page.reload()
    assert response is not None
    assert response.status == 401
    await expect(tab.page.get_by_role("heading", name="Sign in to manage your posts")).to_be_visible()
    await expect(tab.page.get_by_role("link", name="Sign in at Makapix Club")).to_have_attribute(
        "href", "https://makapix.club"
    )
    await tab.sign_in(artist)
    await tab.visit(site.sqid(artist))
    await tab.has_selected(128)


async def test_an_action_after_the_sessions_end_changes_nothing_and_resumes(
    site: Site, tab: Dashboard, add_gallery: AddGallery
) -> None:
    tab.faults.provoke(401)
    artist = await site.add_user()
    await add_gallery(artist, 3)
    await tab.open(artist, of=site.sqid(artist), posts=3)
    await tab.selects_all()
    # What goes on beside the page would find out before the action does.
    goes_on = asyncio.Event()

    async def hold(route: Route) -> None:
        if route.request.method == "GET":
            await goes_on.wait()
        await route.continue_()

    await tab.page.route("**/api/pmd/**", hold)
    await tab.context.clear_cookies()
    await tab.act("Hide")
    await expect(tab.dialog).to_contain_text("Your session has ended")
    goes_on.set()
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE hidden_by_user") == 0
    await tab.sign_in(artist)  # in a window beside this one: the page asks by itself
    await tab.hears("3 posts hidden")
