"""What the documents install: extras, units, the env file, the image."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import msgspec
import pytest
from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement

from pmd_service.base.settings import Settings, environment
from pmd_service.ops import cli

from ..forked import pmd
from .documented import OPERATIONS
from .test_cli import assert_one_line
from .walk_installed import UNITS, environ_of, started_by

ROOT = OPERATIONS.parents[1]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
FOR_TRYING = {"demo", "test", "dev", "all"}
# Their licences bind redistributors of the whole: chosen by name.
GPL = {"jxl"}
# Packages of this repository, which are not locked.
OWN = {"pmd-client", "pmd-sdk"}


def wanted(extra: str) -> list[Requirement]:
    """What an extra installs, through the extras that it names."""
    found = []
    for requirement in map(Requirement, EXTRAS[extra]):
        if requirement.name == "pmd-service":
            found += [each for name in requirement.extras for each in wanted(name)]
        else:
            found.append(requirement)
    return found


def pins_of(lock: str) -> list[Requirement]:
    lines = re.findall(r"^([^\s#-][^\\]*?) \\$", (ROOT / lock).read_text(), re.MULTILINE)
    return [Requirement(line) for line in lines]


def test_extra_all_has_every_service_extra() -> None:
    (whole,) = map(Requirement, EXTRAS["all"])
    assert whole.extras == EXTRAS.keys() - FOR_TRYING - GPL
    _, _, page = (OPERATIONS / "README.md").read_text().partition("| extra |")
    assert {*re.findall(r"^\| `(\w+)` \| ", page, re.MULTILINE)} == EXTRAS.keys() - FOR_TRYING - GPL | {"all"}


def test_image_has_every_extra_on_a_python_with_wheels() -> None:
    image = (ROOT / "Dockerfile").read_text()
    (python,) = {*re.findall(r"^FROM python:([\d.]+)-slim", image, re.MULTILINE)}
    # A lock is the whole: what requirements-overrides.txt leaves out of it is not asked for.
    assert "pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock" in image
    here = {"python_version": python, "python_full_version": f"{python}.0"}
    pins = pins_of("requirements.lock")
    locked = {each.name for each in pins if each.marker is None or each.marker.evaluate(here)}
    assert {each.name for each in wanted("all")} <= locked


def test_demo_extra_has_the_tested_versions() -> None:
    pins = {(each.name, each.specifier) for each in pins_of("requirements-demo.lock")}
    assert {each.name for each in wanted("demo")} - OWN <= {name for name, _ in pins}
    assert pins <= {(each.name, each.specifier) for each in pins_of("requirements-dev.lock")}


def test_wheel_has_templates_and_catalogues() -> None:
    packed = {file.distribution_path for file in WheelBuilder(str(ROOT)).recurse_included_files()}
    beside = [path for ending in ("html", "jinja", "po", "txt") for path in ROOT.glob(f"pmd_service/**/*.{ending}")]
    assert "pmd_service/locales/de.po" in packed
    assert {str(path.relative_to(ROOT)) for path in beside} - packed == set()


@pytest.mark.parametrize("page", ["README.md", "upgrade.md"])
def test_newest_wheel_alone_is_installed_beside_older_ones(page: str, tmp_path: Path) -> None:
    """A checkout that was upgraded has built one for each release."""
    (tmp_path / "dist").mkdir()
    for seconds, release in enumerate(("1.0.1", "1.0.0", "1.0.10")):
        wheel = tmp_path / "dist" / f"pmd_service-{release}-py3-none-any.whl"
        wheel.touch()
        os.utime(wheel, (seconds, seconds))
    (asked,) = re.findall(r"pip install .*?(\"\$\(.*\[all\]\")", (OPERATIONS / page).read_text())
    command = ["bash", "-c", f"printf '%s' {asked}"]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert found.stdout == "dist/pmd_service-1.0.10-py3-none-any.whl[all]"


def test_env_file_has_known_and_valid_settings() -> None:
    Settings.from_environment(environ_of(OPERATIONS / "pmd.env"))
    names = {line.partition("=")[0] for line in (OPERATIONS / "pmd.env").read_text().splitlines() if line[:1] != "#"}
    assert names <= {field.encode_name for field in msgspec.structs.fields(Settings)}


@pytest.mark.parametrize(("unit", "instance"), UNITS)
def test_systemd_units_start_existing_commands(unit: str, instance: str) -> None:
    program, command, *rest = started_by(unit, instance, {})
    assert program == "/opt/pmd/bin/pmd-admin"
    assert command in cli.main.commands
    assert not rest or rest[0] in cli.WORKERS
    assert "EnvironmentFile=/etc/pmd.env" in (OPERATIONS / unit).read_text()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
@pytest.mark.parametrize("unit", ["pmd-server.service", "pmd-worker@.service"])
def test_systemd_analyze_accepts_each_unit(unit: str, tmp_path: Path) -> None:
    installed = tmp_path / unit.replace("@", "@downloads")
    # Nothing of ours is installed here: another command replaces it.
    installed.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", (OPERATIONS / unit).read_text(), flags=re.M))
    checked = subprocess.run(["systemd-analyze", "verify", str(installed)], capture_output=True, text=True, check=False)
    assert [line for line in checked.stderr.splitlines() if unit.partition("@")[0].partition(".")[0] in line] == []


def test_unknown_worker_settings_are_refused_in_one_line(settings: Settings) -> None:
    assert_one_line(
        pmd("worker", "medea", env=environment(settings)), "there is no worker “medea”: all, downloads, media"
    )
