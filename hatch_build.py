"""Builds the page into the wheel, so that ``pip install .`` of a fresh checkout carries it."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent


class PageHook(BuildHookInterface):  # type: ignore[type-arg]
    def dependencies(self) -> list[str]:
        page = _page()
        try:
            page.find_npm()
        except page.NodeMissingError:
            return [page.NODE_WHEEL]
        return []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        # An editable install finds the page in the checkout, where make builds it.
        if version != "editable":
            _page().build()


def _page() -> ModuleType:
    spec = importlib.util.spec_from_file_location("page", ROOT / "web" / "page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
