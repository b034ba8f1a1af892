"""The page's types, generated from the API's own document: ``make types`` writes them."""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from pmd_service.app import create_app
from pmd_service.http.openapi import DOCUMENTATION
from pmd_service.ops.settings import Settings

WEB = Path(__file__).parents[2] / "web"
CHECKED_IN = WEB / "src" / "api" / "openapi.d.ts"

# Nothing is started with them; the document says the same on every site but for its name.
_SETTINGS = Settings(
    database_url="postgresql://localhost/pmd",
    redis_url="redis://localhost",
    base_url="https://makapix.club",
    jwt_secret_key="no token is ever read with this key",
)


def api_document() -> dict[str, Any]:
    return create_app(_SETTINGS)[DOCUMENTATION].document


def generate_types() -> str:
    with TemporaryDirectory() as folder:
        document, types = Path(folder) / "openapi.json", Path(folder) / "openapi.d.ts"
        document.write_bytes(msgspec.json.encode(api_document()))
        command = [sys.executable, str(WEB / "page.py"), "types", "--", str(document), "--output", str(types)]
        subprocess.run(command, check=True, capture_output=True)
        return types.read_text()


if __name__ == "__main__":
    CHECKED_IN.write_text(generate_types())
