"""Every setting of Kebu in one table: its name, where it comes from, what it means and what it may be."""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import secrets
import stat
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent
FILE_NAME = "kebu.toml"
KEY_FILE_NAME = "secret.key"
INSTANCE_KEY_FILE_NAME = "instance.key"
LANGUAGES = ("zh_Hans", "zh_Hant", "en")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
SHORTEST_SECRET = 32
INSTANCE_KEY_BYTES = 32
KEY_FILES = {"secret_key": KEY_FILE_NAME, "instance_key": INSTANCE_KEY_FILE_NAME}


class KnownFailure(Exception):
    """A failure that the person at the terminal can mend; the message is one line that says how."""


class SettingError(KnownFailure):
    """A setting cannot be used; the message is one line: what, from which source, what to do."""


@dataclass(frozen=True)
class Setting:
    """One row of the settings table; `parse` returns the value or raises ValueError with what it must be."""

    name: str
    environment: str
    default: Any
    meaning: str
    meaning_zh: str
    parse: Callable[[Any], Any]
    secret: bool = False
    in_file: bool = True

    def told(self, language: str) -> str:
        """Return the meaning in Chinese or English."""
        return self.meaning_zh if language.startswith("zh") else self.meaning


@dataclass(frozen=True)
class DescribedSetting:
    """One row for the `config` verb: `value` is text in which secrets and passwords are hidden."""

    name: str
    environment: str
    value: str
    source: str
    meaning: str


@dataclass(frozen=True)
class Settings:
    """The settings of one instance, checked; times in seconds, sizes as their names say."""

    home: Path
    database_url: str = field(repr=False)
    host: str
    port: int
    threads: int
    workers: int
    worker_process: bool
    worker_lease_seconds: int
    trusted_hosts: tuple[str, ...]
    trusted_proxies: int
    session_idle_minutes: int
    plain_http: bool
    upload_limit_mb: int
    import_limit_mb: int
    journal_years: int
    statement_timeout_seconds: int
    lock_timeout_seconds: int
    sqlite_busy_seconds: int
    time_zone: str
    currency: str
    default_language: str
    log_level: str
    smtp_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str = field(repr=False)
    oidc_label: str
    oidc_user_names: bool
    ldap_url: str
    ldap_bind_dn: str
    ldap_bind_password: str = field(repr=False)
    ldap_base: str
    ldap_user_attribute: str
    adopt_url: str = field(repr=False)
    adopted_look_minutes: int
    test_postgresql_url: str = field(repr=False)
    test_mariadb_url: str = field(repr=False)
    test_redis_url: str = field(repr=False)
    test_data: Path | None
    wheels: Path | None
    given_secret_key: str = field(repr=False)
    given_instance_key: str = field(repr=False)
    sources: Mapping[str, str] = field(repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def secret_key(self) -> str:
        """The key that signs sessions: the given one, else the one kept in the home, made when first asked for."""
        return self.given_secret_key or kept_secret_key(self.home)

    @property
    def instance_key(self) -> bytes:
        """The 32 bytes under which the shop's secrets are kept: the given ones, else those of the file in the home."""
        return bytes.fromhex(self.given_instance_key or kept_instance_key(self.home))

    def describe(self, language: str = "en") -> list[DescribedSetting]:
        """Return a row per setting in the table's order, fit for any eye."""
        return [
            DescribedSetting(
                row.name, row.environment, _shown(row, self), self.sources[row.name], row.told(language)
            )
            for row in SETTINGS
        ]


# --- Loading -------------------------------------------------------------------------------------


def load(
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
    default_home: Path | None = None,
) -> Settings:
    """Return the settings: command line over environment over `kebu.toml` in the home over default.

    Raises SettingError. Writes nothing. `default_home` replaces the instance folder's default.
    """
    environment = os.environ if environ is None else environ
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    unknown = set(given) - {row.name for row in SETTINGS}
    if unknown:
        raise SettingError(f"There is no setting named {min(unknown)!r}.")
    warnings = _check_environment_names(environment)
    home, home_source = _find(_BY_NAME["home"], given, environment, {}, Path())
    home = home or (default_home or ROOT / "instance").absolute()
    if home.exists() and not home.is_dir():
        raise SettingError(
            f"The instance folder {home} ({home_source}) is not a folder; name another in KEBU_HOME."
        )
    written = _read_file(home / FILE_NAME)
    values: dict[str, Any] = {"home": home}
    sources = {"home": home_source}
    for row in SETTINGS[1:]:
        values[row.name], sources[row.name] = _find(row, given, environment, written, home)
    _check_together(values)
    values["database_url"] = _database_in_home(values["database_url"], home)
    values["trusted_hosts"] = values["trusted_hosts"] or _own_hosts(values["host"])
    values["given_secret_key"] = values.pop("secret_key")
    values["given_instance_key"] = values.pop("instance_key")
    for name, file_name in KEY_FILES.items():
        if sources[name] == "default" and (home / file_name).exists():
            sources[name] = f"file {file_name}"
    return Settings(**values, sources=sources, warnings=warnings)


def _find(
    row: Setting, given: Mapping[str, Any], environ: Mapping[str, str], written: Mapping[str, Any], home: Path
) -> tuple[Any, str]:
    """Return a setting's checked value and its source."""
    raw, source = row.default, "default"
    if row.name in given:
        raw, source = given[row.name], "command line"
    elif environ.get(row.environment, "") != "":
        raw, source = environ[row.environment], f"environment {row.environment}"
    elif row.name in written:
        raw, source = written[row.name], f"file {FILE_NAME}"
        if row.parse is _folder and isinstance(raw, str):
            raw = home / raw
    try:
        return row.parse(raw), source
    except ValueError as error:
        # A secret must not reach the terminal because it was mistyped.
        said = "" if row.secret else f" is {raw!r}, which"
        raise SettingError(f"{row.name} (from {source}){said} {error}.") from None


def _check_together(values: Mapping[str, Any]) -> None:
    """Refuse half of what a provider or a directory needs: what is missing would only be noticed by who signs in."""
    for first, needed in _TOGETHER.items():
        used = [name for name in (first, *needed) if values[name]]
        missing = [name for name in (first, *needed) if not values[name]]
        if used and missing:
            raise SettingError(
                f"{used[0]} is set and {missing[0]} is not; set {_BY_NAME[missing[0]].environment} too."
            )
    if bool(values["ldap_bind_dn"]) != bool(values["ldap_bind_password"]):
        raise SettingError("ldap_bind_dn and ldap_bind_password belong together; set both or neither.")


def _check_environment_names(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Refuse misspelt KEBU_ variables; return a warning for each that resembles nothing."""
    known = [row.environment for row in SETTINGS]
    warnings = []
    for name in sorted(environ):
        if not name.startswith("KEBU_") or name in known:
            continue
        nearest = difflib.get_close_matches(name, known, 1, 0.75)
        if nearest:
            raise SettingError(f"There is no setting {name} (environment); did you mean {nearest[0]}?")
        warnings.append(f"The environment variable {name} is no setting of Kebu and has no effect.")
    return tuple(warnings)


def _read_file(path: Path) -> dict[str, Any]:
    """Return what kebu.toml says; nothing when there is none."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"{path} cannot be read: {error}") from None
    allowed = [row.name for row in SETTINGS if row.in_file]
    for name in written:
        if name in allowed:
            continue
        if name in _BY_NAME:
            raise SettingError(f"{name} cannot stand in {path}; set {_BY_NAME[name].environment} instead.")
        nearest = difflib.get_close_matches(name, allowed, 1, 0.6)
        hint = f"did you mean {nearest[0]}?" if nearest else "`python3 run.py config` lists them all."
        raise SettingError(f"There is no setting {name} ({path}); {hint}")
    return written


# --- What a value may be: each returns it or says in ValueError what it must be -------------------


def _whole(low: int, high: int) -> Callable[[Any], int]:
    """Return a parser of whole numbers from `low` to `high`."""

    def parse(raw: Any) -> int:
        text = str(raw).strip()
        if (
            isinstance(raw, bool)
            or not re.fullmatch(r"\d{1,9}", text, re.ASCII)
            or not low <= int(text) <= high
        ):
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return parse


def _one_of(choices: tuple[str, ...]) -> Callable[[Any], str]:
    """Return a parser that takes one of `choices`, however its letters are cased."""

    def parse(raw: Any) -> str:
        for choice in choices:
            if str(raw).strip().lower() == choice.lower():
                return choice
        raise ValueError("must be one of " + ", ".join(choices))

    return parse


def _yes_or_no(raw: Any) -> bool:
    text = str(raw).strip().lower()
    if text not in ("yes", "no", "true", "false", "1", "0"):
        raise ValueError("must be yes or no")
    return text in ("yes", "true", "1")


def _folder(raw: Any) -> Path | None:
    return Path(str(raw)).expanduser().absolute() if raw else None


def _text(raw: Any) -> str:
    return str(raw).strip()


def _host(raw: Any) -> str:
    text = str(raw).strip().strip("[]")
    if not re.fullmatch(r"[A-Za-z0-9.:_%-]{1,253}", text):
        raise ValueError("must be a host name or an address such as 127.0.0.1 or 0.0.0.0")
    return text


def _hosts(raw: Any) -> tuple[str, ...]:
    parts = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise ValueError("must be host names with commas between them")
    hosts = tuple(part.strip() for part in parts if part.strip())
    if any(not re.fullmatch(r"[A-Za-z0-9.:_\[\]-]+", host) for host in hosts):
        raise ValueError("must be host names with commas between them")
    return hosts


def _zone(raw: Any) -> str:
    try:
        return ZoneInfo(str(raw)).key
    except (OSError, ValueError, KeyError):  # ill names fail in each of these ways
        raise ValueError("must be a time zone such as Asia/Shanghai") from None


def _currency(raw: Any) -> str:
    text = str(raw).strip().upper()
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise ValueError("must be a currency code such as CNY")
    return text


def _secret(raw: Any) -> str:
    text = str(raw)
    if text and len(text) < SHORTEST_SECRET:
        raise ValueError(f"must have at least {SHORTEST_SECRET} characters, chosen by chance")
    return text


def _instance_key(raw: Any) -> str:
    text = str(raw).strip().lower()
    if text and not _IS_INSTANCE_KEY(text):
        raise ValueError(f"must be {INSTANCE_KEY_BYTES} bytes as {INSTANCE_KEY_BYTES * 2} digits 0-9 a-f")
    return text


def _redis(raw: Any) -> str:
    """Return the address of a Redis; empty stays empty."""
    text = str(raw).strip()
    if not text:
        return ""
    address = urlsplit(text)
    try:
        usable = bool(address.hostname) and address.port != 0
    except ValueError:
        usable = False
    understood = address.scheme in ("redis", "rediss") and not address.query and not address.fragment
    if not usable or not understood or not re.fullmatch(r"(/[0-9]{0,4})?", address.path):
        raise ValueError("must be such as redis://:password@host:6379/0, or rediss:// for TLS")
    return text


def _mail_server(raw: Any) -> str:
    """Return the address of a mail server; what is not encrypted must stay on this machine."""
    text = str(raw).strip()
    if not text:
        return ""
    address = urlsplit(text)
    query = dict(parse_qsl(address.query))
    if address.scheme not in ("smtp", "smtps") or not address.hostname or set(query) - {"from", "security"}:
        raise ValueError("must be such as smtp://user:password@host:587?from=shop@example.com")
    if not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", query.get("from", "")):
        raise ValueError("must name the sender: ?from=shop@example.com at its end")
    if address.port is not None and address.port < 1:
        raise ValueError("must name a port from 1 to 65535")
    security = query.get("security", "starttls")
    if security not in ("starttls", "none") or (
        security == "none" and address.hostname not in ("localhost", "127.0.0.1", "::1")
    ):
        raise ValueError("can do without encryption (security=none) on this machine only")
    return text


def _provider(raw: Any) -> str:
    """Return the address of an OpenID Connect provider as it names itself; unencrypted on this machine only."""
    text = str(raw).strip()
    if not text:
        return ""
    address = urlsplit(text)
    if not address.hostname or address.username or address.query or address.fragment:
        raise ValueError("must be such as https://login.example.com/realms/shop")
    if address.scheme != "https" and not (address.scheme == "http" and is_loopback(address.hostname)):
        raise ValueError("must begin with https://; http:// is for this machine only")
    return text


def _directory(raw: Any) -> str:
    """Return the address of an LDAP server; ldap:// is encrypted by StartTLS, but for this machine's."""
    text = str(raw).strip()
    if not text:
        return ""
    address = urlsplit(text)
    wrong = address.username or address.path.strip("/") or address.query or address.fragment
    if address.scheme not in ("ldap", "ldaps") or not address.hostname or wrong or address.port == 0:
        raise ValueError("must be such as ldaps://directory.example.com or ldap://directory.example.com:389")
    return text


def _attribute(raw: Any) -> str:
    text = str(raw).strip()
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,63}", text):
        raise ValueError("must be an attribute such as uid or sAMAccountName")
    return text


_IS_INSTANCE_KEY = re.compile(rf"[0-9a-f]{{{INSTANCE_KEY_BYTES * 2}}}").fullmatch
_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "mysql": "mariadb+pymysql",
    "mysql+pymysql": "mariadb+pymysql",
    "mariadb": "mariadb+pymysql",
    "mariadb+pymysql": "mariadb+pymysql",
}


def database_address(raw: Any) -> str:
    """Return the address with Kebu's driver in it, and utf8mb4 for MariaDB; empty stays empty.

    Raises ValueError, which says what it must be.
    """
    text = str(raw).strip()
    scheme, separator, rest = text.partition("://")
    if not text:
        return ""
    if not separator or scheme.lower() not in _DRIVERS:
        raise ValueError("must begin with sqlite:///, postgresql:// or mariadb://")
    driver = _DRIVERS[scheme.lower()]
    if driver == "sqlite":
        path = rest.partition("?")[0]
        if not path.strip("/") or ":memory:" in path or not path.startswith("/"):
            raise ValueError(
                "must name a file, such as sqlite:///kebu.db; a database in memory is lost at the end"
            )
        return f"sqlite://{rest}"
    address = urlsplit(f"kebu://{rest}")
    if not address.path.strip("/"):
        raise ValueError("must end with the database's name, such as mariadb://user@host/kebu")
    if driver == "postgresql+psycopg":
        return f"{driver}://{rest}"
    query = [pair for pair in parse_qsl(address.query) if pair[0] != "charset"] + [("charset", "utf8mb4")]
    return f"{driver}://" + urlunsplit(("", address.netloc, address.path, urlencode(query), "")).removeprefix(
        "//"
    )


def _own_hosts(host: str) -> tuple[str, ...]:
    """Return the names to trust when none are given: this machine's and `host`; none, meaning all, for a wildcard.

    Nor can any be named for an IPv6 address, which the web framework's list does not know how to compare.
    """
    if host == "0.0.0.0" or ":" in host:  # noqa: S104 - compared, not bound  # nosec B104
        return ()
    return tuple(dict.fromkeys(("localhost", "127.0.0.1", host)))


def _database_in_home(url: str, home: Path) -> str:
    """Return the address with a relative SQLite file placed in the home, whatever folder Kebu is started from."""
    if not url:
        return f"sqlite:///{(home / 'kebu.db').as_posix()}"
    if not url.startswith("sqlite:///"):
        return url
    path, question, query = url.removeprefix("sqlite:///").partition("?")
    return f"sqlite:///{(home / path).as_posix()}{question}{query}"


# ruff: noqa: E501 - a row of the table is one thought; Chinese counts twice
# fmt: off
SETTINGS: tuple[Setting, ...] = (
    Setting("home", "KEBU_HOME", None, "The instance folder: database, keys, uploads, logs; without it `instance` "
            "beside run.py.", "实例文件夹：数据库、密钥、上传文件和日志；默认是 run.py 旁的 instance。", _folder, in_file=False),
    Setting("database_url", "KEBU_DATABASE_URL", "", "The database's address: sqlite:///, postgresql:// or mariadb://; "
            "without it the file kebu.db in the home.", "数据库地址；默认是实例文件夹中的 kebu.db。", database_address, secret=True),
    Setting("secret_key", "KEBU_SECRET_KEY", "", "The key that signs sessions; without it one is made and kept in the "
            "home.", "签名会话的密钥；默认自动生成并保存在实例文件夹。", _secret, secret=True),
    Setting("instance_key", "KEBU_INSTANCE_KEY", "", "The key under which secrets and the journal's values are kept; "
            "without it one is made and kept in the home. Keep a copy elsewhere: what it locks is lost with it.",
            "加密密钥，用于保护机密信息和变更记录；默认自动生成并保存在实例文件夹。请另存一份：密钥丢失，数据无法恢复。", _instance_key, secret=True),
    Setting("host", "KEBU_HOST", "127.0.0.1", "The address to listen on; 0.0.0.0 lets other devices in.",
            "监听地址；0.0.0.0 允许其他设备访问。", _host),
    Setting("port", "KEBU_PORT", 8080, "The port to listen on; 0 takes any free one.", "监听端口；0 表示任选空闲端口。",
            _whole(0, 65535)),
    Setting("threads", "KEBU_THREADS", 8, "How many requests a process answers at a time.", "每个进程同时处理的请求数。",
            _whole(1, 256)),
    Setting("workers", "KEBU_WORKERS", 1, "How many processes serve; more than one uses gunicorn.",
            "服务进程数；大于 1 时使用 gunicorn。", _whole(1, 64)),
    Setting("worker_process", "KEBU_WORKER_PROCESS", True, "Whether `serve` and `demo` start a worker for background "
            "jobs beside them; `no` when `worker` runs apart.", "serve 与 demo 是否同时启动后台任务进程；单独运行 worker 时设为 no。",
            _yes_or_no),
    Setting("worker_lease_seconds", "KEBU_WORKER_LEASE_SECONDS", 30, "How long a silent worker keeps its jobs before "
            "another takes them over, in seconds.", "后台进程失去响应多久后，任务由其他进程接手（秒）。", _whole(2, 3600)),
    Setting("trusted_hosts", "KEBU_TRUSTED_HOSTS", "", "The names under which Kebu may be called, with commas between "
            "them; without it this machine's own, or any when listening on 0.0.0.0.",
            "允许的访问域名，用逗号分隔；默认仅本机名称；监听 0.0.0.0 时不限。", _hosts),
    Setting("trusted_proxies", "KEBU_TRUSTED_PROXIES", 0, "How many proxies stand in front and are believed.",
            "前置且可信的反向代理层数。", _whole(0, 10)),
    Setting("session_idle_minutes", "KEBU_SESSION_IDLE_MINUTES", 30, "How many minutes without a click end a sign-in; "
            "after twelve hours each ends.", "多少分钟没有操作就需要重新登录；登录最长保持十二小时。", _whole(5, 720)),
    Setting("plain_http", "KEBU_PLAIN_HTTP", False, "Whether `serve` may be reached from other devices without HTTPS; "
            "passwords then cross the network readable.", "serve 是否允许其他设备不经 HTTPS 访问；密码会在网络上明文传输。",
            _yes_or_no),
    Setting("upload_limit_mb", "KEBU_UPLOAD_LIMIT_MB", 10, "The largest upload, in megabytes.", "单次上传上限（MB）。",
            _whole(1, 1024)),
    Setting("import_limit_mb", "KEBU_IMPORT_LIMIT_MB", 200, "The largest file to import, in megabytes.",
            "导入文件的上限（MB）。", _whole(1, 4096)),
    Setting("journal_years", "KEBU_JOURNAL_YEARS", 3, "How many years of the journal stay searchable; older entries go "
            "to signed files, 0 keeps all.", "审计日志保留多少年可供查询；更早的移入签名归档文件，0 表示全部保留。",
            _whole(0, 100)),
    Setting("statement_timeout_seconds", "KEBU_STATEMENT_TIMEOUT_SECONDS", 30, "How long one statement may take, in "
            "seconds (PostgreSQL, MariaDB).", "单条语句的时限（秒）。", _whole(1, 3600)),
    Setting("lock_timeout_seconds", "KEBU_LOCK_TIMEOUT_SECONDS", 10, "How long to wait for a lock, in seconds "
            "(PostgreSQL, MariaDB).", "等待锁的时限（秒）。", _whole(1, 3600)),
    Setting("sqlite_busy_seconds", "KEBU_SQLITE_BUSY_SECONDS", 30, "How long to wait for SQLite's write lock, in "
            "seconds.", "等待 SQLite 写锁的时限（秒）。", _whole(1, 600)),
    Setting("time_zone", "KEBU_TIME_ZONE", "Asia/Shanghai", "The time zone that a new shop starts with.",
            "新店的默认时区。", _zone),
    Setting("currency", "KEBU_CURRENCY", "CNY", "The currency that a new shop starts with.", "新店的默认货币。", _currency),
    Setting("default_language", "KEBU_DEFAULT_LANGUAGE", "zh_Hans", "The language for a browser that asks for none we "
            "have.", "浏览器未指定可用语言时的默认语言。", _one_of(LANGUAGES)),
    Setting("log_level", "KEBU_LOG_LEVEL", "INFO", "How much the log says.", "日志级别。", _one_of(LOG_LEVELS)),
    Setting("smtp_url", "KEBU_SMTP_URL", "", "The mail server and the sender, such as "
            "smtp://user:password@smtp.example.com:587?from=shop@example.com, or smtps:// for TLS from the first byte; "
            "without it what the page “Mail and text messages” says.",
            "邮件服务器和发件地址，例如 smtp://用户:密码@smtp.example.com:587?from=shop@example.com；从连接开始就加密用 smtps://。"
            "默认使用“邮件和短信”页面上的设置。", _mail_server, secret=True),
    Setting("redis_url", "KEBU_REDIS_URL", "", "The Redis that counts wrong tries for all processes, such as "
            "redis://:password@localhost:6379/0, or rediss:// for TLS; without it, and while it does not answer, the "
            "database counts.", "用来统计输错次数的 Redis，各进程共用，例如 redis://:密码@localhost:6379/0；加密连接用 rediss://。"
            "不设置或连不上时由数据库统计。", _redis, secret=True),
    Setting("oidc_issuer", "KEBU_OIDC_ISSUER", "", "The OpenID Connect provider through which people may sign in, as it "
            "names itself, such as https://login.example.com/realms/shop.",
            "OpenID Connect 统一登录服务的 issuer 地址，例如 https://login.example.com/realms/shop。", _provider),
    Setting("oidc_client_id", "KEBU_OIDC_CLIENT_ID", "", "Kebu's name at the provider.", "Kebu 在统一登录服务中的 client ID。",
            _text),
    Setting("oidc_client_secret", "KEBU_OIDC_CLIENT_SECRET", "", "Kebu's secret at the provider.",
            "Kebu 在统一登录服务中的 client secret。", _text, secret=True),
    Setting("oidc_label", "KEBU_OIDC_LABEL", "", "What the provider is called on the sign-in page; without it its host "
            "name.", "登录页面上显示的统一登录名称；默认显示其域名。", _text),
    Setting("oidc_user_names", "KEBU_OIDC_USER_NAMES", False, "Whether an account is also found by the provider's "
            "preferred_username; only where people can't choose it themselves.",
            "是否也按 preferred_username 匹配账号；仅当用户不能自行修改该名称时才可开启。", _yes_or_no),
    Setting("ldap_url", "KEBU_LDAP_URL", "", "The LDAP directory that checks passwords of accounts without one here: "
            "ldaps://directory.example.com, or ldap:// with StartTLS.",
            "LDAP 目录地址，用于验证没有本地密码的账号：ldaps://directory.example.com，或带 StartTLS 的 ldap://。", _directory),
    Setting("ldap_bind_dn", "KEBU_LDAP_BIND_DN", "", "Who Kebu is in the directory when it looks for people; without it "
            "anonymous.", "Kebu 在目录中查找人员时使用的 DN；默认匿名。", _text),
    Setting("ldap_bind_password", "KEBU_LDAP_BIND_PASSWORD", "", "Kebu's password in the directory.",
            "Kebu 在目录中的密码。", _text, secret=True),
    Setting("ldap_base", "KEBU_LDAP_BASE", "", "Below what people stand in the directory, such as "
            "ou=people,dc=example,dc=com.", "人员在目录中的位置，例如 ou=people,dc=example,dc=com。", _text),
    Setting("ldap_user_attribute", "KEBU_LDAP_USER_ATTRIBUTE", "uid", "The attribute that holds the user name; "
            "sAMAccountName in Active Directory.", "存放用户名的属性；Active Directory 为 sAMAccountName。", _attribute),
    Setting("adopt_url", "KEBU_ADOPT_URL", "", "For the verb adopt: the address of the database to look at, so that its "
            "password need not stand on a command line.", "供 adopt 命令使用：要接入的数据库地址，密码不必写在命令行上。", _text, secret=True,
            in_file=False),
    Setting("adopted_look_minutes", "KEBU_ADOPTED_LOOK_MINUTES", 10, "How often the worker looks whether the tables of an "
            "adopted database have changed, in minutes.", "后台进程每隔多少分钟检查一次已接入数据库的表结构是否有变化。",
            _whole(1, 1440)),
    Setting("test_postgresql_url", "KEBU_TEST_POSTGRESQL_URL", "", "For the tests: a PostgreSQL database they may "
            "fill and empty.", "测试用：可任意清空的 PostgreSQL 数据库。", database_address, secret=True, in_file=False),
    Setting("test_mariadb_url", "KEBU_TEST_MARIADB_URL", "", "For the tests: a MariaDB database they may fill and "
            "empty.", "测试用：可任意清空的 MariaDB 数据库。", database_address, secret=True, in_file=False),
    Setting("test_redis_url", "KEBU_TEST_REDIS_URL", "", "For the tests: a Redis in which they may write and delete "
            "names of their own.", "测试用：可写入并删除测试数据的 Redis。", _redis, secret=True, in_file=False),
    Setting("test_data", "KEBU_TEST_DATA", None, "For the tests: a folder of real data.", "测试用：真实数据文件夹。",
            _folder, in_file=False),
    Setting("wheels", "KEBU_WHEELS", None, "For run.py: a folder of wheels to install from without a network.",
            "供 run.py 使用：离线安装包文件夹。", _folder, in_file=False),
)
# fmt: on
_BY_NAME = {row.name: row for row in SETTINGS}
# What is of no use without the others.
_TOGETHER = {"oidc_issuer": ("oidc_client_id", "oidc_client_secret"), "ldap_url": ("ldap_base",)}


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# --- Secrets -------------------------------------------------------------------------------------


def without_password(url: str) -> str:
    """Return a database address with every password in it replaced by ***."""
    try:
        address = urlsplit(url)
    except ValueError:
        return "***"
    place = address.netloc
    if "@" in place:
        person, _, server = place.rpartition("@")
        name, colon, _ = person.partition(":")
        place = f"{name}{colon}{'***' if colon else ''}@{server}"
    query = re.sub(r"(?i)((?:^|&)[^=&]*(?:pass|secret|key)[^=&]*=)[^&]*", r"\1***", address.query)
    scheme = url.partition(":")[0]
    return f"{scheme}://{place}{address.path}" + (f"?{query}" if query else "")


def kept_secret_key(home: Path) -> str:
    """Return the key kept in the home, after making it when there is none; safe among several processes.

    Raises SettingError when the file cannot be written, is damaged or can be read by others.
    """
    path = home / KEY_FILE_NAME
    key = _kept(path, lambda: secrets.token_urlsafe(48), "or delete it to get a new key")
    if len(key) < SHORTEST_SECRET:
        raise SettingError(f"{path} is damaged; delete it, and everybody signs in again.")
    return key


def kept_instance_key(home: Path) -> str:
    """Return the instance key in hexadecimal digits, made when there is none; like `kept_secret_key`.

    A damaged one is never replaced: what it locks could not be read any more.
    """
    path = home / INSTANCE_KEY_FILE_NAME
    key = _kept(path, lambda: secrets.token_hex(INSTANCE_KEY_BYTES), "it locks the shop's secrets")
    if not _IS_INSTANCE_KEY(key):
        raise SettingError(f"{path} is damaged; put back your copy of it.")
    return key


def _kept(path: Path, make: Callable[[], str], hint: str) -> str:
    """Return what a key file holds, after making it; `hint` is what else to do when others can read it."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _place_key(path, make())
        if os.name != "nt" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SettingError(f"{path} can be read by others; run `chmod 400 {path}`, {hint}.")
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"The key file {path} cannot be used: {error}") from None


def _place_key(path: Path, key: str) -> None:
    """Write the key whole or not at all; when another process was faster, leave that one's key."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        # A link is refused when the name exists; a rename would replace the other's key.
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        if sys.platform == "win32":
            temporary.chmod(0o600)
        temporary.unlink()


def _shown(row: Setting, settings: Settings) -> str:
    """Return a setting's value as text fit for any eye."""
    if row.name in KEY_FILES:
        return "***" if settings.sources[row.name] != "default" else "(made at the first start)"
    value = getattr(settings, row.name)
    if value in (None, "", ()):
        return "-"
    if row.secret:
        # Only an address has parts that anybody may see.
        return without_password(value) if row.name.endswith("_url") else "***"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
