"""config.py: every setting has one place, one meaning, and a clear refusal."""

from __future__ import annotations

import multiprocessing
import os
import re
import stat
from dataclasses import fields
from pathlib import Path

import pytest

import config
from config import SettingError, Settings, load


def in_home(home: Path, **more: str) -> Settings:
    """Load with nothing but a home and what the test gives."""
    return load({"KEBU_HOME": str(home), **more})


def test_without_anything_said_the_defaults_hold(tmp_path: Path) -> None:
    settings = in_home(tmp_path)

    assert settings.home == tmp_path
    assert settings.database_url == f"sqlite:///{tmp_path.as_posix()}/kebu.db"
    assert (settings.host, settings.port, settings.threads, settings.workers) == ("127.0.0.1", 8080, 8, 1)
    assert (settings.time_zone, settings.currency, settings.default_language) == (
        "Asia/Shanghai",
        "CNY",
        "zh_Hans",
    )
    assert settings.sources["port"] == "default"
    assert load({}).home == config.ROOT / "instance"
    assert load({}, default_home=tmp_path / "demo").home == tmp_path / "demo"
    assert list(tmp_path.iterdir()) == [], "to load is not to write"


def test_command_line_beats_environment_beats_file_beats_default(tmp_path: Path) -> None:
    (tmp_path / "kebu.toml").write_text('port = 1\nthreads = 2\ncurrency = "eur"\n', encoding="utf-8")

    settings = load(
        {"KEBU_HOME": str(tmp_path), "KEBU_PORT": "3", "KEBU_THREADS": "4"}, {"port": 5, "host": None}
    )

    assert (settings.port, settings.threads, settings.currency) == (5, 4, "EUR")
    assert settings.sources["port"] == "command line"
    assert settings.sources["threads"] == "environment KEBU_THREADS"
    assert settings.sources["currency"] == "file kebu.toml"
    assert settings.sources["host"] == "default"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u@h:5433/d?sslmode=require", "postgresql+psycopg://u@h:5433/d?sslmode=require"),
        ("mysql://u:p%40@h/d", "mariadb+pymysql://u:p%40@h/d?charset=utf8mb4"),
        ("mariadb://u@h/d?charset=latin1&a=b", "mariadb+pymysql://u@h/d?a=b&charset=utf8mb4"),
        ("sqlite:////data/shop.db", "sqlite:////data/shop.db"),
    ],
)
def test_database_addresses_get_the_driver_that_is_installed(given: str, used: str, tmp_path: Path) -> None:
    assert in_home(tmp_path, KEBU_DATABASE_URL=given).database_url == used


def test_a_relative_database_file_lies_in_the_home(tmp_path: Path) -> None:
    settings = in_home(tmp_path, KEBU_DATABASE_URL="sqlite:///shop.db")

    assert settings.database_url == f"sqlite:///{tmp_path.as_posix()}/shop.db"


@pytest.mark.parametrize(
    ("host", "given", "trusted"),
    [
        ("127.0.0.1", "", ("localhost", "127.0.0.1")),
        ("192.168.1.5", "", ("localhost", "127.0.0.1", "192.168.1.5")),
        ("0.0.0.0", "", ()),
        ("::1", "", ()),
        ("0.0.0.0", "shop.example", ("shop.example",)),
    ],
)
def test_only_this_machines_names_are_trusted_until_others_are_given(
    host: str, given: str, trusted: tuple[str, ...], tmp_path: Path
) -> None:
    assert in_home(tmp_path, KEBU_HOST=host, KEBU_TRUSTED_HOSTS=given).trusted_hosts == trusted


@pytest.mark.parametrize(
    ("variable", "value", "hint"),
    [
        ("KEBU_DATABASE_URL", "oracle://u:geheim@h/d", "must begin with"),
        ("KEBU_DATABASE_URL", "postgresql+psycopg2://u:geheim@h/d", "must begin with"),
        ("KEBU_DATABASE_URL", "postgresql://u:geheim@h", "database's name"),
        ("KEBU_DATABASE_URL", "sqlite://", "lost at the end"),
        ("KEBU_DATABASE_URL", "sqlite:///:memory:", "lost at the end"),
        ("KEBU_PORT", "70000", "0 to 65535"),
        ("KEBU_PORT", "８０", "0 to 65535"),
        ("KEBU_WORKERS", "many", "1 to 64"),
        ("KEBU_TIME_ZONE", "Mars/Olympus", "time zone"),
        ("KEBU_TIME_ZONE", "../etc/passwd", "time zone"),
        ("KEBU_CURRENCY", "yuan", "currency code"),
        ("KEBU_DEFAULT_LANGUAGE", "fr", "zh_Hans, zh_Hant, en"),
        ("KEBU_HOST", "not a host", "host name"),
        ("KEBU_SECRET_KEY", "geheim", "at least 32"),
    ],
)
def test_a_wrong_value_is_told_in_one_line_with_its_source(
    variable: str, value: str, hint: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingError) as caught:
        in_home(tmp_path, **{variable: value})

    told = str(caught.value)
    assert f"environment {variable}" in told
    assert hint in told
    assert "geheim" not in told
    assert "\n" not in told


def test_a_misspelt_variable_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"KEBU_DATABSE_URL.*did you mean KEBU_DATABASE_URL\?"):
        in_home(tmp_path, KEBU_DATABSE_URL="postgresql://h/d")


def test_a_variable_that_resembles_nothing_is_a_warning(tmp_path: Path) -> None:
    settings = in_home(tmp_path, KEBU_XYLOPHONE="1")

    assert len(settings.warnings) == 1
    assert "KEBU_XYLOPHONE" in settings.warnings[0]


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("prot = 1", "did you mean port?"),
        ("home = '/elsewhere'", "set KEBU_HOME instead"),
        ("qqqqqq = 1", "lists them all"),
        ("port = 'x'", "file kebu.toml"),
        ("port = true", "file kebu.toml"),
        ("port = [", "cannot be read"),
    ],
)
def test_a_mistake_in_the_file_is_refused(written: str, hint: str, tmp_path: Path) -> None:
    (tmp_path / "kebu.toml").write_text(written, encoding="utf-8")

    with pytest.raises(SettingError, match=re.escape(hint)):
        in_home(tmp_path)


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(SettingError, match="not a folder"):
        in_home(tmp_path / "file")


def test_the_description_shows_every_setting_and_no_secret(tmp_path: Path) -> None:
    settings = in_home(
        tmp_path,
        KEBU_DATABASE_URL="postgresql://u:ge%20heim@h/d?sslpassword=geheim",
        KEBU_SECRET_KEY="geheim" * 8,
        KEBU_TEST_MARIADB_URL="mariadb://u:geheim@h/d",
        KEBU_TRUSTED_HOSTS="a.example, b.example",
    )

    rows = settings.describe("en")

    assert [row.name for row in rows] == [row.name for row in config.SETTINGS]
    assert not any("heim" in row.value for row in rows)
    assert "heim" not in repr(settings)
    shown = {row.name: row.value for row in rows}
    assert shown["database_url"] == "postgresql+psycopg://u:***@h/d?sslpassword=***"
    assert shown["trusted_hosts"] == "a.example, b.example"
    assert all(row.meaning for row in settings.describe("zh_Hans"))


def test_the_table_and_the_settings_name_the_same_things() -> None:
    table = {row.name for row in config.SETTINGS}
    held = {field.name.removeprefix("given_") for field in fields(Settings)} - {"sources", "warnings"}

    assert table == held
    assert [
        row.environment for row in config.SETTINGS if not re.fullmatch(r"KEBU_[A-Z_]+", row.environment)
    ] == []


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    settings = in_home(tmp_path / "new")

    key = settings.secret_key

    path = tmp_path / "new" / "secret.key"
    assert len(key) >= 64
    assert in_home(tmp_path / "new").secret_key == key
    assert [entry.name for entry in path.parent.iterdir()] == ["secret.key"]
    assert in_home(tmp_path / "new").sources["secret_key"] == "file secret.key"
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o400


def test_a_key_that_others_can_read_or_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    path.write_text("short", encoding="ascii")
    path.chmod(0o400)
    with pytest.raises(SettingError, match="damaged"):
        _ = in_home(tmp_path).secret_key

    path.chmod(0o644)
    with pytest.raises(SettingError, match="read by others"):
        _ = in_home(tmp_path).secret_key


def test_the_instance_key_is_made_once_kept_from_others_and_never_replaced(tmp_path: Path) -> None:
    key = in_home(tmp_path).instance_key
    path = tmp_path / "instance.key"

    assert (len(key), in_home(tmp_path).instance_key) == (32, key)
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    path.chmod(0o600)
    path.write_text("0" * 63, encoding="ascii")
    with pytest.raises(SettingError, match="put back your copy"):
        _ = in_home(tmp_path).instance_key
    path.chmod(0o640)
    with pytest.raises(SettingError, match="read by others"):
        _ = in_home(tmp_path).instance_key


def test_an_instance_key_can_be_given_and_is_never_shown(tmp_path: Path) -> None:
    given = "0f" * 32

    settings = in_home(tmp_path, KEBU_INSTANCE_KEY=given)

    assert settings.instance_key == bytes.fromhex(given)
    assert not (tmp_path / "instance.key").exists()
    assert given not in repr(settings) + repr(settings.describe())
    with pytest.raises(SettingError, match="instance_key") as refusal:
        in_home(tmp_path, KEBU_INSTANCE_KEY=given[:-1])
    assert given[:-1] not in str(refusal.value)


def _key_of(home: str) -> str:
    return config.kept_secret_key(Path(home)) + config.kept_instance_key(Path(home))


def test_many_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(6) as pool:
        keys = pool.map(_key_of, [str(tmp_path)] * 24, chunksize=1)

    assert len(set(keys)) == 1
    assert {entry.name for entry in tmp_path.iterdir()} == {"secret.key", "instance.key"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KEBU_OIDC_ISSUER", "http://login.example.com"),
        ("KEBU_OIDC_ISSUER", "login.example.com"),
        ("KEBU_OIDC_ISSUER", "https://person@login.example.com"),
        ("KEBU_OIDC_ISSUER", "https://login.example.com?tenant=1"),
        ("KEBU_LDAP_URL", "http://directory.example.com"),
        ("KEBU_LDAP_URL", "ldap://person:word@directory.example.com"),
        ("KEBU_LDAP_URL", "ldaps://"),
        ("KEBU_LDAP_USER_ATTRIBUTE", "uid)(cn=*"),
    ],
)
def test_a_provider_or_directory_that_cannot_be_one_stops_the_start(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(config.SettingError, match="must") as refusal:
        config.load({"KEBU_HOME": str(tmp_path), name: value})

    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"KEBU_OIDC_ISSUER": "https://login.example.com"}, "KEBU_OIDC_CLIENT_ID"),
        ({"KEBU_OIDC_CLIENT_SECRET": "hush"}, "KEBU_OIDC_ISSUER"),
        ({"KEBU_LDAP_URL": "ldaps://directory.example.com"}, "KEBU_LDAP_BASE"),
        ({"KEBU_LDAP_BIND_DN": "cn=kebu"}, "ldap_bind_password"),
    ],
    ids=str,
)
def test_half_of_a_provider_or_directory_stops_the_start(
    tmp_path: Path, given: dict[str, str], missing: str
) -> None:
    with pytest.raises(config.SettingError, match=missing) as refusal:
        config.load({"KEBU_HOME": str(tmp_path), **given})

    assert "\n" not in str(refusal.value)
    assert "hush" not in str(refusal.value)


def test_the_secrets_towards_provider_and_directory_are_never_shown(tmp_path: Path) -> None:
    settings = config.load(
        {
            "KEBU_HOME": str(tmp_path),
            "KEBU_OIDC_ISSUER": "https://login.example.com",
            "KEBU_OIDC_CLIENT_ID": "kebu",
            "KEBU_OIDC_CLIENT_SECRET": "hush hush",
            "KEBU_LDAP_URL": "ldaps://directory.example.com",
            "KEBU_LDAP_BASE": "dc=example",
            "KEBU_LDAP_BIND_DN": "cn=kebu",
            "KEBU_LDAP_BIND_PASSWORD": "hush hush",
        }
    )

    assert "hush" not in repr(settings) + repr(settings.describe())
    assert settings.oidc_client_secret == settings.ldap_bind_password == "hush hush"
