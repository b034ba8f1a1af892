"""Whether the locks can be installed from wheels on every system that the README names: ``make locks``.

Nothing is installed and only indexes are read, which uv keeps; the second time takes seconds.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")

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


def main() -> None:
    places = list(product(LOCKS, PLATFORMS, PYTHONS))
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(missing, *zip(*places, strict=True)))
    faults = [f"{' '.join(place)}\n{answer}" for place, answer in zip(places, answers, strict=True) if answer]
    if faults:
        sys.exit("\n".join(faults))
    print(f"Locks: {len(places)} of {len(places)} resolve ({', '.join(PLATFORMS)}; Python {', '.join(PYTHONS)}).")


if __name__ == "__main__":
    main()
