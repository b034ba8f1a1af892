"""Browser contexts that tests take turns with: a tab in a process that has run our page before costs half as much."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from playwright.async_api import Browser, BrowserContext, CDPSession, Page, ViewportSize
from yarl import URL

from ..hang import HANG_SECONDS

# With nothing that moves, unless a test asks for it: what is measured stands where it stays.
_USUAL: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce", "locale": "en-US"}
# What a tab can have on its own; a context with any option but a finger is used once.
_OF_TABS = {"viewport", "reduced_motion", "color_scheme"}
_SHARED = {"has_touch"}
_STORES = "indexeddb,local_storage,cache_storage,service_workers,file_systems"


class _Warm(NamedTuple):
    """A context whose process is kept alive by a page of the tests' origin."""

    context: BrowserContext
    keeper: Page
    session: CDPSession


class Contexts:
    """What a visitor leaves (cookies, storage, cache, tabs) is removed before the next one comes.

    All servers that visitors meet here have the same address: what the process has compiled is known by it.
    """

    def __init__(self, browser: Browser, root: URL) -> None:
        self._browser = browser
        self._root = root
        self._idle: dict[str, _Warm] = {}

    @asynccontextmanager
    async def visitor(self, root: URL, **options: Any) -> AsyncIterator[Page]:
        """A tab of a new visitor; the context of a test that fails, or stops the clock, is not used again."""
        of_tab = {name: options.pop(name) for name in _OF_TABS & options.keys()}
        if root != self._root or not options.keys() <= _SHARED:
            async with await self._new(root, options | of_tab) as context:
                yield await context.new_page()
            return
        key = repr(options)
        warm = self._idle.pop(key, None) or await self._warm(options)
        try:
            yield await _tab(warm.context, **of_tab)
            is_clean = await self._cleaned(warm) and key not in self._idle
        except BaseException:
            await warm.context.close()
            raise
        if is_clean:
            self._idle[key] = warm
        else:
            await warm.context.close()

    async def _new(self, root: URL, options: dict[str, Any]) -> BrowserContext:
        context = await self._browser.new_context(base_url=str(root), **(_USUAL | options))
        context.set_default_timeout(HANG_SECONDS * 1000)
        return context

    async def _warm(self, options: dict[str, Any]) -> _Warm:
        context = await self._new(self._root, options)
        keeper = await context.new_page()
        await keeper.goto("/healthz")
        return _Warm(context, keeper, await context.new_cdp_session(keeper))

    async def _cleaned(self, warm: _Warm) -> bool:
        for page in warm.context.pages:
            if page is not warm.keeper:
                await page.close()
        if await warm.keeper.evaluate("'__pwClock' in globalThis"):
            return False
        await warm.context.set_offline(False)
        await warm.context.clear_cookies()
        origin = str(self._root.origin())
        await warm.session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": _STORES})
        await warm.session.send("Network.clearBrowserCache")  # the next test's post has another picture at this address
        return True


async def _tab(context: BrowserContext, *, viewport: ViewportSize | None = None, **media: Any) -> Page:
    page = await context.new_page()
    if viewport is not None:
        await page.set_viewport_size(viewport)
    if media:
        await page.emulate_media(**media)
    return page
