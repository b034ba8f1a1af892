"""Secrets from files: NAME_FILE instead of NAME."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from yarl import URL

from pmd_service.base.settings import SECRET_BYTES, DatabaseSettings, Settings, SettingsError, environment, secrets_of
from pmd_service.base.store_url import StoreUrl
from pmd_service.vault import s3_client
from pmd_service.vault.s3_client import CREDENTIALS, create_client

from ..forked import pmd
from .test_settings import ED25519, GOOD, public_key

VALUES = {
    "DATABASE_URL": "postgresql://pmd:secret@localhost/pmd",
    "LISTEN_DATABASE_URL": "postgresql://pmd:secret@localhost/pmd",
    "REDIS_URL": "rediss://pmd:secret@localhost",
    "JWT_SECRET_KEY": "k" * 32,
    "JWT_PREVIOUS_KEY": "p" * 32,
    "SMTP_URL": "smtp://pmd:secret@localhost",
    "SITE_WEBHOOK_SECRET": "w" * 16,
    "SITE_REDIS_URL": "redis://:secret@localhost/1",
}
OTHERS = {
    "BASE_URL": "https://makapix.club",
    "MAIL_FROM": "pmd@makapix.club",
    "SITE_WEBHOOK_URL": "https://makapix.club/hook",
    "SITE_REDIS_CLEAR": "feed:*",
}


def files_of(folder: Path, values: dict[str, str], end: str = "\n") -> dict[str, str]:
    for name, value in values.items():
        (folder / name).write_bytes(f"{value}{end}".encode())
    return {f"{name}_FILE": str(folder / name) for name in values}


def test_settings_with_passwords_and_keys_are_marked_as_secret() -> None:
    assert secrets_of(Settings) == VALUES.keys()
    names = {field.encode_name for field in msgspec.structs.fields(Settings)}
    assert {name for name in names if re.search("SECRET|PASSWORD|_KEY$|(DATABASE|REDIS|SMTP)_URL$", name)} == {*VALUES}


@pytest.mark.parametrize("end", ["", "\n", "\r\n"], ids=["no line end", "LF", "CRLF"])
def test_each_secret_can_be_in_a_file(tmp_path: Path, end: str) -> None:
    settings = Settings.from_environment(OTHERS | files_of(tmp_path, VALUES, end))
    assert {name: getattr(settings, name.lower()) for name in VALUES} == VALUES
    assert settings == Settings.from_environment(OTHERS | VALUES)


def test_only_one_line_end_is_removed(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL has a line end"):
        Settings.from_environment(
            GOOD | {"DATABASE_URL": ""} | files_of(tmp_path, {"DATABASE_URL": "postgres://a:b\n"})
        )
    pem = public_key(ED25519)
    in_file = {"JWT_ALGORITHM": "EdDSA", "JWT_SECRET_KEY": ""} | files_of(tmp_path, {"JWT_SECRET_KEY": pem}, "")
    assert Settings.from_environment(GOOD | in_file).jwt_secret_key == pem.removesuffix("\n")


def test_what_is_no_secret_is_not_read_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("https://makapix.club")
    with pytest.raises(SettingsError, match="BASE_URL is not read from a file"):
        Settings.from_environment(GOOD | {"BASE_URL": "", "BASE_URL_FILE": str(tmp_path / "url")})


@pytest.mark.parametrize("name", VALUES)
def test_secret_given_twice_or_in_a_bad_file_is_named(name: str, tmp_path: Path, subtests: pytest.Subtests) -> None:
    environ = OTHERS | VALUES
    path = tmp_path / "file"
    path.write_text(VALUES[name])
    with subtests.test("twice"), pytest.raises(SettingsError, match=f"{name} and {name}_FILE are both set"):
        Settings.from_environment(environ | {f"{name}_FILE": str(path)})
    del environ[name]
    contents = {"empty": b"", "a line end": b"\n", "no text": b"\xff\xfe", "a NUL": b"a\0b", "large": b"a" * 2**20}
    for case, content in contents.items():
        path.write_bytes(content)
        refuses_file(environ, name, path, case, subtests)
    refuses_file(environ, name, tmp_path / "none", "missing", subtests)
    refuses_file(environ, name, tmp_path, "a folder", subtests)


def refuses_file(environ: dict[str, str], name: str, path: Path, case: str, subtests: pytest.Subtests) -> None:
    with subtests.test(case):
        with pytest.raises(SettingsError, match=f"^{name}_FILE: {re.escape(str(path))} ") as refused:
            Settings.from_environment(environ | {f"{name}_FILE": str(path)})
        assert "\n" not in str(refused.value)


def test_largest_secret_file_is_read_whole(tmp_path: Path) -> None:
    key = "k" * (SECRET_BYTES - 1)
    environ = GOOD | {"JWT_SECRET_KEY": ""} | files_of(tmp_path, {"JWT_SECRET_KEY": key})
    assert Settings.from_environment(environ).jwt_secret_key == key


def test_child_process_gets_each_secret_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VALUES:
        monkeypatch.delenv(name, raising=False)  # of an env file that another test has loaded
    for name, value in (OTHERS | files_of(tmp_path, VALUES)).items():
        monkeypatch.setenv(name, value)
    settings = Settings.from_environment()
    assert Settings.from_environment(environment(settings)) == settings


def test_migrating_needs_the_file_of_the_database_only(tmp_path: Path) -> None:
    file = files_of(tmp_path, {"DATABASE_URL": VALUES["DATABASE_URL"]})
    assert DatabaseSettings.from_environment(file).database_url == VALUES["DATABASE_URL"]


@pytest.mark.parametrize("command", ["doctor", "migrate", "serve", "worker"])
def test_unreadable_secret_is_one_line_of_each_command(command: str, tmp_path: Path) -> None:
    environ = OTHERS | VALUES | {"DATABASE_URL": "", "DATABASE_URL_FILE": str(tmp_path / "none")}
    done = pmd(command, env=environ)
    assert done.returncode == 1
    message = f"DATABASE_URL_FILE: {tmp_path / 'none'} cannot be read: No such file or directory\n"
    assert done.stderr.removeprefix("Error: ") == message


STORE = StoreUrl.parse("s3://pmd?endpoint=http://127.0.0.1:1")


async def signature(client: Any) -> tuple[str, str]:
    """The access key and the session's token that a request has now."""
    signed = URL(await client.generate_presigned_url("get_object", Params={"Bucket": "pmd", "Key": "a"}))
    return signed.query["X-Amz-Credential"].partition("/")[0], signed.query.get("X-Amz-Security-Token", "")


async def test_store_credentials_come_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(SettingsError, match=r"AWS_SECRET_ACCESS_KEY_FILE: .* cannot be read"):
        await create_client(STORE, STORE.endpoint).__aenter__()
    (tmp_path / "key").write_text("secret\n")
    with pytest.raises(SettingsError, match="not set: AWS_ACCESS_KEY_ID"):
        await create_client(STORE, STORE.endpoint).__aenter__()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "name")
    async with create_client(STORE, STORE.endpoint) as client:
        assert await signature(client) == ("name", "")


async def test_store_credentials_renewed_in_files_need_no_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / name))
        (tmp_path / name).write_text(f"first {name}")
    async with create_client(STORE, STORE.endpoint) as client:
        first = await signature(client)
        for name in CREDENTIALS:
            (tmp_path / name).write_text(f"second {name}")
        assert await signature(client) == first == ("first AWS_ACCESS_KEY_ID", "first AWS_SESSION_TOKEN")
    monkeypatch.setattr(s3_client, "REREAD_SECONDS", 0)
    async with create_client(STORE, STORE.endpoint) as client:
        second = await signature(client)
        for name in CREDENTIALS:
            (tmp_path / name).write_text(f"third {name}")
        third = await signature(client)
        (tmp_path / CREDENTIALS[0]).unlink()
        assert await signature(client) == third, "what was read last"
    assert (second[1], third) == ("second AWS_SESSION_TOKEN", ("third AWS_ACCESS_KEY_ID", "third AWS_SESSION_TOKEN"))
