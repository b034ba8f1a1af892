"""Whether the locks can be installed from wheels on every system that the README names: ``make locks``.

Nothing is installed and only indexes are read, which uv keeps; the second time takes seconds. And whether all supported
Pythons get the same versions: the tests run on one of them.
"""

import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement

from .pythons import SUPPORTED

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin")

# Its project publishes no wheels; it is built where the tests run, and needs no compiler.
FROM_SOURCE = "reuse"
# The oldest macOS for which all have wheels.
MACOS = "14.0"


def missing(lock: str, platform: str, python: str) -> str | None:
    """What cannot be had there, in uv's words; None where everything can."""
    with TemporaryDirectory() as empty:
        command = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--dry-run", "--quiet"]
        command += ["--target", empty, "--no-deps", "--require-hashes"]
        command += ["--only-binary", ":all:", "--no-binary", FROM_SOURCE]
        command += ["--python-platform", platform, "--python-version", python, "--requirements", lock]
        checked = subprocess.run(
            command,
            cwd=ROOT,
            env=os.environ | {"MACOSX_DEPLOYMENT_TARGET": MACOS},
            capture_output=True,
            text=True,
            check=False,
        )
    return checked.stderr if checked.returncode else None


def varying(text: str) -> Iterator[str]:
    """The packages of a lock of which Pythons get different versions."""
    versions: defaultdict[str, set[str]] = defaultdict(set)
    for line in re.findall(r"^[a-z0-9][^ ]*==.*?(?= \\$|$)", text, re.MULTILINE):
        package = Requirement(line)
        for python in SUPPORTED:
            environment = {"python_version": python, "python_full_version": f"{python}.99"}
            if package.marker is None or package.marker.evaluate(environment):
                versions[package.name].add(str(package.specifier))
    return (f"{name}: {', '.join(sorted(found))}" for name, found in versions.items() if len(found) > 1)


def main() -> None:
    if different := [f"{lock}: {package}" for lock in LOCKS for package in varying((ROOT / lock).read_text())]:
        sys.exit("\n".join(["Not the same for all Pythons:", *different]))
    places = list(product(LOCKS, PLATFORMS, SUPPORTED))
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(missing, *zip(*places, strict=True)))
    faults = [f"{' '.join(place)}\n{answer}" for place, answer in zip(places, answers, strict=True) if answer]
    if faults:
        sys.exit("\n".join(faults))
    print(f"Locks: {len(places)} of {len(places)} resolve ({', '.join(PLATFORMS)}; Python {', '.join(SUPPORTED)}).")


if __name__ == "__main__":
    main()
