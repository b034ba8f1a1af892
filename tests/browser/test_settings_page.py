"""The settings in a browser: a key made, copied and revoked, a program approved, browsers signed out."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import expect

from ..hang import HANG_SECONDS
from ..site import Api, Site
from .axe import violations
from .conftest import OpenTab
from .dashboard import Dashboard

CODE, TOKEN = "/api/pmd/device/code", "/api/pmd/device/token"


async def open_settings(tab: Dashboard, site: Site, artist: int, query: str = "", *, hours: float = 1) -> None:
    await tab.sign_in(artist, lives=timedelta(hours=hours))
    await tab.page.goto(f"/u/{site.sqid(artist)}/settings{query}")
    await expect(tab.page.get_by_role("heading", level=2).nth(1)).to_be_visible()


async def until_written(site: Site) -> None:
    """A server collects the uses of keys, and writes them some times a minute."""
    async with asyncio.timeout(HANG_SECONDS):
        while await site.pool.fetchval("SELECT bool_or(last_used_at IS NULL) FROM access_key"):
            await asyncio.sleep(0.1)


async def test_a_key_is_made_copied_once_used_and_revoked(site: Site, api: Api, tab: Dashboard) -> None:
    artist = await site.add_user("pixelfan")
    await tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await open_settings(tab, site, artist)
    page, keyboard = tab.page, tab.page.keyboard
    await expect(page.get_by_text("No keys yet.")).to_be_visible()
    await keyboard.press("n")
    await expect(page.get_by_label("Name, so that you know it later")).to_be_focused()
    await keyboard.type("Aseprite export")
    await scopes_are_chosen(tab)
    await page.get_by_label("Upload files").check()
    tab.faults.provoke(422)
    await page.get_by_label("Only from these addresses").fill("my network")
    await page.get_by_role("button", name="Make the key").click()
    await expect(page.get_by_role("alert")).to_contain_text("neither an address nor a network")
    await page.get_by_label("Only from these addresses").fill("")
    await page.get_by_role("button", name="Make the key").click()

    await expect(page.get_by_text("“Aseprite export” is made.")).to_be_visible()
    secret = await page.get_by_label("The key", exact=True).inner_text()
    await expect(page.get_by_role("button", name="Copy")).to_be_focused()
    await keyboard.press("Enter")
    await tab.hears("Key copied.")
    assert await page.evaluate("navigator.clipboard.readText()") == secret
    assert await violations(page) == []
    row = page.get_by_role("list", name="Access keys").get_by_role("listitem", name="Aseprite export")
    await expect(row.get_by_role("list", name="May")).to_have_text("See postsSee libraryUpload files")
    await expect(row).to_contain_text("not yet")
    await expect(row).to_contain_text("in 90 days")
    used = await api.call("GET", "/api/pmd/posts", headers={"Authorization": f"Bearer {secret}"})
    assert used.status == 200
    await page.get_by_role("button", name="I have it").click()
    await expect(page.get_by_text(secret)).to_have_count(0)
    await until_written(site)
    await page.reload()
    await expect(row).to_contain_text("1 time today")
    assert secret not in await page.content()

    await keyboard.press("j")
    await expect(row).to_be_focused()
    await keyboard.press("#")
    await expect(tab.dialog).to_contain_text("from 127.0.0.1")
    assert await violations(page) == []
    await tab.answers("Revoke")
    await tab.hears("“Aseprite export” no longer works.")
    await expect(row).to_contain_text(re.compile(r"revoked \d{4}-\d\d-\d\d"))
    await expect(row.get_by_role("button")).to_have_count(0)
    await expect(row).to_be_focused()
    refused = await api.call("GET", "/api/pmd/posts", headers={"Authorization": f"Bearer {secret}"})
    assert refused.status == 401


async def test_help_describes_a_field_and_is_no_part_of_its_name(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await open_settings(tab, site, artist)
    await expect(tab.page.get_by_label("Delete posts")).to_be_visible()
    browser = await tab.context.new_cdp_session(tab.page)
    nodes = (await browser.send("Accessibility.getFullAXTree"))["nodes"]
    read = {node["name"]["value"]: node["description"]["value"] for node in nodes if "description" in node}
    assert read["Delete posts"].startswith("They can be restored until")


async def scopes_are_chosen(tab: Dashboard) -> None:
    """What changes things includes to see them, and what deletes for good bounds the end."""
    page = tab.page
    await page.get_by_label("Build and share packs").check()
    await expect(page.get_by_label("See and download packs")).to_be_checked()
    await page.get_by_label("See and download packs").uncheck()
    await expect(page.get_by_label("Build and share packs")).not_to_be_checked()
    await page.get_by_label("Delete posts").check()
    await expect(page.get_by_role("button", name="30 days")).to_have_attribute("aria-pressed", "true")
    await expect(page.get_by_role("button", name="No end")).to_be_disabled()
    await page.get_by_label("Delete posts").uncheck()


@pytest.mark.parametrize("language", ["en", "de"])
async def test_rows_of_the_settings_fit_beside_the_form(site: Site, api: Api, tab: Dashboard, language: str) -> None:
    artist = await site.add_user()
    await site.pool.execute("INSERT INTO account_language (user_id, language) VALUES ($1, $2)", artist, language)
    await api.post("/api/pmd/keys", {"name": "Bot", "scopes": ["posts:read"], "expires_in_days": 90}, user=artist)
    await tab.sign_in(artist)
    for width in (800, 1250, 1280):  # the narrowest table, and the narrowest with the form beside it
        await tab.page.set_viewport_size({"width": width, "height": 800})
        for section in ("keys", "browsers"):
            await tab.page.goto(f"/u/{site.sqid(artist)}/settings?section={section}")
            row = tab.page.locator(".settings-table li").first
            await expect(row).to_be_visible()
            assert await row.evaluate("row => row.scrollWidth - row.clientWidth") <= 0, (width, section)


async def test_keys_that_want_attention_offer_the_step(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    for name, end in (("Endless", "NULL"), ("Soon over", "now() + interval '3 days'")):
        await site.pool.execute(
            f"""INSERT INTO access_key (user_id, name, digest, hint, scopes, made_by, created_at, expires_at)
                VALUES ($1, $2::text, sha256($2::text::bytea), 'pmd_0000', '{{posts:read}}', 'page',
                        now() - interval '250 days', {end})""",
            artist,
            name,
        )
    await open_settings(tab, site, artist)
    rows = tab.page.get_by_role("list", name="Access keys").get_by_role("listitem")
    endless = rows.filter(has_text="Endless")
    await expect(endless).to_contain_text("8 months unused")
    await endless.get_by_role("button", name="Give it an end").click()
    await expect(endless).to_contain_text("in 90 days")
    soon = rows.filter(has_text="Soon over")
    await soon.get_by_role("button", name="Make it last longer").click()
    await expect(soon).to_contain_text("in 90 days")


async def _begin(api: Api) -> dict[str, Any]:
    begun: dict[str, Any] = (
        await api.call("POST", CODE, data={"client_id": "pmd on a laptop", "scope": "posts:write library:delete"})
    ).json
    return begun


async def _poll(api: Api, device_code: str) -> Any:
    grant = "urn:ietf:params:oauth:grant-type:device_code"
    return (await api.call("POST", TOKEN, data={"grant_type": grant, "device_code": device_code})).json


async def test_a_program_is_approved_or_denied_by_its_code(site: Site, api: Api, tab: Dashboard) -> None:
    artist = await site.add_user("pixelfan")
    approved, denied = await _begin(api), await _begin(api)
    await tab.sign_in(artist)
    await tab.page.goto(f"/pmd/device?user_code={approved['user_code']}")
    page = tab.page
    await expect(page.get_by_role("heading", name="“pmd on a laptop” asks to work for @pixelfan")).to_be_visible()
    await expect(page.get_by_text("from 127.0.0.1")).to_be_visible()
    asked = page.get_by_role("list", name="It may").get_by_role("listitem")
    await expect(asked).to_have_text(["Publish posts, change texts and licences, hide", "Delete files for good"])
    assert await violations(page) == []
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_text("Approved.")).to_be_visible()
    await expect(page).not_to_have_url(re.compile("user_code"))
    token = await _poll(api, approved["device_code"])
    assert token["scope"] == "posts:read posts:write library:read library:delete"
    assert token["expires_in"] <= 30 * 86_400

    tab.faults.provoke(404)
    await page.get_by_label("Code").fill("BBBB-BBBB")
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("alert")).to_have_text("There is no such code.")
    await page.get_by_label("Code").fill(denied["user_code"].lower().replace("-", ""))
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Deny").click()
    await expect(page.get_by_text("Denied.")).to_be_visible()
    assert (await _poll(api, denied["device_code"]))["error"] == "access_denied"


async def test_other_browsers_are_signed_out_from_here(site: Site, tab: Dashboard, open_tab: OpenTab) -> None:
    artist = await site.add_user("pixelfan")
    async with open_tab() as other:
        await open_settings(other, site, artist, "?section=browsers", hours=2)
        await open_settings(tab, site, artist, "?section=browsers")
        rows = tab.page.get_by_role("list", name="Browsers").get_by_role("listitem")
        await expect(rows).to_have_count(2)
        await expect(rows.first).to_contain_text("this browser")
        assert await violations(tab.page) == []
        other.faults.provoke(401)
        await tab.page.get_by_role("button", name="Sign out the other 1").click()
        await tab.answers("Sign out")
        await tab.hears("1 browser is signed out.")
        await expect(rows).to_have_count(1)
        await expect(other.dialog).to_contain_text(re.compile("sign", re.IGNORECASE))


async def test_the_settings_are_shown(site: Site, api: Api, axe_tab: Dashboard) -> None:
    artist = await site.add_user("pixelfan")
    await api.post(
        "/api/pmd/keys",
        {
            "name": "A bot with a rather long name of its own",
            "scopes": ["posts:delete", "packs:write"],
            "expires_in_days": 5,
        },
        user=artist,
    )
    for section, name in (("keys", "Access keys"), ("browsers", "Browsers"), ("device", None)):
        await open_settings(axe_tab, site, artist, f"?section={section}")
        if name:
            await expect(axe_tab.page.get_by_role("list", name=name).get_by_role("listitem").first).to_be_visible()
        assert await violations(axe_tab.page) == [], section
        await axe_tab.page.emulate_media(color_scheme="light" if section == "keys" else "dark")
        width = await axe_tab.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert width <= 0, section


async def test_a_moderator_sees_nobody_elses_settings(site: Site, tab: Dashboard) -> None:
    artist, moderator = await site.add_user("pixelfan"), await site.add_user("mod", roles=["moderator"])
    await tab.sign_in(moderator)
    await tab.page.goto(f"/u/{site.sqid(artist)}/settings")
    await expect(tab.page.get_by_text("Settings are for @pixelfan alone.")).to_be_visible()
    await tab.page.get_by_role("link", name="Your own settings").click()
    await expect(tab.page.get_by_role("heading", name="Access keys")).to_be_visible()


async def test_deliveries_of_a_webhook_are_whole_beside_their_details(site: Site, tab: Dashboard) -> None:
    artist = await site.add_user()
    await site.pool.execute(
        """WITH hook AS (INSERT INTO webhooks (user_id, url, events, secret, installation, seen)
                         VALUES ($1, 'https://island.example/', '{post.made}', 'whsec_c2VjcmV0', '',
                                 pg_current_snapshot())
                         RETURNING id)
           INSERT INTO webhook_deliveries (webhook_id, message_id, event, subjects, at, status, attempts, tried_at,
                                           answer_code, answer_ms)
           SELECT id, 'msg_1', 'post.made', '{1}', now(), 'sent', 1, now(), 200, 84 FROM hook""",
        artist,
    )
    await tab.page.set_viewport_size({"width": 1280, "height": 800})
    await open_settings(tab, site, artist, "?section=webhooks")
    again = tab.page.get_by_role("button", name=re.compile("^Send again")).first
    await expect(again).to_be_visible()
    over = """button => button.getBoundingClientRect().right
                        - button.closest(".webhook-deliveries").getBoundingClientRect().right"""
    assert await again.evaluate(over) <= 0
