"""One window of a browser, over WebDriver (WebKit) or WebDriver BiDi (Firefox); both take the same input actions."""

import asyncio
import base64
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import msgspec
from yarl import URL

from ..hang import HANG_SECONDS

WIDTH, HEIGHT = 1440, 900

KEYS = {
    "Enter": "\ue007", "Escape": "\ue00c", "ArrowUp": "\ue013", "ArrowDown": "\ue015", "Space": " ",
    "Shift": "\ue008", "Control": "\ue009", "Tab": "\ue004",
}  # fmt: skip


class Driver(Protocol):
    """What a protocol must be able to do; scripts are functions' bodies and may give a promise back."""

    async def go(self, url: URL) -> None: ...

    async def script(self, body: str) -> Any: ...

    async def act(self, actions: list[dict[str, Any]]) -> None: ...

    async def set_cookie(self, name: str, value: str, url: URL) -> None: ...

    async def screenshot(self) -> bytes: ...

    async def choose(self, field: str, files: Sequence[Path]) -> None: ...


class Window:
    """What somebody in front of it does and sees."""

    def __init__(self, driver: Driver, pictures: Path, browser: str) -> None:
        self.driver = driver
        self.browser = browser
        self._pictures = pictures

    async def go(self, url: URL) -> None:
        await self.driver.go(url)

    async def script(self, body: str) -> Any:
        return await self.driver.script(body)

    async def until(self, condition: str) -> None:
        """Until this expression is true in the page.

        Raises:
            TimeoutError: it never is.
        """
        async with asyncio.timeout(HANG_SECONDS):
            while not await self.driver.script(_UNTIL % condition):
                pass  # the page waits itself, a second at a time: no protocol limit is met

    async def sees(self, text: str) -> None:
        """This text is somewhere in the page."""
        await self.until(f"document.body.innerText.includes({text!r})")

    async def click(self, element: str, *, contains: str = "") -> None:
        """Click in the middle of the first element that this selector finds, and whose name or text contains this."""
        found = _FOUND % (element, contains)
        await self.until(f"(() => {{ const found = {found}; return found && !found.disabled; }})()")
        x, y = await self.driver.script(_MIDDLE % found)
        await self._press_at(x, y)

    async def _press_at(self, x: int, y: int) -> None:
        moves = [
            {"type": "pointerMove", "x": x, "y": y, "duration": 0},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        pointer = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": moves}
        await self.driver.act([pointer])

    async def press(self, key: str) -> None:
        """A key, or several at once: “Control+d”."""
        values = [KEYS.get(each, each) for each in (key.split("+") if len(key) > 1 else [key])]
        await self._strike([("keyDown", value) for value in values] + [("keyUp", value) for value in reversed(values)])

    async def writes(self, text: str) -> None:
        """Its characters, one after the other, into what has the focus."""
        await self._strike([(way, character) for character in text for way in ("keyDown", "keyUp")])

    async def _strike(self, strokes: Sequence[tuple[str, str]]) -> None:
        actions = [{"type": way, "value": value} for way, value in strokes]
        await self.driver.act([{"type": "key", "id": "keyboard", "actions": actions}])

    async def chooses(self, field: str, files: Sequence[Path]) -> None:
        """Files for the field that this selector finds, as its picker gives them."""
        await self.until(f"document.querySelector({field!r}) !== null")
        await self.driver.choose(field, files)

    async def picture(self, name: str) -> None:
        data = await self.driver.screenshot()
        path = self._pictures / f"{self.browser}-{name}.png"
        await asyncio.to_thread(path.write_bytes, data)


_UNTIL = """
return new Promise((resolve) => {
    const last = Date.now() + 1000;
    const look = () => {
        if (%s) resolve(true);
        else if (Date.now() > last) resolve(false);
        else setTimeout(look, 50);
    };
    look();
});
"""

_FOUND = """[...document.querySelectorAll(%r)].find((each) => each.checkVisibility()
    && `${each.getAttribute("aria-label") ?? ""} ${each.textContent}`.includes(%r))"""

# Once it stands still, and nothing lies over it: no dialog that is about to close, and no toast.
_MIDDLE = """
return new Promise((resolve) => {
    let before = "";
    const look = () => {
        const element = %s;
        element?.scrollIntoView({ block: "nearest", inline: "nearest" });
        const box = element?.getBoundingClientRect();
        const at = box && [Math.round(box.left + box.width / 2), Math.round(box.top + box.height / 2)];
        const top = at && document.elementFromPoint(...at);
        if (top && `${at}` === before && (element.contains(top) || top.contains(element))) resolve(at);
        else {
            before = `${at}`;
            setTimeout(look, 100);
        }
    };
    look();
});
"""


class BiDi:
    """WebDriver BiDi, as Firefox speaks it on its remote debugging port."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._context = ""

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int) -> AsyncIterator["BiDi"]:
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(f"ws://127.0.0.1:{port}/session", max_msg_size=0) as socket,
        ):
            driver = cls(socket)
            await driver._ask("session.new", capabilities={})
            tree = await driver._ask("browsingContext.getTree")
            driver._context = tree["contexts"][0]["context"]
            size = {"width": WIDTH, "height": HEIGHT}
            await driver._ask("browsingContext.setViewport", context=driver._context, viewport=size)
            yield driver

    async def go(self, url: URL) -> None:
        await self._ask("browsingContext.navigate", context=self._context, url=str(url), wait="complete")

    async def script(self, body: str) -> Any:
        response = await self._ask(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await (async () => {{ {body} }})() ?? null))()",
            target={"context": self._context},
            awaitPromise=True,
        )
        assert response["type"] == "success", response
        return msgspec.json.decode(response["result"]["value"])

    async def act(self, actions: list[dict[str, Any]]) -> None:
        await self._ask("input.performActions", context=self._context, actions=actions)

    async def set_cookie(self, name: str, value: str, url: URL) -> None:
        cookie = {"name": name, "value": {"type": "string", "value": value}, "domain": url.host, "httpOnly": True}
        await self._ask("storage.setCookie", cookie=cookie)

    async def screenshot(self) -> bytes:
        response = await self._ask("browsingContext.captureScreenshot", context=self._context)
        return base64.b64decode(response["data"])

    async def choose(self, field: str, files: Sequence[Path]) -> None:
        found = await self._ask(
            "browsingContext.locateNodes", context=self._context, locator={"type": "css", "value": field}
        )
        element = {"sharedId": found["nodes"][0]["sharedId"]}
        names = [str(file) for file in files]
        await self._ask("input.setFiles", context=self._context, element=element, files=names)

    async def _ask(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(HANG_SECONDS):
            async for message in self._socket:
                response = message.json()
                if response.get("id") == number:
                    assert response["type"] == "success", response
                    return response["result"]
        raise ConnectionError("The browser has gone.")


class WebDriver:
    """The classic protocol, as WebKitWebDriver speaks it."""

    def __init__(self, client: aiohttp.ClientSession, session: str) -> None:
        self._client = client
        self._session = session

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int) -> AsyncIterator["WebDriver"]:
        root = f"http://127.0.0.1:{port}/session"
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(HANG_SECONDS)) as client:
            async with client.post(root, json={"capabilities": {"alwaysMatch": {}}}) as answer:
                response = (await answer.json())["value"]
                assert "sessionId" in response, response
            driver = cls(client, f"{root}/{response['sessionId']}")
            await driver._ask("POST", "/window/rect", {"width": WIDTH, "height": HEIGHT})
            yield driver
            await driver._ask("DELETE", "")

    async def go(self, url: URL) -> None:
        await self._ask("POST", "/url", {"url": str(url)})

    async def script(self, body: str) -> Any:
        return await self._ask("POST", "/execute/sync", {"script": body, "args": []})

    async def act(self, actions: list[dict[str, Any]]) -> None:
        await self._ask("POST", "/actions", {"actions": actions})

    async def set_cookie(self, name: str, value: str, url: URL) -> None:
        await self.go(url)  # cookies are taken for the page's own host only
        await self._ask("POST", "/cookie", {"cookie": {"name": name, "value": value, "path": "/", "httpOnly": True}})

    async def screenshot(self) -> bytes:
        return base64.b64decode(await self._ask("GET", "/screenshot"))

    async def choose(self, field: str, files: Sequence[Path]) -> None:
        found = await self._ask("POST", "/element", {"using": "css selector", "value": field})
        (element,) = found.values()
        await self._ask("POST", f"/element/{element}/value", {"text": "\n".join(str(file) for file in files)})

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        async with self._client.request(method, self._session + path, json=body) as answer:
            response = (await answer.json())["value"]
            assert answer.status == 200, response
            return response
