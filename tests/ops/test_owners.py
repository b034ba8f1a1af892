"""Operators work as root, and the service as a user of its own: what they leave in the vault is the service's."""

import os
from pathlib import Path

import pytest

from pmd_service.base.settings import Settings, environment
from pmd_service.vault.local_files import give_to_owner

from ..forked import pmd
from ..site import Site

NOBODY = 65534

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="root alone can make folders of others")


def owners(vault: Path) -> set[int]:
    return {path.stat().st_uid for path in (vault, *vault.rglob("*"))}


def test_restored_vault_belongs_to_the_services_user(settings: Settings, tmp_path: Path) -> None:
    backup, vault = tmp_path / "backup", tmp_path / "restored"
    (backup / "assets" / "7").mkdir(parents=True)
    (backup / "assets" / "7" / "a.png").write_bytes(b"a picture")
    vault.mkdir()
    os.chown(vault, NOBODY, NOBODY)
    copied = pmd("vault", "copy", str(backup), str(vault), env=environment(settings))
    assert copied.returncode == 0, copied
    assert (vault / "assets" / "7" / "a.png").read_bytes() == b"a picture"
    assert owners(vault) == {NOBODY}


async def test_commands_of_root_leave_a_new_vault_to_its_owner(settings: Settings, site: Site, tmp_path: Path) -> None:
    artist = await site.add_user()
    sqid = site.sqid(artist)
    os.chown(settings.vault_path, NOBODY, NOBODY)
    assert "vault" in pmd("doctor", env=environment(settings)).stdout
    exported = pmd("user", "export", sqid, str(tmp_path / "all.zip"), env=environment(settings))
    assert exported.returncode == 0, exported
    assert {path.name for path in settings.vault_path.iterdir()} >= {"doctor", ".pmd-scratch"}
    assert owners(settings.vault_path) == {NOBODY}


def test_link_in_a_vault_gives_nothing_away(tmp_path: Path) -> None:
    vault, roots = tmp_path / "vault", tmp_path / "roots"
    vault.mkdir()
    os.chown(vault, NOBODY, NOBODY)
    roots.mkdir()
    (vault / "assets").symlink_to(roots)
    give_to_owner(vault / "assets", vault)
    assert roots.stat().st_uid == 0
    assert (vault / "assets").lstat().st_uid == NOBODY
