"""The page in another language: German without a word of English, and English in Arabic letters from right to left."""

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, expect

from ..site import Site
from .conftest import AddGallery, OpenTab
from .shelf import add_pictures, add_report, make_alike

PAGES = ("posts", "publish", "library", "uploads", "packs", "tasks", "insights", "settings", "settings?section=data")
SIZES = ((1280, 800), (820, 1180), (390, 844))
CHOOSE = "language => localStorage.setItem('pmd.language', JSON.stringify(language))"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Controls of the bars over a page that something else lies on; what lies in a strip that scrolls can be moved.
COVERED = """() => [...document.querySelectorAll(":is(.page-head, .bar) :is(a, button, input)")].filter((each) => {
    const {left, right, top, width, height} = each.getBoundingClientRect();
    const isSeen = each.checkVisibility({visibilityProperty: true, opacityProperty: true});
    if (!isSeen || getComputedStyle(each).clipPath !== "none" || each.closest(".tabs")) return false;
    const hits = [left + 2, left + width / 2, right - 2].map((x) => document.elementFromPoint(x, top + height / 2));
    return hits.some((hit) => hit === null || !(each.contains(hit) || hit.contains(each)));
}).map((each) => each.ariaLabel ?? each.textContent)"""
# Words of a selection's bar that lie on their neighbour's; commands on the second line are not seen.
OVERLAPPING = """() => {
    const bar = document.querySelector(".selection-bar");
    const parts = [...bar.querySelectorAll(":scope > :not(.selection-commands), .selection-commands > *")];
    const {top, height} = bar.getBoundingClientRect();
    const isOnTheLine = (each) => each.getBoundingClientRect().top < top + height / 2;
    const seen = parts.filter((each) => each.checkVisibility() && isOnTheLine(each));
    const end = (each) => each.getBoundingClientRect().left + Math.max(each.offsetWidth, each.scrollWidth);
    const isOver = (each, index) => index > 0 && end(seen[index - 1]) > each.getBoundingClientRect().left + 1;
    return seen.filter(isOver).map((each) => each.ariaLabel ?? each.textContent);
}"""
WIDER = """() => [...document.querySelectorAll(".pack-publish button")].filter((each) => {
    const words = new Range();
    words.selectNodeContents(each);
    return words.getBoundingClientRect().width > each.getBoundingClientRect().width;
}).map((each) => each.textContent)"""
# Names in the bar of pages and above columns that are wider than their place.
CUT = """() => [...document.querySelectorAll(":is(.navigation, .ops-kinds, .ops-head) span")].filter((each) => {
    const words = new Range();
    words.selectNodeContents(each);
    return words.getBoundingClientRect().width > each.getBoundingClientRect().width + 1;
}).map((each) => each.textContent)"""
WIDTH = "each => Math.round(each.getBoundingClientRect().width)"
# What a button of a row lies on.
BESIDE = """button => [...button.parentElement.children].filter((each) => {
    const [one, other] = [button, each].map((box) => box.getBoundingClientRect());
    const isBeside = other.right <= one.left + 1 || other.left >= one.right - 1;
    return each !== button && !isBeside && other.bottom > one.top + 1 && other.top < one.bottom - 1;
}).map((each) => each.textContent)"""
# English words that are no German ones; names and texts of the test's own files have none of them.
ENGLISH = re.compile(
    r"\b(the|and|your|you|with|files?|posts?|no|not|is|are|of|to|from|this|all|nothing|yet)\b", re.IGNORECASE
)


async def shown(page: Page) -> str:
    """What is read and heard: texts, and the names of controls."""
    names = "each => each.getAttribute('aria-label') ?? each.getAttribute('title') ?? each.placeholder ?? ''"
    labelled = page.locator("[aria-label], [title], [placeholder]")
    return "\n".join(
        [await page.locator("body").inner_text(), *await labelled.evaluate_all(f"all => all.map({names})")]
    )


@pytest.mark.parametrize(("language", "direction"), [("de", "ltr"), ("mirrored", "rtl")])
async def test_pages_in_another_language_fit_and_are_whole(
    language: str, direction: str, site: Site, open_tab: OpenTab, add_gallery: AddGallery
) -> None:
    artist = await site.add_user("pixelfan")
    await add_gallery(artist, 3)
    await site.pool.execute("UPDATE posts SET description = NULL")
    await add_pictures(site, artist, 3)
    async with open_tab() as tab:
        await tab.sign_in(artist)
        await tab.page.goto("/healthz")
        await tab.page.evaluate(CHOOSE, language)
        for name in PAGES:
            await tab.page.goto(f"/u/{site.sqid(artist)}/{name}")
            for width, height in SIZES:  # a page that is there goes from one to the other, as a window does
                await tab.page.set_viewport_size({"width": width, "height": height})
                await expect(
                    tab.page.locator("main :is(h2, h3, p, li, [role=row], [role=option])").first
                ).to_be_attached()
                await tab.page.wait_for_load_state("networkidle")
                assert await tab.page.locator("html").get_attribute("dir") == direction
                assert await tab.page.evaluate(OVERFLOW) <= 0, (name, width)
                assert (name, width, await tab.page.evaluate(COVERED)) == (name, width, [])
                pointing = tab.page.locator(".lucide-chevron-left, .lucide-arrow-right, .lucide-undo-2")
                scales = await pointing.evaluate_all("icons => icons.map(icon => getComputedStyle(icon).scale)")
                assert {*scales} <= {"-1 1" if direction == "rtl" else "none"}, name
                if language == "de":
                    # What one types into a search is of the same words in every language.
                    text = re.sub(r".*alt:none.*", "", await shown(tab.page))
                    assert ENGLISH.findall(text) == [], f"{name}: {text}"


async def test_a_size_in_german_may_have_tenths(site: Site, open_tab: OpenTab, add_gallery: AddGallery) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 3)
    async with open_tab() as tab:
        await tab.sign_in(artist)
        await tab.page.goto("/healthz")
        await tab.page.evaluate(CHOOSE, "de")
        await tab.visit(site.sqid(artist))
        await tab.page.locator(".filters-button").click()
        size = tab.page.get_by_label("Größe ab, kB")
        await size.fill("0.5")
        assert await size.evaluate("field => field.checkValidity()")


async def test_art_is_in_the_middle_whichever_way_texts_run(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user("pixelfan")
    first, second = await add_pictures(site, artist, 2)
    await make_alike(site, [first, second], sizes=[2])
    async with open_tab(viewport={"width": 1280, "height": 800}) as tab:
        await tab.sign_in(artist)
        await tab.page.goto("/healthz")
        await tab.page.evaluate(CHOOSE, "mirrored")
        for query, pane, art in (
            (f"asset={first}", ".stage", ".stage-picture"),
            ("look=alike", ".alike-pane >> nth=0", "img"),
        ):
            await tab.page.goto(f"/u/{site.sqid(artist)}/library?{query}")
            around = tab.page.locator(pane)
            await expect(around.locator(art)).to_be_visible()
            boxes = await around.bounding_box(), await around.locator(art).bounding_box()
            middles = [box["x"] + box["width"] / 2 for box in boxes if box]
            assert middles[0] == pytest.approx(middles[1], abs=2), query


async def test_language_is_chosen_in_the_settings(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user("pixelfan")
    async with open_tab(viewport={"width": 1280, "height": 800}) as tab:
        await tab.sign_in(artist)
        await tab.page.goto(f"/u/{site.sqid(artist)}/settings?section=language")
        await tab.page.get_by_label("These pages, in this browser").select_option("Deutsch")
        await expect(tab.page.get_by_role("heading", name="Sprache")).to_be_visible()
        await expect(tab.page.locator("html")).to_have_attribute("lang", "de")
        await tab.page.reload()
        await tab.page.get_by_label("Diese Seiten, in diesem Browser").select_option("English")
        await expect(tab.page.get_by_role("heading", name="Language")).to_be_visible()


async def test_no_command_for_a_selection_lies_on_another(
    site: Site, open_tab: OpenTab, add_gallery: AddGallery
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 3)
    await add_pictures(site, artist, 3)
    async with open_tab() as tab:
        await tab.sign_in(artist)
        await tab.page.goto("/healthz")
        await tab.page.evaluate(CHOOSE, "de")
        for name in ("posts", "library"):
            await tab.page.set_viewport_size({"width": 1440, "height": 800})
            await tab.page.goto(f"/u/{site.sqid(artist)}/{name}")
            await expect(tab.page.locator("main :is([role=row], [role=option]) img").first).to_be_visible()
            await tab.page.keyboard.press("Control+a")
            for width in (1440, 1280, 1024, 820, 600):
                await tab.page.set_viewport_size({"width": width, "height": 800})
                await expect(tab.page.locator(".selection-bar .primary")).to_be_visible()
                assert (name, width, await tab.page.evaluate(OVERLAPPING)) == (name, width, [])


async def test_a_packs_buttons_have_room_for_long_words(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    files = await add_pictures(site, artist, 1)
    async with open_tab() as tab:
        await tab.sign_in(artist)
        made = {"name": "Dragons", "license_type": "royalty_free", "assets": [{"asset_id": files[0]}]}
        pack = (await tab.api.post("/api/pmd/packs", made, user=artist)).json["id"]
        await tab.page.goto("/healthz")
        await tab.page.evaluate(CHOOSE, "de")
        await tab.page.goto(f"/u/{site.sqid(artist)}/packs?pack={pack}")
        await tab.page.get_by_role("button", name="Alle", exact=True).click()
        await expect(tab.page.get_by_role("button", name="Bauen und veröffentlichen")).to_be_visible()
        for width in (820, 1024, 1280):
            await tab.page.set_viewport_size({"width": width, "height": 900})
            assert (width, await tab.page.evaluate(WIDER)) == (width, [])


async def test_a_keys_button_has_room_for_long_words(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    async with open_tab() as tab:
        await tab.sign_in(artist)
        await tab.api.post(
            "/api/pmd/keys", {"name": "Bot", "scopes": ["posts:read"], "expires_in_days": 90}, user=artist
        )
        await tab.page.goto("/healthz")
        await tab.page.evaluate(CHOOSE, "de")
        await tab.page.goto(f"/u/{site.sqid(artist)}/settings")
        revoke = tab.page.get_by_role("button", name="Widerrufen Bot")
        for width in (390, 820, 1280):
            await tab.page.set_viewport_size({"width": width, "height": 900})
            await expect(revoke).to_be_visible()
            assert (width, await revoke.evaluate(BESIDE)) == (width, [])


async def test_the_sections_of_the_settings_have_room_for_counts(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    answer = asyncio.Event()

    async def hold(route: Route) -> None:
        await answer.wait()
        await route.continue_()

    async with open_tab(locale="de-DE") as tab:
        await tab.page.route("**/api/pmd/sessions", hold)
        await tab.sign_in(artist)
        await tab.page.goto(f"/u/{site.sqid(artist)}/settings?section=data")
        section = tab.page.get_by_role("link", name="Angemeldete Browser")
        before = await section.evaluate(WIDTH)
        answer.set()
        await expect(section.locator(".count")).to_have_text("1")
        assert await section.evaluate(WIDTH) == before
        await section.locator(".count").evaluate("count => { count.textContent = '16' }")
        assert await section.evaluate(WIDTH) == before
        assert await section.evaluate("each => each.scrollWidth - each.clientWidth") == 0


async def test_the_order_of_packs_is_not_cut(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    async with open_tab(viewport={"width": 1280, "height": 800}, locale="de-DE") as tab:
        await tab.sign_in(artist)
        await tab.page.goto(f"/u/{site.sqid(artist)}/packs")
        order = tab.page.get_by_role("combobox", name="Reihenfolge")
        before = await order.evaluate(WIDTH)
        await order.evaluate("order => { order.style.maxWidth = 'none' }")
        assert await order.evaluate(WIDTH) == before


@pytest.mark.parametrize("width", [800, 1251, 1280, 1440])
async def test_an_owners_pages_and_columns_have_room_for_their_names(site: Site, open_tab: OpenTab, width: int) -> None:
    owner = await site.add_user(roles=["owner"])
    async with open_tab(viewport={"width": width, "height": 800}, locale="de-DE") as tab:
        await tab.sign_in(owner)
        await tab.page.goto("/ops")
        await expect(tab.page.locator(".ops-kinds-head")).to_contain_text("Fehler")
        await expect(tab.page.get_by_role("button", name="Anhalten: Ereignisse")).to_be_attached()
        assert await tab.page.evaluate(CUT) == []


async def test_things_of_an_import_are_named_in_german(site: Site, open_tab: OpenTab) -> None:
    artist = await site.add_user()
    made = await add_report(site, artist)
    async with open_tab() as tab:
        await tab.sign_in(artist)
        await tab.page.goto("/healthz")
        await tab.page.evaluate(CHOOSE, "de")
        await tab.page.goto(f"/u/{site.sqid(artist)}/settings?section=data&import={made}")
        thing = tab.page.get_by_role("listitem").filter(has_text="Dusk")
        await expect(thing).to_contain_text("Beitrag")
