"""The dashboard as somebody in front of it sees and uses it."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any, Self

from playwright.async_api import Locator, Page, Request, Response, Route, expect

from pmd_service.identity.session import COOKIE

from ..conftest import WorkOff
from ..site import Api
from .contexts import Contexts
from .faults import Faults
from .painted import await_pictures


class Dashboard:
    """One tab. What goes wrong in it or beside it, scripts refused by the policy too, fails the test at the end."""

    def __init__(self, page: Page, api: Api, faults: Faults) -> None:
        self.context = page.context
        self.page = page
        self.api = api
        self.faults = faults
        self.requests: list[Request] = []
        page.on("request", self._sent)

    def _sent(self, request: Request) -> None:
        self.requests.append(request)

    @classmethod
    @asynccontextmanager
    async def opened(cls, contexts: Contexts, api: Api, **options: Any) -> AsyncIterator[Self]:
        faults = Faults()
        with ExitStack() as watching:  # until all tabs are closed
            async with contexts.visitor(api.root, **options) as tab:
                watching.enter_context(faults.watched(tab.context))
                dashboard = cls(tab, api, faults)
                yield dashboard
                for page in dashboard.context.pages:  # what an answer was still held for is nobody's affair any more
                    await page.unroute_all(behavior="ignoreErrors")
        assert not faults.unexpected, faults.unexpected

    async def beside(self) -> Self:
        """Another tab of the same visitor."""
        return type(self)(await self.context.new_page(), self.api, self.faults)

    async def sign_in(self, user: int, *, lives: timedelta = timedelta(hours=1)) -> None:
        """Set the cookie that the site's own sign-in would set."""
        cookie = {"name": COOKIE, "value": self.api.token(user, lives=lives), "url": str(self.api.root)}
        await self.context.add_cookies([{**cookie, "httpOnly": True, "sameSite": "Lax"}])  # type: ignore[typeddict-item]

    async def visit(self, sqid: str, query: str = "") -> Response:
        response = await self.page.goto(f"/u/{sqid}/posts{query}")
        assert response is not None
        return response

    async def open(self, user: int, *, of: str, posts: int | None = None) -> None:
        """Sign in and wait until all posts are there."""
        await self.sign_in(user)
        await self.visit(of)
        if posts is not None:
            await self.sees_posts(posts)

    async def sees_posts(self, count: int) -> None:
        """All of the list is loaded, and this many posts are in it."""
        words = "post" if count == 1 else "posts"
        await expect(self.page.locator(".foot-words")).to_have_text(re.compile(rf"^{count:,} (of [\d,]+|{words})$"))

    async def sees_pictures(self, at_least: int) -> None:
        """All pictures in sight are there and drawn."""
        await await_pictures(self.page, at_least)

    @property
    def grid(self) -> Locator:
        return self.page.get_by_role("grid")

    @property
    def selection(self) -> Locator:
        """The bar that is there while anything is selected."""
        return self.page.get_by_role("toolbar", name="Actions on the selected posts")

    @property
    def downloads(self) -> Locator:
        """In their tray, open or not."""
        return self.page.locator(".downloads li.download")

    async def opens_downloads(self) -> None:
        await expect(self.page.locator(".tray-button")).to_be_attached()
        button = self.page.get_by_role("button", name=re.compile("^Downloads"))
        if await button.is_visible():
            await button.click()
        else:  # on a phone
            await self.page.keyboard.press("w")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    def row(self, title: str) -> Locator:
        return self.grid.get_by_role("row").filter(has=self.page.get_by_text(title, exact=True))

    def row_at(self, number: int) -> Locator:
        """The row that is ``number``-th in the present order, if it is on the screen."""
        return self.grid.locator(f'[role=row][aria-rowindex="{number + 1}"]')

    async def click_row(self, number: int, **options: Any) -> None:
        await self.row_at(number).locator(".cell-date").click(**options)

    async def scroll_to(self, number: int) -> None:
        """Scroll the table to its ``number``-th row, as a wheel or a finger does."""
        await self.grid.evaluate("(grid, number) => { grid.scrollTop = (number - 3) * 44 }", number)

    async def selects_all(self) -> None:
        await self.grid.focus()
        await self.page.keyboard.press("Control+a")

    async def selects_each(self) -> None:
        """Select all posts one by one, as a range; otherwise more than 128 are selected by their filter."""
        await self.grid.focus()
        await self.page.keyboard.press("Home")
        await self.page.keyboard.press("Shift+End")
        await self.scroll_to(1)

    async def selects_first(self, count: int) -> None:
        await self.click_row(1)
        await self.scroll_to(count)
        await self.click_row(count, modifiers=["Shift"])

    async def has_selected(self, count: int) -> None:
        chosen = self.selection.locator(".selection-count")
        await (expect(chosen).to_contain_text(f"{count:,} selected") if count else expect(chosen).to_have_count(0))

    async def act(self, name: str) -> None:
        """Press a button of the selection's bar, or a line of its menu."""
        button = self.selection.get_by_role("button", name=re.compile(rf"^{name}\b"))
        await expect(self.selection).to_be_visible()
        if not await button.is_visible():
            await self.selection.get_by_title("More").click()
            button = self.page.get_by_role("menuitem", name=re.compile(rf"^{name}\b"))
        await button.click()

    async def shows(self, place: str) -> None:
        """Open one of the bar's places: “All”, “Visible”, “Hidden”, “By a moderator”, “Deleted”."""
        await self.page.get_by_role("group", name="Which posts").get_by_role("button", name=place).click()

    async def filters_by(self, label: str, option: str) -> None:
        """Choose in the panel behind “Filters”."""
        button = self.page.get_by_role("button", name=re.compile(r"^Filters"))
        await button.click()
        await self.page.get_by_label(label, exact=True).select_option(option)
        await self.page.keyboard.press("Escape")

    async def answers(self, name: str) -> None:
        """Press a button of the open dialog."""
        await self.dialog.get_by_role("button", name=name).click()

    async def hears(self, text: str) -> None:
        """A toast says so."""
        await expect(self.toasts.filter(has_text=text).first).to_be_visible()

    async def hears_of(self, work_off: WorkOff, text: str) -> None:
        """A toast tells what has been worked off: it comes before the worker has ended, and does not stay for ever."""
        await asyncio.gather(work_off(), self.hears(text))

    @property
    def toasts(self) -> Locator:
        return self.page.locator(".toast")

    async def undo(self) -> None:
        await self.toasts.get_by_role("button", name="Undo").first.click()

    @asynccontextmanager
    async def at_once(self) -> AsyncIterator[None]:
        """The page's own clock stands still meanwhile: nothing comes too late for it, however slow this machine is.

        The clock is installed (``page.clock.install()``) before the page is opened; what is due soon is done at once.
        """
        await self.page.clock.pause_at(await self.page.evaluate("Date.now() / 1000 + 10"))
        yield
        await self.page.clock.resume()

    async def escapes(self) -> None:
        """Close the dialog by its key: the page hears no other key before it is gone."""
        await self.page.keyboard.press("Escape")
        await self.has_closed()

    async def has_closed(self) -> None:
        """No dialog is open, and the browser has gone back to the entry before it: that cancels a reload meanwhile."""
        await expect(self.dialog).to_have_count(0)
        await self.page.wait_for_function("!history.state?.hidden?.includes('dialog')")

    def bodies(self, path: str) -> list[Any]:
        """The bodies that were sent to this path, in order."""
        return [request.post_data_json for request in self.requests if request.url.partition("?")[0].endswith(path)]


async def fail(route: Route) -> None:
    """The network gives way."""
    await route.abort("connectionreset")


async def hears_of_nothing(tab: Dashboard) -> None:
    """What others change does not reach this tab while it is edited here."""
    tab.faults.provoke("ERR_CONNECTION_RESET")
    await tab.page.route("**/api/pmd/sse*", fail)
