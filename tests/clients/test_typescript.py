"""The TypeScript client: its types are current, and it works in Node against a real server."""

import asyncio
import json
import shutil
from pathlib import Path

from aiohttp.test_utils import TestServer

from ..site import Api, Site
from ..uploads.pictures import picture
from .typescript import CLIENT, PROGRAMS, TYPES, generate_client_types

HERE = Path(__file__).parent


def test_types_of_the_typescript_client_are_current() -> None:
    assert TYPES.read_text() == generate_client_types(), "“make types” writes it again"


async def test_typescript_client_works_in_node_against_a_server(
    api: Api, site: Site, server: TestServer, tmp_path: Path
) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist, picture(), title="Picture")
    await site.add_posts(artist, 149)
    package = tmp_path / "package"
    built = await asyncio.create_subprocess_exec(PROGRAMS / "tsc", "--project", CLIENT, "--outDir", package / "dist")
    assert await built.wait() == 0
    shutil.copy(CLIENT / "package.json", package)
    (tmp_path / "node_modules" / "@pmd").mkdir(parents=True)
    (tmp_path / "node_modules" / "@pmd" / "client").symlink_to(package)
    shutil.copy(HERE / "typescript.mjs", tmp_path)
    process = await asyncio.create_subprocess_exec(
        *("node", "typescript.mjs", str(api.root), api.token(artist), str(post)),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, failed = await process.communicate()
    assert process.returncode == 0, failed.decode()
    assert json.loads(printed) == {
        "handle": "artist",
        "posts": 150,
        "bytes": len(picture()),
        "isRepeated": True,
        "error": 404,
        "refused": [422, "?limit"],
        "events": ["connected", "bulk_change_update"],
    }
