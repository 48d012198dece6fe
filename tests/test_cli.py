"""The command line: verbs, one-line failures, and a demo that only ever deletes what a demo made."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from app.cli import build_parser, demo_folder, main
from app.cli.demo_folder import DemoError
from app.core import schema
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[1]
VERBS = {
    "demo",
    "serve",
    "test",
    "migrate",
    "create-owner",
    "rescue-owner",
    "import",
    "routes",
    "config",
    "translations",
}


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return the environment without a setting of whoever runs the tests."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("KEBU_")}
    return {**mine, "KEBU_HOME": str(home), "PYTHONUTF8": "1", **more}


def call(home: Path, *arguments: str, stdin: str = "", **more: str) -> tuple[int, str, str]:
    """Run a verb in a process of its own until it ends."""
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=ROOT,
        env=environment(home, **more),
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@contextmanager
def served(home: Path, *arguments: str, **more: str) -> Iterator[tuple[str, list[str]]]:
    """Run a serving verb; give its address and the lines it printed, and end it with SIGTERM."""
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=ROOT,
        env=environment(home, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            assert process.stdout is not None
            lines = until_ready(process.stdout)
            assert lines and lines[-1].startswith("Kebu is ready: "), (lines, process.communicate(timeout=60))
            yield lines[-1].removeprefix("Kebu is ready: "), lines
        finally:
            process.terminate()
            process.communicate(timeout=60)
    assert process.returncode == 0


def until_ready(output: IO[str]) -> list[str]:
    """Return the lines up to the ready line."""
    lines = []
    for line in output:
        lines.append(line.rstrip("\n"))
        if line.startswith("Kebu is ready: "):
            break
    return lines


def get(address: str) -> tuple[int, bytes]:
    """Fetch an address of a server of ours."""
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.status, answer.read()


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def failure(result: tuple[int, str, str]) -> str:
    """Return the one line of a known failure."""
    code, _out, err = result
    lines = err.splitlines()
    assert code == 2, err
    assert len(lines) == 1, err
    assert lines[0].startswith("Kebu: ")
    return lines[0]


# --- Verbs and settings --------------------------------------------------------------------------


def test_the_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert all(f"    {verb} " in told or f"    {verb}\n" in told for verb in VERBS)


def test_everything_after_test_belongs_to_pytest() -> None:
    assert build_parser().parse_args(["test"]).module == "checks"
    code = subprocess.run(
        [sys.executable, "-m", "app.cli", "test", "-n", "0", "--version"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )

    assert b"pytest 9" in code.stdout + code.stderr


@pytest.mark.parametrize("size", ["0", "-1", "huge", "1.5", "99999999999"])
def test_a_senseless_size_is_refused(size: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["demo", f"--size={size}"])

    assert ended.value.code == 2
    assert "small, large or a number" in capsys.readouterr().err


def test_config_lists_every_setting_without_secrets_and_without_writing(tmp_path: Path) -> None:
    home = tmp_path / "home"

    code, out, err = call(home, "config", KEBU_DATABASE_URL="mariadb://u:geheim@h/d", KEBU_XYLOPHONE="1")

    assert (code, err) == (0, "")
    assert "mariadb+pymysql://u:***@h/d?charset=utf8mb4" in out
    assert "geheim" not in out
    assert "KEBU_XYLOPHONE" in out
    assert not home.exists()


def test_a_bad_setting_is_one_line(tmp_path: Path) -> None:
    assert "KEBU_PORT" in failure(call(tmp_path, "config", KEBU_PORT="x"))


# --- Databases that cannot be used ---------------------------------------------------------------


def test_a_file_that_is_no_database_is_one_line_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "kebu.db").write_text("this is a letter, not a database\n" * 50, encoding="utf-8")
    before = (tmp_path / "kebu.db").read_bytes()

    told = failure(call(tmp_path, "serve", "--port", "0"))

    assert "not a SQLite database" in told
    assert (tmp_path / "kebu.db").read_bytes() == before


@pytest.mark.parametrize("scheme", ["postgresql", "mariadb"])
def test_a_server_that_does_not_answer_is_one_line_without_the_password(scheme: str, tmp_path: Path) -> None:
    url = f"{scheme}://user:geheim@127.0.0.1:{free_port()}/kebu"

    told = failure(call(tmp_path, "migrate", KEBU_DATABASE_URL=url))

    assert "cannot be reached" in told
    assert "geheim" not in told


def test_a_database_newer_than_the_program_is_one_line(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "kebu.db")
    connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    connection.execute("INSERT INTO alembic_version VALUES ('from-the-future')")
    connection.commit()
    connection.close()

    for verb in (("serve", "--port", "0"), ("migrate",)):
        assert "newer than this program" in failure(call(tmp_path, *verb))


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "kebu.db")
    connection.execute("CREATE TABLE till (amount INTEGER)")
    connection.commit()
    connection.close()

    assert "Kebu did not make" in failure(call(tmp_path, "migrate"))
    assert schema.state(f"sqlite:///{tmp_path}/kebu.db").status is schema.Status.BROKEN


def test_a_home_below_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert "not writable" in failure(call(tmp_path / "file" / "home", "migrate"))


# --- The demo's folder ---------------------------------------------------------------------------


def a_demo(home: Path) -> Path:
    """Make a folder as a demo leaves it."""
    home.mkdir()
    marker = demo_folder.write_marker(home, "petshop", 10)
    demo_folder.mark_seeded(home, marker)
    (home / "kebu.db").touch()
    (home / "uploads").mkdir()
    (home / "uploads" / "cat.jpg").touch()
    return home


def test_a_reset_empties_a_demos_folder_and_follows_no_link_out_of_it(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    home = a_demo(tmp_path / "demo")
    (home / "link").symlink_to(outside, target_is_directory=True)
    (home / "file-link").symlink_to(outside / "precious")

    demo_folder.empty(home)

    assert [entry.name for entry in home.iterdir()] == ["demo.json"]
    assert (outside / "precious").exists()
    marker = demo_folder.read_marker(home)
    assert marker is not None
    assert not marker.seeded, "a reset that is cut short must be noticed"


def real_shop(tmp_path: Path) -> Path:
    home = tmp_path / "shop"
    home.mkdir()
    (home / "kebu.db").write_text("years of work", encoding="utf-8")
    return home


def linked_demo(tmp_path: Path) -> Path:
    a_demo(tmp_path / "demo")
    (tmp_path / "link").symlink_to(tmp_path / "demo", target_is_directory=True)
    return tmp_path / "link"


def copied_demo(tmp_path: Path) -> Path:
    home = real_shop(tmp_path)
    a_demo(tmp_path / "demo")
    (home / "demo.json").write_bytes((tmp_path / "demo" / "demo.json").read_bytes())
    return home


def linked_marker(tmp_path: Path) -> Path:
    home = a_demo(tmp_path / "shop")
    (home / "demo.json").rename(tmp_path / "marker")
    (home / "demo.json").symlink_to(tmp_path / "marker")
    return home


def foreign_marker(tmp_path: Path) -> Path:
    home = real_shop(tmp_path)
    (home / "demo.json").write_text('{"made_by": "hand", "home": "' + str(home) + '"}', encoding="utf-8")
    return home


def empty_marker(tmp_path: Path) -> Path:
    home = real_shop(tmp_path)
    (home / "demo.json").touch()
    return home


def a_file(tmp_path: Path) -> Path:
    (tmp_path / "shop").write_text("years of work", encoding="utf-8")
    return tmp_path / "shop"


STRANGE = [real_shop, linked_demo, copied_demo, linked_marker, foreign_marker, empty_marker, a_file]


@pytest.mark.parametrize("make", STRANGE)
def test_whatever_no_demo_made_is_neither_reset_nor_used(make: object, tmp_path: Path) -> None:
    home = make(tmp_path)  # type: ignore[operator]
    before = contents(tmp_path)

    told = failure(call(home, "demo", "--reset", "--port", "0"))

    assert str(home) in told
    assert contents(tmp_path) == before
    if home.is_dir():
        with pytest.raises(DemoError):
            demo_folder.empty(home)
    assert contents(tmp_path) == before


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with what is in it."""
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_two_demos_never_share_a_folder(tmp_path: Path) -> None:
    home = a_demo(tmp_path / "demo")

    with demo_folder.sole_use(home):
        told = failure(call(home, "demo", "--reset", "--port", "0"))

    assert "already using" in told
    assert (home / "kebu.db").exists()


# --- The whole way -------------------------------------------------------------------------------


def test_a_taken_port_names_the_next_free_one_and_nothing_is_made(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        told = failure(call(tmp_path / "home", "demo", "--port", str(port)))

    assert f"Port {port} is taken" in told
    assert int(told.rpartition("--port ")[2].strip("`.")) > port
    assert not (tmp_path / "home").exists()


def test_a_demo_is_seeded_once_served_and_reset_on_request(tmp_path: Path) -> None:
    home = tmp_path / "demo"

    with served(home, "demo", "--size", "50", "--port", "0") as (address, lines):
        health = json.loads(get(f"{address}healthz")[1])
        busy = failure(call(home, "demo", "--port", "0"))
    accounts = json.loads((home / "demo-accounts.json").read_text(encoding="utf-8"))
    with served(home, "demo", "--port", "0"):
        again = json.loads((home / "demo-accounts.json").read_text(encoding="utf-8"))
    other = failure(call(home, "demo", "--profile", "salon", "--port", "0"))
    with served(home, "demo", "--profile", "salon", "--size", "20", "--reset", "--port", "0"):
        fresh = json.loads((home / "demo-accounts.json").read_text(encoding="utf-8"))

    assert health["status"] == "ok"
    assert "already using" in busy
    assert accounts == again
    assert all(set(account) >= {"user", "password", "role"} for account in accounts)
    assert all(any(account["password"] in line for line in lines) for account in accounts)
    assert stat.S_IMODE((home / "demo-accounts.json").stat().st_mode) == 0o600 or os.name == "nt"
    assert "add `--reset`" in other
    assert not {account["password"] for account in accounts} & {account["password"] for account in fresh}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_demo_killed_while_seeding_begins_the_sample_anew(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "demo", "--size", "20000", "--port", "0"],
        cwd=ROOT,
        env=environment(home),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until_seeding(home / "kebu.db", process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (home / "demo-accounts.json").exists()

    with served(home, "demo", "--size", "30", "--port", "0"):
        pass

    assert count_customers(home / "kebu.db") == 30


def wait_until_seeding(database: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until the sample's shop is there and not yet open: its customers are being written."""
    wait_until(
        lambda: process.poll() is not None or count_rows(database, "access_shop WHERE opened_at IS NULL"), 120
    )
    assert process.poll() is None


def count_customers(database: Path) -> int:
    """Return how many customers a SQLite database holds; 0 while it is being made."""
    return count_rows(database, "people_customer")


def count_rows(database: Path, table: str) -> int:
    """Return how many rows a SQLite database has in a table (`name WHERE …` narrows it); 0 while it is being made."""
    if not database.exists():
        return 0
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()


def test_a_demo_that_became_a_shop_is_never_reset(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    with served(home, "demo", "--size", "20", "--port", "0"):
        pass
    connection = sqlite3.connect(home / "kebu.db")
    connection.execute("UPDATE access_shop SET is_sample = 0")
    connection.commit()
    connection.close()

    told = failure(call(home, "demo", "--reset", "--port", "0"))

    assert "has become a real shop" in told
    assert count_customers(home / "kebu.db") == 20


def test_an_empty_database_is_served_with_a_setup_code_until_it_has_an_owner(tmp_path: Path) -> None:
    home = tmp_path / "home"

    with served(home, "serve", "--port", "0") as (address, lines):
        first = lines
        status = get(f"{address}healthz")[0]
    made = call(home, "create-owner", "boss", "--password-stdin", stdin="a long and quiet password\n")
    with served(home, "serve", "--port", "0") as (_address, lines):
        second = lines

    assert status == 200
    assert any("Set-up code" in line for line in first)
    assert made[0] == 0, made
    assert not any("Set-up code" in line for line in second)
    assert stat.S_IMODE((home / "secret.key").stat().st_mode) == 0o400 or os.name == "nt"


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn does not run on Windows")
def test_several_processes_serve_the_same_instance(tmp_path: Path) -> None:
    with served(tmp_path, "serve", "--port", "0", KEBU_WORKERS="2") as (address, lines):
        status, answer = get(f"{address}healthz")

    assert status == 200
    assert json.loads(answer)["status"] == "ok"
    assert sum(line.startswith("Kebu is ready") for line in lines) == 1


def test_routes_lists_the_addresses_and_touches_no_instance(tmp_path: Path) -> None:
    code, out, _err = call(tmp_path / "home", "routes")

    assert code == 0
    assert "/healthz" in out
    assert not (tmp_path / "home").exists()


def test_an_unknown_owner_cannot_be_rescued_and_a_password_is_needed(tmp_path: Path) -> None:
    nobody = call(tmp_path, "rescue-owner", "nobody", "--password-stdin", stdin="a long and quiet password\n")
    silent = call(tmp_path, "create-owner", "boss", "--password-stdin", stdin="\n")

    assert failure(nobody)
    assert "password is needed" in failure(silent)


def imported(home: Path, table: Path, *arguments: str) -> tuple[int, dict[str, object]]:
    """Run `import` with a result as JSON and return the exit code and the result."""
    code, out, told = call(
        home, "import", "people.customer", str(table), "--json", "--language", "en", *arguments
    )
    assert out, told
    return code, json.loads(out)


def test_a_table_is_checked_and_then_imported(tmp_path: Path) -> None:
    home, table = tmp_path / "home", tmp_path / "顾客.csv"
    table.write_bytes("姓名,手机\n王芳,13800138000\n李雷,1.38E+10\n".encode("gb18030"))

    looked = imported(home, table, "--dry-run")
    nothing = count_customers(home / "kebu.db")
    none = imported(home, table, "--mode", "all")
    still_nothing = count_customers(home / "kebu.db")
    done = imported(home, table)
    again = imported(home, table)

    reason = looked[1]["rows"][0]["reasons"][0]  # type: ignore[index]
    assert list(looked[1]) == ["insert", "update", "same", "refused", "rows"]
    assert {**looked[1], "rows": 0} == {"insert": 1, "update": 0, "same": 0, "refused": 1, "rows": 0}
    assert looked[1]["rows"] == [{"row": 3, "reasons": [reason]}] and "digits are lost" in reason
    assert (nothing, still_nothing, count_customers(home / "kebu.db")) == (0, 0, 1)
    assert (none[1]["insert"], done[1]["insert"], again[1]["insert"], again[1]["same"]) == (0, 1, 0, 1)
    assert [code for code, _result in (looked, none, done, again)] == [1, 1, 1, 1]
    assert not list((home / "imports").iterdir())


def test_a_map_file_and_a_key_settle_what_the_columns_do_not(tmp_path: Path) -> None:
    home, table, mapping = tmp_path / "home", tmp_path / "t.csv", tmp_path / "map.json"
    table.write_text("a,b,c\n王芳,3/4/1990,13800138000\n", encoding="utf-8")
    columns = {"a": "name", "b": {"field": "birth_date", "dates": "day_first"}, "c": "phone"}
    mapping.write_text(json.dumps({"columns": columns, "key": "phone"}), encoding="utf-8")

    code, result = imported(home, table, "--map", str(mapping))
    again = imported(home, table, "--map", str(mapping), "--key", "none")

    assert (code, result["insert"]) == (0, 1)
    assert again[1]["insert"] == 1


def test_an_import_that_can_not_begin_is_told_in_one_line(tmp_path: Path) -> None:
    home, table = tmp_path / "home", tmp_path / "t.csv"
    table.write_text("姓名\n王芳\n", encoding="utf-8")

    assert "can be imported" in failure(call(home, "import", "people.nobody", str(table)))
    no_column = call(home, "import", "people.customer", str(table), "--key", "phone", "--language", "en")
    assert "No column holds" in failure(no_column)
    assert "missing.csv" in failure(call(home, "import", "people.customer", str(tmp_path / "missing.csv")))
    table.write_bytes(b"%PDF-1.7")
    assert "no table" in failure(call(home, "import", "people.customer", str(table), "--language", "en"))
