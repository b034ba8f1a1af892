"""A release: ``make release`` builds it into dist/, ``make version TO=1.0.1`` sets its version everywhere.

What is built from one commit is the same to the byte wherever Python, Node.js and the locks are the same: times are
those of the commit. The image is built from the same checkout where there is Docker.
"""

import gzip
import hashlib
import importlib
import importlib.metadata
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
# Where the version stands, and what is before and after it.
VERSIONS: Mapping[str, str] = {
    "pyproject.toml": r'(?m)^(version = ")([^"]+)(")',
    "clients/python/pyproject.toml": r'(?m)^(version = ")([^"]+)(")',
    "clients/cli/pyproject.toml": r'(?m)^(version = "|    "pmd-sdk==)([^"]+)(")',
    "clients/cli/pmd_cli/__init__.py": r'(?m)^(__version__ = ")([^"]+)(")',
    "clients/typescript/package.json": r'(?m)^(  "version": ")([^"]+)(")',
    "web/package.json": r'(?m)^(  "version": ")([^"]+)(")',
    "web/package-lock.json": r'("name": "pmd-dashboard",\n\s+"version": ")([^"]+)(")',
    "deploy/chart/Chart.yaml": r"(?m)^(version: |appVersion: )(\S+)()",
}


def versions() -> dict[str, set[str]]:
    """The versions that each file names."""
    return {
        name: {found[1] for found in re.findall(pattern, (ROOT / name).read_text())}
        for name, pattern in VERSIONS.items()
    }


def set_version(to: str) -> None:
    for name, pattern in VERSIONS.items():
        path = ROOT / name
        path.write_text(re.sub(pattern, rf"\g<1>{to}\g<3>", path.read_text()))


def notes(version: str) -> str:
    """The changelog's section of a version, without links into the repository: where it is read they lead nowhere.

    Raises:
        SystemExit: it has none.
    """
    text = (ROOT / "CHANGELOG.md").read_text()
    section = re.search(rf"(?ms)^## \[?{re.escape(version)}\]?[^\n]*\n(.*?)(?=^## |\Z)", text)
    if section is None:
        raise SystemExit(f"CHANGELOG.md has no section for {version}")
    without_targets = re.sub(r"(?m)^\[[^\]]+\]: .*\n?", "", section[1])
    return re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]*\)", r"\1", without_targets).strip() + "\n"


def build() -> None:
    named = versions()
    (version, *others) = {version for found in named.values() for version in found}
    if others:
        raise SystemExit(f"the version differs: {named}; make version TO=…")
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    (DIST / "NOTES.md").write_text(notes(version))
    os.environ["SOURCE_DATE_EPOCH"] = str(_committed_at())
    for package in (".", "./clients/python", "./clients/cli"):
        _run(
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "-w",
            str(DIST),
            package,
        )
    _npm(ROOT / "clients" / "typescript", "pack", "--silent", "--pack-destination", str(DIST))
    pack_chart(DIST / f"pmd-chart-{version}.tgz")
    _write_json("pmd-service.cdx.json", python_components())
    _write_json("page.cdx.json", page_components())
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(DIST.iterdir())]
    (DIST / "SHA256SUMS").write_text("".join(sums))
    print("".join(sums), end="")
    _build_image(version)


def pack_chart(path: Path) -> None:
    """The chart as “helm package” packs it, without the times of this checkout."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for file in sorted((ROOT / "deploy" / "chart").rglob("*")):
            if file.is_file():
                entry = tarfile.TarInfo(f"pmd/{file.relative_to(ROOT / 'deploy' / 'chart').as_posix()}")
                entry.size, entry.mtime = file.stat().st_size, _committed_at()
                with file.open("rb") as content:
                    tar.addfile(entry, content)
    path.write_bytes(gzip.compress(buffer.getvalue(), mtime=0))


def python_components(*, validates: bool = True) -> dict[str, Any]:
    """CycloneDX: what requirements.lock has, by what is installed of it, with licences.

    Args:
        validates: whether the tool compares what it writes with the schema, which takes 20 times as long.
    """
    command = (
        sys.executable,
        "-m",
        "cyclonedx_py",
        "environment",
        "--output-reproducible",
        "--validate" if validates else "--no-validate",
        "--of",
        "JSON",
        sys.executable,
    )
    document: dict[str, Any] = json.loads(_run(*command))
    named = set(locked())
    kept = [part for part in document["components"] if _normal(part["name"]) in named]
    references = {part["bom-ref"] for part in kept}
    edges = [
        {**edge, "dependsOn": [other for other in edge.get("dependsOn", ()) if other in references]}
        for edge in document["dependencies"]
        if edge["ref"] in references
    ]
    return {**document, "components": kept, "dependencies": edges}


def page_components() -> dict[str, Any]:
    """CycloneDX: what is in the page that browsers load."""
    document: dict[str, Any] = json.loads(_npm(ROOT / "web", "sbom", "--sbom-format", "cyclonedx", "--omit", "dev"))
    document.pop("serialNumber", None)
    document["metadata"].pop("timestamp", None)
    return document


def locked() -> list[str]:
    """The packages of requirements.lock that this machine needs."""
    names = re.findall(r"(?m)^([A-Za-z0-9][\w.-]*)==", (ROOT / "requirements.lock").read_text())
    installed = {_normal(part.metadata["Name"]) for part in importlib.metadata.distributions()}
    return [name for name in map(_normal, names) if name in installed]


def licences() -> Iterator[tuple[str, str]]:
    """Each package of requirements.lock with the licence that its metadata names."""
    for name in locked():
        about = _metadata(name)
        classifiers = [value.rpartition(" :: ")[2] for value in about.get("classifier", ()) if "License ::" in value]
        yield name, about.get("license_expression") or "; ".join(classifiers) or about.get("license", "")


def _metadata(package: str) -> dict[str, Any]:
    return importlib.metadata.metadata(package).json


def _build_image(version: str) -> None:
    docker = shutil.which("docker") or shutil.which("podman")
    if docker is None or subprocess.run([docker, "info"], capture_output=True, check=False).returncode:
        print("No docker or podman that runs here: the image is built by the workflow “image”.")
        return
    _run(docker, "build", "--tag", f"pmd-service:{version}", str(ROOT))


def _committed_at() -> int:
    return int(_run("git", "log", "-1", "--format=%ct"))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _write_json(name: str, document: Mapping[str, Any]) -> None:
    (DIST / name).write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")


def _npm(folder: Path, *words: str) -> str:
    sys.path.insert(0, str(ROOT / "web"))
    find_npm = importlib.import_module("page").find_npm  # a script beside the page, no package

    tools = ROOT / "web" / "node_modules" / ".bin"  # the TypeScript client has none of its own
    return _run(*find_npm(), *words, folder=folder, path=f"{tools}{os.pathsep}{os.environ['PATH']}")


def _run(*words: str, folder: Path = ROOT, path: str | None = None) -> str:
    environment = os.environ | ({"PATH": path} if path else {})
    return subprocess.run(words, cwd=folder, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            build()
        case ["version", to]:
            set_version(to)
        case _:
            raise SystemExit("release.py [version X.Y.Z]")
