"""CONTRIBUTING.md's recipes of records and of a language, followed literally in a checkout of its own."""

import asyncio
import shlex
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from babel.messages.pofile import read_po, write_po
from PIL import Image
from yarl import URL

from pmd_service.base.settings import Settings, environment
from pmd_service.demo.stack import free_port

from .faults.test_ending import until_served
from .forked import ROOT
from .hang import HANG_SECONDS
from .locales.pseudo import widened
from .recipe import blocks
from .site import Answer, Api, Site
from .uploads.pictures import picture

TITLE = "A new kind of task, format, licence or import"
LANGUAGE = "A new language"
# Red, then green; then blue, then white.
PIXELS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]


def qoi() -> bytes:
    """2 × 2 pixels by the Quite OK Image Format, 1.0: a header, QOI_OP_RGB each, and the end."""
    pixels = b"".join(bytes([0xFE, *pixel]) for pixel in PIXELS)
    return struct.pack(">4sIIBB", b"qoif", 2, 2, 3, 0) + pixels + bytes(7) + b"\1"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which somebody has followed the page."""
    folder = tmp_path / "checkout"
    package = folder / "pmd_service"
    shutil.copytree(ROOT / "pmd_service", package)
    shutil.copytree(ROOT / "migrations", folder / "migrations")
    for name in ("server.py", "worker.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    kind, engine, format_, licence, form = blocks(TITLE, "python")
    (text,) = blocks(TITLE, "text")
    (package / "media/kinds/mirror.py").write_text(kind)
    (package / "media/engines/mirror.py").write_text(engine)
    (package / "packs/licences/game_jam.txt").write_text(text)
    (package / "imports/forms/lines.py").write_text(form)
    for path, table, record in (
        ("media/formats.py", "_ALL", format_),
        ("packs/license_kinds.py", "LICENSES", licence),
        ("imports/reading.py", "FORMS: tuple[Form, ...]", "lines.FORM"),
    ):
        before = (
            (package / path).read_text().replace("import gallery_dl, instagram", "import lines, gallery_dl, instagram")
        )
        (package / path).write_text(before.replace(f"{table} = (\n", f"{table} = (\n{record.rstrip()},\n"))
    add_language(folder)
    return folder


def add_language(folder: Path) -> None:
    """A catalogue that is made by the command, and translated."""
    shutil.copytree(ROOT / "tests" / "locales", folder / "tests" / "locales")
    shutil.copy(ROOT / "tests" / "__init__.py", folder / "tests")
    (command,) = blocks(LANGUAGE, "sh")
    program, *arguments = shlex.split(command)
    assert program == ".venv/bin/python"
    subprocess.run([sys.executable, *arguments], cwd=folder, env={"PYTHONPATH": str(folder)}, check=True)
    shutil.rmtree(folder / "tests")  # what follows uses the others of this checkout
    file = folder / "pmd_service" / "locales" / f"{arguments[-1]}.po"
    with file.open("rb") as lines:
        catalogue = read_po(lines, locale=arguments[-1])
    for message in catalogue:
        if message.id:
            text = widened(message.id if isinstance(message.id, str) else message.id[0])
            message.string = text if isinstance(message.id, str) else (text,) * catalogue.num_plurals
    with file.open("wb") as lines:
        write_po(lines, catalogue)


@pytest.fixture
def environ(checkout: Path, settings: Settings) -> dict[str, str]:
    settings = msgspec.structs.replace(settings, port=free_port())
    return environment(settings) | {"PYTHONPATH": str(checkout), "PORT": str(settings.port)}


@pytest.fixture
def started(checkout: Path, environ: dict[str, str]) -> Iterator[None]:
    """Its server, and its worker of uploads and tasks."""
    with ExitStack() as running:
        for command in (["server.py"], ["-m", "arq", "worker.MediaSettings"]):
            process = running.enter_context(subprocess.Popen([sys.executable, *command], cwd=checkout, env=environ))
            running.callback(process.kill)
        yield


@pytest.fixture
async def there(started: None, environ: dict[str, str], settings: Settings) -> AsyncIterator[Api]:
    async with Api(URL(f"http://127.0.0.1:{environ['PORT']}/"), settings) as api:
        await until_served(api)
        yield api


async def until(api: Api, path: str, user: int, state: Any) -> Any:
    """What is there once it is in this state."""
    async with asyncio.timeout(HANG_SECONDS):
        while not state((answer := await api.get(path, user=user)).json):
            await asyncio.sleep(0.1)
    return answer.json


def dump() -> bytes:
    """What the recipe's form of import reads: two posts, one of them without its file."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        posts = [
            {"file": name, "title": name.title(), "at": "2020-02-02T20:20:20Z"} for name in ("tree.png", "gone.png")
        ]
        archive.writestr("posts.jsonl", b"\n".join(map(msgspec.json.encode, posts)))
        archive.writestr("tree.png", picture())
    return made.getvalue()


async def check_language(there: Api, user: int, subtests: pytest.Subtests) -> None:
    with subtests.test("the language is that of public pages, and of an account"):
        page = await there.call("GET", "/p/0123456789abcdef", headers={"Accept-Language": "he-IL, en;q=0.5"})
        assert '<html lang="he" dir="rtl">' in page.body.decode()
        assert widened("There is nothing behind this link") in page.body.decode()
        put = await there.call("PUT", "/api/pmd/language", user=user, json={"language": "he"})
        assert (put.status, put.json) == (200, {"language": "he"})


def test_recipes_keep_the_floors_and_make_no_circle(checkout: Path) -> None:
    linter = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    found = subprocess.run(linter, cwd=checkout, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


async def test_kind_format_licence_import_and_language_by_the_recipes(
    there: Api, site: Site, checkout: Path, environ: dict[str, str], subtests: pytest.Subtests
) -> None:
    user = await site.add_user()
    with subtests.test("the format is probed and shown"):
        form = aiohttp.FormData()
        form.add_field("files[]", qoi(), filename="flag.qoi")
        assert (await there.call("POST", "/api/pmd/uploads/form", user=user, data=form)).status == 202
        page = await until(there, "/api/pmd/assets", user, lambda page: page["items"])
        (flag,) = page["items"]
        assert (flag["type"], flag["file_format"], flag["mime_type"]) == ("image", "qoi", "image/qoi")
        assert (flag["width"], flag["height"]) == (2, 2)
        assert (await there.get(f"/api/pmd/assets/{flag['id']}/preview?size=256", user=user)).status == 200
    with subtests.test("the kind is listed, and a task of it runs"):
        kinds = (await there.get(f"/api/pmd/jobs/kinds?asset_id={flag['id']}", user=user)).json["items"]
        mirror = next(kind for kind in kinds if kind["kind"] == "mirror")
        assert (mirror["title"], mirror["is_available"]) == ("Mirror", True)
        assert mirror["params"]["$defs"]["Mirror"]["properties"]["direction"]["enum"] == ["across", "down"]
        body = {"kind": "mirror", "asset_ids": [flag["id"]], "params": {"direction": "down"}}
        (task,) = (await there.post("/api/pmd/jobs", body, user=user)).json["items"]
        done = await until(there, f"/api/pmd/jobs/{task['id']}", user, lambda job: job["completed_at"])
        assert (done["status"], done["error_message"]) == ("completed", None)
        made = (await there.get(f"/api/pmd/assets/{done['result_asset_id']}", user=user)).json["asset"]
        assert made["name"] == "flag mirrored.png"
        file = await there.get(f"/api/pmd/assets/{made['id']}/file", user=user)
        assert pixels(file) == [PIXELS[2], PIXELS[3], PIXELS[0], PIXELS[1]]
    with subtests.test("a pack has the licence and its text"):
        pack = await there.post("/api/pmd/packs", {"name": "Jam", "license_type": "game_jam"}, user=user)
        assert (pack.status, pack.json["license_type"]) == (201, "game_jam")
        check = (await there.post(f"/api/pmd/packs/{pack.json['id']}/check", {}, user=user)).json
        assert "You may use the files of this pack in games that you make for a jam." in check["license_text"]
        assert "Use it in games for a jam, with credit to its author; not for money." in check["readme"]
    with subtests.test("an import of the form is read and made"):
        form = aiohttp.FormData()
        form.add_field("files[]", dump(), filename="dump.zip")
        assert (await there.call("POST", "/api/pmd/uploads/form", user=user, data=form)).status == 202
        page = await until(there, "/api/pmd/assets?q=dump", user, lambda page: page["items"])
        started = (await there.post("/api/pmd/imports", {"asset_id": page["items"][0]["id"]}, user=user)).json
        path = f"/api/pmd/imports/{started['id']}"
        read = await until(there, path, user, lambda found: found["completed_at"])
        assert (read["form"], read["error_message"]) == ("lines", None)
        await there.post(f"{path}/start", {"posts_as": "files"}, user=user)
        made = await until(there, path, user, lambda found: found["made_count"] + found["failed_count"])
        assert (made["made_count"], made["failed_count"]) == (1, 0)
    await check_language(there, user, subtests)
    with subtests.test("the document and the page know them"):
        document = (await there.get("/api/openapi.json", user=user)).json["components"]["schemas"]
        assert "mirror" in document["JobRequest"]["properties"]["kind"]["enum"]
        assert "game_jam" in document["PackRequest"]["properties"]["license_type"]["enum"]
        print_types = "from tests.dashboard.types import generate_types; print(*generate_types().values())"
        printed = subprocess.run(  # noqa: ASYNC221 - a second
            [sys.executable, "-c", print_types],
            cwd=checkout,
            env=environ | {"PYTHONPATH": f"{checkout}:{ROOT}"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert '"mirror": "Mirror"' in printed
        assert '"title": "Game jams"' in printed


def pixels(answer: Answer) -> list[Any]:
    with Image.open(BytesIO(answer.body)) as image:
        shown = image.convert("RGB")
        return [shown.getpixel((x, y)) for y in range(shown.height) for x in range(shown.width)]
