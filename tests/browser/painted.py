"""Whether what should be a picture is one: loaded and drawn, in all that is in sight."""

import asyncio
from typing import Any

from playwright.async_api import Page

from ..hang import HANG_SECONDS

# An observer knows what scrolling lists and hidden pages cut away. A canvas is 300 × 150 until it is drawn to.
_IN_SIGHT = """async () => {
    const all = [...document.querySelectorAll("img, .picture canvas")].filter((each) => !each.closest(".brand"));
    const inSight = await new Promise((resolve) => {
        const observer = new IntersectionObserver((entries) => {
            observer.disconnect();
            resolve(entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target));
        });
        for (const each of all) observer.observe(each);
        if (all.length === 0) resolve([]);
    });
    const isPainted = (each) =>
        each instanceof HTMLImageElement
            ? each.hasAttribute("src") && each.complete && each.naturalWidth > 0
            : each.width !== 300 || each.height !== 150;
    const [painted, missing] = [true, false].map((is) => inSight.filter((each) => isPainted(each) === is));
    const described = missing.map((each) => `${each.parentElement.className}: ${each.outerHTML}`);
    return { painted: painted.length, missing: described };
}"""


async def await_pictures(page: Page, at_least: int) -> None:
    """Wait until every picture in sight is drawn, and there are so many: an icon stands for one that failed.

    Raises:
        AssertionError: some never were.
    """
    seen: Any = None
    try:
        async with asyncio.timeout(HANG_SECONDS):
            while seen is None or seen["missing"] or seen["painted"] < at_least:
                seen = await page.evaluate(_IN_SIGHT)
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"of {at_least} pictures or more: {seen}") from None
