"""A bare aiohttp application, as a process: what the framework does without us. ``python -m benchmarks.bare PORT``."""

import sys

from aiohttp import web

PAGE_BYTES = 245_000  # what a page of 512 posts comes to


def main() -> None:
    page = b"x" * PAGE_BYTES

    async def get_nothing(_request: web.Request) -> web.Response:
        return web.Response(body=b"{}", content_type="application/json")

    async def get_page(_request: web.Request) -> web.Response:
        return web.Response(body=page, content_type="application/json")

    app = web.Application()
    app.add_routes([web.get("/nothing", get_nothing), web.get("/page", get_page)])
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=lambda *_: None)


if __name__ == "__main__":
    main()
