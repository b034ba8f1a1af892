"""axe's judgement of what a page shows (WCAG 2.2 AA), in both colours, at three widths; a finger's on what has one."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page, ViewportSize

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_LOOKS = ["color-contrast", "target-size", "scrollable-region-focusable"]

NARROW: ViewportSize = {"width": 768, "height": 1024}
DESK: ViewportSize = {"width": 1440, "height": 1024}  # as no other tab is: it stands for a large tablet as well
TABLET: ViewportSize = {"width": 1024, "height": 1366}
LOOKS: dict[str, dict[str, Any]] = {"desk": {"viewport": DESK}, "phone": {"viewport": {"width": 375, "height": 740}}}

# What lies on top is all that can be reached then; what is below was looked at before it came.
ON_TOP = "dialog:modal, :popover-open, [role=menu]"

# Only what people read leaves the page: all that axe has found in order takes Playwright seconds to carry over.
_COMPLAINTS = """async ([runOnly, onTop]) => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const options = { runOnly, resultTypes: ['violations'] };
    const { violations } = await axe.run(document.querySelector(onTop) ?? document, options);
    return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`));
}"""

# What a finger presses is 44 px in both directions, and all of it on the screen, unless a strip is drawn along. A tick
# is as large as its label, and a field that stands in a line with its sign as that line. A link in a sentence is as
# high as its line; of stars and labels nine stand beside each other, as wide as there is room.
_UNTOUCHABLE = """async (onTop) => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const PRESSED = 'button, a[href], summary, select, textarea, input, [role=option], [role=treeitem]';
    const LABELLED = 'input:is(.beside *, [type=checkbox], [type=radio])';
    const SCROLLED = ':is(.tabs, .search-box, .filmstrip, .strip) *';
    return [...(document.querySelector(onTop) ?? document).querySelectorAll(PRESSED)].flatMap((each) => {
        const target = each.matches(LABELLED) ? each.closest('label') ?? each : each;
        const box = target.getBoundingClientRect();
        const isSeen = box.width > 1 && box.height > 1 && each.checkVisibility({ contentVisibilityAuto: true });
        if (!isSeen || each.matches('p a, .conflicts a')) return [];
        const least = each.matches('.judge *') ? 36 : 44;
        const isOff = !each.matches(SCROLLED) && (box.left < 0 || box.right > innerWidth);
        if (box.width >= least - 0.5 && box.height >= 43.5 && !isOff) return [];
        const { left, width, height } = box;
        return [`untouchable: ${width} × ${height} at ${left}: ${target.outerHTML.slice(0, 200)}`];
    });
}"""


async def violations(page: Page) -> list[str]:
    """All rules, in the dark on a desk and in the light on a phone; then those that could tell a difference elsewhere.

    Elsewhere is the light on the desk, and for a whole page a small tablet instead of the phone. On a large tablet,
    which the desk among the looks becomes for a moment, only the finger judges.
    """
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    size = page.viewport_size
    assert size is not None
    is_wide = size["width"] > NARROW["width"]
    await page.emulate_media(color_scheme="dark" if is_wide else "light")
    complaints: list[str] = await page.evaluate(_COMPLAINTS, [TAGS, ON_TOP])
    on_top = await page.locator(ON_TOP).count()
    if is_wide:
        await page.emulate_media(color_scheme="light")
        complaints += await page.evaluate(_COMPLAINTS, [OF_LOOKS[:1], ON_TOP])
        if size == DESK:
            complaints += await _untouchable_on_a_tablet(page)
    else:
        complaints += await page.evaluate(_UNTOUCHABLE, ON_TOP)
        if not on_top:
            await page.set_viewport_size(NARROW)
            complaints += await page.evaluate(_COMPLAINTS, [OF_LOOKS, ON_TOP])
    await page.set_viewport_size(size)
    assert await page.locator(ON_TOP).count() == on_top, "what lay on top has gone"
    return complaints


async def _untouchable_on_a_tablet(page: Page) -> list[str]:
    touch = await page.context.new_cdp_session(page)
    await touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    if not await page.locator(ON_TOP).count():  # a menu closes when the page becomes narrower
        await page.set_viewport_size(TABLET)
    assert await page.evaluate("matchMedia('(pointer: coarse)').matches")
    complaints: list[str] = await page.evaluate(_UNTOUCHABLE, ON_TOP)
    await touch.detach()
    return complaints
