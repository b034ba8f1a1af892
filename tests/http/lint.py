"""Spectral and Redocly find nothing wrong with our OpenAPI document: ``make check``."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from ..dashboard.types import api_document
from ..npm import NpmError, installed, node_environ

LINTERS = Path(__file__).parent / "linters"
LINTS = {
    "spectral": ("lint", "openapi.json", "--ruleset", "spectral.yaml", "--fail-severity", "hint"),
    "redocly": ("lint", "openapi.json", "--config", "redocly.yaml"),
}
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def main() -> None:
    try:
        programs, environ = installed(LINTERS) / ".bin", node_environ() | QUIET
    except NpmError as error:
        sys.exit(f"OpenAPI document: not linted, because {error}.")
    with TemporaryDirectory(prefix="pmd-lint-") as name:
        folder = Path(name)
        (folder / "openapi.json").write_bytes(msgspec.json.encode(api_document()))
        for rules in LINTERS.glob("*.yaml"):
            shutil.copy(rules, folder)
        for linter, arguments in LINTS.items():
            command = ["node", str(programs / linter), *arguments]
            ended = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
            if ended.returncode:
                sys.exit(f"{linter}: {ended.stdout}{ended.stderr}")
    print(f"OpenAPI document: nothing to complain about ({', '.join(LINTS)}).")


if __name__ == "__main__":
    main()
