"""Commands in the documents exist, and their promises have tests."""

import importlib.util
import re
import shlex
from collections.abc import Iterator, Mapping

import pytest
from aiohttp import hdrs, web
from aiohttp.test_utils import make_mocked_request
from click import Context, Group
from click.testing import CliRunner
from pmd_cli.main import pmd

from pmd_service.app import create_app
from pmd_service.ops import cli

from ..dashboard.types import SETTINGS
from .documented import OPERATIONS

ROOT = OPERATIONS.parents[1]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
COMMANDS: Mapping[str, Group] = {"pmd": pmd, "pmd-admin": cli.main}
BODY = ("-F", "-d", "--data")


def typed() -> Iterator[tuple[str, list[str]]]:
    """Each line of the pages' shell blocks, by its page, as the shell would cut it."""
    for page in PAGES:
        for block in re.findall(r"^```(?:sh|bash)\n(.*?)^```$", page.read_text(), re.M | re.S):
            # What is within $( ) is typed as well.
            for line in re.sub(r"\$\((.*?)\)", r"x\n\1\n", block.replace("\\\n", " ")).splitlines():
                if words := shlex.split(line.replace('"[', "["), comments=True) if line.count('"') % 2 == 0 else []:
                    yield page.name, words


TYPED = list(typed())


def after(program: str) -> list[tuple[str, list[str]]]:
    """What follows a program's name, wherever a page has it typed."""
    found = [(page, words) for page, words in TYPED if words[0].rpartition("/")[2] == program]
    assert found, f"no page types {program}"
    return [(page, words[1:]) for page, words in found]


@pytest.mark.parametrize("program", COMMANDS)
def test_docs_pmd_commands_and_options_exist(program: str, subtests: pytest.Subtests) -> None:
    for page, words in after(program):
        here = [str(OPERATIONS / "pmd.env") if word.endswith("env") else word for word in words]
        with subtests.test(page, words=words):
            shown = CliRunner().invoke(COMMANDS[program], [*here, "-h"])
            assert shown.exit_code == 0, shown.output


@pytest.mark.parametrize("program", COMMANDS)
def test_docs_inline_commands_exist(program: str, subtests: pytest.Subtests) -> None:
    command = COMMANDS[program]
    known = command.list_commands(Context(command))
    for page in PAGES:
        for name in set(re.findall(rf"`{program}(?: --env-file \S+)? ([a-z]+)", page.read_text())):
            # The names of before are in the changelog.
            with subtests.test(page.name, command=name):
                assert name in known or page.name == "CHANGELOG.md"


def test_docs_make_targets_and_modules_exist(subtests: pytest.Subtests) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for name, (target, *_) in after("make"):
        with subtests.test(name, target=target):
            assert target in targets
    for page in PAGES:
        text = page.read_text()
        for module in set(re.findall(r"`python -m ([\w.]+)", text)):
            with subtests.test(page.name, module=module):
                assert importlib.util.find_spec(module)
        for target in set(re.findall(r"`make ([a-z]+)", text)):
            with subtests.test(page.name, target=target):
                assert target in targets


def test_make_types_adds_to_both_catalogues_as_contributing_says() -> None:
    assert "run `make types`, translate what it adds to both `de.po`," in (ROOT / "CONTRIBUTING.md").read_text()
    recipe = (ROOT / "Makefile").read_text().partition("\ntypes:")[2].partition("\n\n")[0]
    for catalogue in ("web/page.py texts", "-m tests.locales.catalogue"):
        assert catalogue in recipe


def test_docs_arguments_of_make_test_find_tests(subtests: pytest.Subtests) -> None:
    for page in PAGES:
        for arguments in re.findall(r'`make test ARGS="([^"]+)"', page.read_text()):
            folders, _, word = arguments.partition(" -k ")
            for folder in (ROOT / each for each in folders.split() if each.startswith("tests/")):
                with subtests.test(page.name, arguments=arguments):
                    tests = folder.glob("**/test_*.py")
                    assert any(re.search(rf"^(async )?def test_\w*{word}", test.read_text(), re.M) for test in tests)


async def test_docs_urls_are_routes(subtests: pytest.Subtests) -> None:
    router = create_app(SETTINGS).router
    for page, words in after("curl"):
        (path,) = (re.sub(r"^https?://[^/]+", "", word) for word in words if word.startswith("http"))
        method = hdrs.METH_POST if any(word in BODY for word in words) else hdrs.METH_GET
        with subtests.test(page, path=path):
            match = await router.resolve(make_mocked_request(method, path))
            assert not isinstance(match.http_exception, web.HTTPException), match.http_exception


def test_docs_reliability_tests_exist(subtests: pytest.Subtests) -> None:
    rows = re.findall(
        r"^\| .+ \| (.*?(?:\.py|/`).*?) \|$", (ROOT / "docs" / "reliability.md").read_text(), re.MULTILINE
    )
    assert len(rows) > 50
    for row in rows:
        named = re.findall(r"`([\w/]+(?:\.py|/))(?:::(\w+))?`", row)
        with subtests.test(row):
            assert named
            for path, test in named:
                file = ROOT / "tests" / path
                assert file.exists()
                assert not test or re.search(rf"^(async )?def {test}\(", file.read_text(), re.MULTILINE), test


def test_docs_architecture_lists_every_package_and_work_module(subtests: pytest.Subtests) -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    package = ROOT / "pmd_service"
    for room in {path.parent.name for path in package.glob("*/*.py")}:
        with subtests.test(room):
            assert f"\n  {room}/ " in text
    for module in {path.stem for path in (package / "work").glob("[a-z]*.py")} - {"context"}:
        with subtests.test(module):
            assert f"`{module}`" in text


def test_docs_links_resolve(subtests: pytest.Subtests) -> None:
    for page in PAGES:
        for link in set(re.findall(r"\]\((?!https?:|mailto:)([^)#\s]+)", page.read_text())):
            with subtests.test(page.name, link=link):
                assert (page.parent / link).exists()


def test_docs_name_what_the_page_shows_in_its_words() -> None:
    catalogue = (ROOT / "web" / "src" / "locales" / "de.po").read_text()
    labels = set(re.findall(r'^msgid "(.*)"$', catalogue, re.MULTILINE))
    named = set(re.findall(r"\*\*(.+?)\*\*", (ROOT / "docs" / "guide.md").read_text()))
    assert len(named) > 40
    assert named <= labels


def test_docs_have_at_most_35000_words() -> None:
    generated = {"schema.md", "calls.md"}
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/**/*.md")]
    texts = [page.read_text() for page in pages if page.name not in generated]
    written = [re.sub(r"<!-- (bench|sounds) -->.*?<!-- /\1 -->", "", text, flags=re.DOTALL) for text in texts]
    assert sum(len(text.split()) for text in written) <= 35_000


def test_docs_name_ten_files_to_read_first_which_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    section = text.partition("\n## Read these ten files first\n")[2].partition("\n## ")[0]
    files = re.findall(r"^\| \[[\w/.]+\]\(\.\./([\w/.]+)\) \|", section, re.MULTILINE)
    assert len(set(files)) == len(files) == 10
    assert [file for file in files if not (ROOT / file).is_file()] == []
