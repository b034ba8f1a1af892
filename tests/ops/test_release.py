"""What a release is made of: one version, permissive licences, and files that are the same each time they are built."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from .documented import OPERATIONS

ROOT = OPERATIONS.parents[1]
# Of what is installed with us. LGPL: used as it comes, and replaceable.
PERMISSIVE = re.compile(
    r"MIT|BSD|Apache|PSF|Python Software Foundation|MPL|Mozilla Public|Zlib|CC0|ISC|LGPL-3.0-only|Lesser General Public"
)
# Their metadata name none; in their wheels are the texts of these.
UNNAMED = {"resvg-py": "MIT"}


def load_release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", ROOT / "deploy" / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


release = load_release()


def test_version_is_the_same_in_every_package() -> None:
    assert len({version for found in release.versions().values() for version in found}) == 1
    assert all(release.versions().values())


def test_each_package_has_the_licence(subtests: pytest.Subtests) -> None:
    licence = (ROOT / "LICENSE").read_text()
    for client in ("python", "cli", "typescript"):
        with subtests.test(client=client):
            assert (ROOT / "clients" / client / "LICENSE").read_text() == licence


def test_set_version_changes_every_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in release.VERSIONS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text())
    monkeypatch.setattr(release, "ROOT", tmp_path)
    release.set_version("7.8.9")
    assert set().union(*release.versions().values()) == {"7.8.9"}


def test_changelog_has_a_section_of_this_version() -> None:
    (version,) = release.versions()["pyproject.toml"]
    assert "- " in release.notes(version)
    with pytest.raises(SystemExit):
        release.notes("99.0.0")


def test_release_notes_have_no_links_into_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "CHANGELOG.md").write_text(
        "## [7.8.9] - 2026-11-27\n\n- Search ([search.md](docs/search.md)), by [SemVer](https://semver.org/).\n\n"
        "[7.8.9]: ../../releases/tag/v7.8.9\n"
    )
    monkeypatch.setattr(release, "ROOT", tmp_path)
    assert release.notes("7.8.9") == "- Search (search.md), by [SemVer](https://semver.org/).\n"


def test_dependencies_have_permissive_licences(subtests: pytest.Subtests) -> None:
    found = {name: licence or UNNAMED[name] for name, licence in release.licences()}
    assert len(found) > 40
    for name, licence in found.items():
        with subtests.test(name, licence=licence):
            assert all(PERMISSIVE.search(part) for part in re.split(r"; | AND ", licence.replace("0BSD", "BSD")))


def test_bill_of_materials_has_each_locked_package() -> None:
    document = release.python_components(validates=False)
    names = {part["name"].lower().replace("_", "-").replace(".", "-") for part in document["components"]}
    assert set(release.locked()) <= names
    assert document["bomFormat"] == "CycloneDX"
    assert "serialNumber" not in document
    (asyncpg,) = (part for part in document["components"] if part["name"] == "asyncpg")
    assert asyncpg["purl"].startswith("pkg:pypi/asyncpg@")
    assert asyncpg["licenses"]


def test_packed_chart_is_loaded_by_helm_and_reproducible(tmp_path: Path) -> None:
    helm = pytest.importorskip("helm_python", reason="Helm's engine has wheels for Linux on x86-64")
    one, other = tmp_path / "one.tgz", tmp_path / "other.tgz"
    release.pack_chart(one)
    release.pack_chart(other)
    assert one.read_bytes() == other.read_bytes()
    values = yaml.safe_load((ROOT / "deploy" / "chart" / "example.yaml").read_text())
    with helm.Chart.load(str(one)) as chart:
        assert any(name.endswith("server.yaml") for name in chart.render(values, name="pmd", namespace="art"))
