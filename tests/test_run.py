"""run.py: one command on a bare Python makes the environment, once, whatever interrupts it."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import run
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[1]
VERB = """
import json, os, signal, sys, time
if sys.argv[1] == "wait":
    try:
        print("waiting", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        sys.exit(7)
import tiny
print(json.dumps([sys.argv[1:], os.getcwd(), os.environ.get("KEBU_HOME"), tiny.WORD, sys.prefix]))
sys.exit(5)
"""


def make_wheel(folder: Path, name: str, version: str, word: str, needs: str = "") -> Path:
    """Put a wheel with one module into a folder."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    information = f"{name}-{version}.dist-info"
    required = f"Requires-Dist: {needs}\n" if needs else ""
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", f"WORD = {word!r}\n")
        wheel.writestr(
            f"{information}/METADATA",
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{required}",
        )
        wheel.writestr(
            f"{information}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr(f"{information}/RECORD", f"{name}.py,,\n")
    return path


def locked(wheel: Path) -> str:
    """Return a wheel's line in a lock."""
    name, version, *_tags = wheel.name.split("-")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def heed_interrupts() -> None:
    """Let SIGINT do its usual work in the process that is about to begin."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Copy:
    """A copy of run.py beside tiny locks and a verb that tells how it was called."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.wheels = root / "wheels"
        (root / "app").mkdir(parents=True)
        shutil.copy(ROOT / "run.py", root)
        (root / "app" / "__init__.py").touch()
        (root / "app" / "cli.py").write_text(VERB, encoding="utf-8")
        self.first = make_wheel(self.wheels, "tiny", "1.0", "first")
        self.second = make_wheel(self.wheels, "tiny", "2.0", "second")
        self.lock("requirements-build.lock", locked(make_wheel(self.wheels, "tool", "1.0", "tool")))
        self.lock("requirements.lock", locked(self.first))
        probe = locked(make_wheel(self.wheels, "probe", "1.0", "probe"))
        self.lock("requirements-test.lock", "-r requirements.lock\n" + probe)

    def lock(self, name: str, content: str) -> None:
        (self.root / name).write_text(content, encoding="utf-8")

    @property
    def log(self) -> Path:
        return self.root / ".venv" / "setup.log"

    def environment(self, **more: str) -> dict[str, str]:
        mine = {name: value for name, value in os.environ.items() if not name.startswith(("KEBU_", "PIP_"))}
        return {**mine, "KEBU_WHEELS": str(self.wheels), "PIP_CONFIG_FILE": os.devnull, **more}

    def begin(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(self.root / "run.py"), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=self.environment(**more),
            cwd=self.root.parent,
            # Tests started in the background inherit that Ctrl-C is ignored; a person's terminal does not.
            preexec_fn=heed_interrupts if os.name == "posix" else None,  # noqa: PLW1509 - no threads here
        )

    def run(self, *arguments: str, **more: str) -> tuple[int, str, str]:
        with self.begin(*arguments, **more) as process:
            out, err = process.communicate(timeout=120)
        return process.returncode, out, err


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path / "with space 客簿")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    made = Copy(tmp_path_factory.mktemp("installed") / "kebu")
    assert made.run("demo")[0] == 5
    return made


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[Any]) -> None:
    """Wait until something is so; fail when the process ends first or a minute passes."""
    wait_until(lambda: process.poll() is not None or condition())
    assert process.poll() is None, process.communicate()


def one_line(err: str) -> str:
    """Return the error's only line."""
    lines = [line for line in err.splitlines() if not line.startswith("Setting up Kebu")]
    assert len(lines) == 1, err
    return lines[0]


def test_the_first_start_installs_and_hands_over_and_the_second_only_hands_over(copy: Copy) -> None:
    first = copy.run("demo", "--port", "8081", KEBU_HOME="shop")
    log = copy.log.read_bytes()
    second = copy.run("demo")

    told = json.loads(first[1])
    assert first[0] == second[0] == 5
    assert told[0] == ["demo", "--port", "8081"]
    assert told[1] == str(copy.root)
    assert told[2] == str(copy.root.parent / "shop"), "a relative home is meant from where the person stands"
    assert told[3] == "first"
    assert Path(told[4]) == copy.root / ".venv"
    assert first[2].count("Setting up Kebu") == 1
    assert second[2] == ""
    assert copy.log.read_bytes() == log, "pip must not run again"


def test_a_shop_installed_from_a_stick_starts_without_it(installed: Copy) -> None:
    code, _out, err = installed.run("demo", KEBU_WHEELS="", PIP_INDEX_URL="http://127.0.0.1:1/simple")

    assert (code, err) == (5, "")


def test_a_changed_lock_makes_a_clean_environment(copy: Copy) -> None:
    copy.run("demo")
    (copy.root / ".venv" / "leftover").touch()
    copy.lock("requirements.lock", locked(copy.second))

    code, out, _err = copy.run("demo")

    assert code == 5
    assert json.loads(out)[3] == "second"
    assert not (copy.root / ".venv" / "leftover").exists()


def test_the_tests_packages_are_added_once_and_kept(installed: Copy) -> None:
    first = installed.run("test", "-k", "name")
    log = installed.log.read_bytes()
    later = [installed.run("demo"), installed.run("test")]

    assert json.loads(first[1])[0] == ["test", "-k", "name"]
    assert "Adding packages for the tests" in first[2]
    assert [err for _code, _out, err in later] == ["", ""]
    assert installed.log.read_bytes() == log
    python = run.interpreter(installed.root / ".venv")
    assert subprocess.run([python, "-c", "import probe"], check=False).returncode == 0


def test_an_install_killed_halfway_is_begun_anew(copy: Copy) -> None:
    venv = copy.root / ".venv"
    process = copy.begin("demo")
    wait_for((venv / "pyvenv.cfg").exists, process)
    process.kill()
    process.communicate()
    assert (venv / run.UNFINISHED).exists()
    (venv / "half").mkdir()
    (venv / "half" / "written").touch()

    code, out, err = copy.run("demo")

    assert code == 5
    assert json.loads(out)[3] == "first"
    assert "Setting up Kebu" in err
    assert not (venv / "half").exists()
    assert not (venv / run.UNFINISHED).exists()


def test_two_first_starts_at_once_install_once(copy: Copy) -> None:
    processes = [copy.begin("demo"), copy.begin("demo")]

    results = [(*process.communicate(timeout=120), process.returncode) for process in processes]

    assert [code for _out, _err, code in results] == [5, 5]
    assert copy.log.read_text(encoding="utf-8").count("-m pip install") == 2, "once for each lock"
    assert sum(err.count("Setting up Kebu") for _out, err, _code in results) == 1


def test_a_wheel_folder_without_the_packages_is_told_in_one_line(copy: Copy) -> None:
    for wheel in copy.wheels.glob("tiny-*"):
        wheel.unlink()

    code, _out, err = copy.run("demo")

    assert code == 2
    assert "lacks a package" in one_line(err)
    assert str(copy.log) in err
    assert "tiny" in copy.log.read_text(encoding="utf-8")


def test_a_wheel_that_is_not_the_locked_one_is_refused_by_name(copy: Copy) -> None:
    make_wheel(copy.wheels, "tiny", "1.0", "replaced")

    code, out, err = copy.run("demo")

    assert (code, out) == (2, "")
    assert "tiny==1.0 is not the one that requirements.lock names" in one_line(err)
    assert not list((copy.root / ".venv").rglob("tiny.py")), "nothing of it may be installed"


def test_a_package_that_the_lock_leaves_out_is_refused_though_the_folder_has_it(copy: Copy) -> None:
    needing = make_wheel(copy.wheels, "tiny", "3.0", "third", needs="stranger")
    make_wheel(copy.wheels, "stranger", "1.0", "stranger")
    copy.lock("requirements.lock", locked(needing))

    code, out, err = copy.run("demo")

    assert (code, out) == (2, "")
    assert "requirements.lock lacks a package or its hash" in one_line(err)
    assert not list((copy.root / ".venv").rglob("stranger.py"))


@pytest.mark.parametrize("pin", ["tiny==1.0\n", "tiny\n"])
def test_a_lock_without_hashes_installs_nothing(copy: Copy, pin: str) -> None:
    copy.lock("requirements.lock", pin)

    code, out, err = copy.run("demo")

    assert (code, out) == (2, "")
    assert "requirements.lock lacks a package or its hash" in one_line(err)
    assert not list((copy.root / ".venv").rglob("tiny.py"))


@pytest.mark.parametrize(("verb", "name", "lock"), [("demo", "tool", "build"), ("test", "probe", "test")])
def test_the_other_locks_are_followed_as_well(copy: Copy, verb: str, name: str, lock: str) -> None:
    make_wheel(copy.wheels, name, "1.0", "replaced")

    code, out, err = copy.run(verb)

    assert (code, out) == (2, "")
    assert f"{name}==1.0 is not the one that requirements-{lock}.lock names" in one_line(err)


def test_no_package_index_is_told_in_one_line_that_names_the_way_out(copy: Copy) -> None:
    code, _out, err = copy.run(
        "demo",
        KEBU_WHEELS="",
        PIP_INDEX_URL="http://127.0.0.1:1/simple",
        PIP_RETRIES="0",
        PIP_NO_CACHE_DIR="1",
    )

    assert code == 2
    assert "no package index can be reached" in one_line(err)
    assert "KEBU_WHEELS" in err
    assert str(copy.log) in err


def test_after_a_failed_install_the_next_start_succeeds(copy: Copy) -> None:
    hidden = copy.wheels.rename(copy.root / "hidden")
    copy.wheels.mkdir()
    assert copy.run("demo")[0] == 2

    code, _out, _err = copy.run("demo", KEBU_WHEELS=str(hidden))

    assert code == 5


def test_a_missing_wheel_folder_is_told_in_one_line(copy: Copy) -> None:
    code, _out, err = copy.run("demo", KEBU_WHEELS=str(copy.root / "nowhere"))

    assert code == 2
    assert "is not a folder" in one_line(err)
    assert not (copy.root / ".venv").exists()


def test_a_folder_that_is_no_environment_is_never_emptied(copy: Copy) -> None:
    precious = copy.root / ".venv" / "precious.txt"
    precious.parent.mkdir()
    precious.write_text("mine", encoding="utf-8")

    code, _out, err = copy.run("demo")

    assert code == 2
    assert "is not a virtual environment" in one_line(err)
    assert precious.read_text(encoding="utf-8") == "mine"


def test_a_lock_that_cannot_be_opened_is_told_in_one_line(copy: Copy) -> None:
    (copy.root / ".venv.lock").mkdir()

    code, _out, err = copy.run("demo")

    assert code == 2
    assert "cannot write to" in one_line(err)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_folder_that_is_not_writable_is_told_in_one_line(copy: Copy) -> None:
    copy.root.chmod(0o500)
    try:
        code, _out, err = copy.run("demo")
    finally:
        copy.root.chmod(0o700)

    assert code == 2
    assert "cannot write to" in one_line(err)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 128 + 15), (signal.SIGINT, 7)])
def test_a_signal_reaches_the_verb_and_its_exit_code_comes_back(
    installed: Copy, number: int, code: int
) -> None:
    process = installed.begin("wait")
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"

    process.send_signal(number)
    process.communicate(timeout=30)

    assert process.returncode == code


@pytest.mark.parametrize("version", [(2, 7), (3, 8), (3, 10), (3, 14), (4, 0)])
def test_a_python_that_is_too_old_or_too_new_is_refused_by_number(version: tuple[int, int]) -> None:
    with pytest.raises(run.SetupError) as caught:
        run.refuse_unsupported_python(version)

    assert "3.11, 3.12 or 3.13" in str(caught.value)
    assert f"this is {version[0]}.{version[1]}" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_every_supported_python_is_let_in(version: tuple[int, int]) -> None:
    assert run.refuse_unsupported_python(version) is None


def test_an_old_python_can_read_run_py_to_say_that_it_is_too_old() -> None:
    source = (ROOT / "run.py").read_text(encoding="utf-8")

    tree = ast.parse(source, feature_version=(3, 7))

    imported = {
        node.names[0].name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import)
    }
    imported |= {
        str(node.module).partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
    }
    assert imported <= sys.stdlib_module_names
