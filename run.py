"""Starts Kebu: makes `.venv`, installs the locked packages into it and hands over to the command line.

Only the standard library is used, and only syntax that Python 3.7 can read, so that a Python which is
too old or too new gets a sentence instead of a traceback.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Dict, Iterator, List, Optional, Sequence, Tuple

ROOT = Path(__file__).resolve().parent
SUPPORTED = ((3, 11), (3, 12), (3, 13))
# In the order in which they are installed: the first brings what installs the others.
BUILDING = "requirements-build.lock"
RUNTIME = "requirements.lock"
TESTING = "requirements-test.lock"
STAMP = "kebu-stamp.json"
UNFINISHED = "kebu-unfinished"
LOG = "setup.log"
PATH_VARIABLES = ("KEBU_HOME", "KEBU_WHEELS", "KEBU_TEST_DATA")
EXIT_KNOWN_FAILURE = 2
EXIT_INTERRUPTED = 130


class SetupError(Exception):
    """A known reason why Kebu cannot be set up, told in one line."""


def main(arguments: Sequence[str]) -> int:
    """Set Kebu up where needed, run the verb, and return its exit code (2 for a known failure)."""
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show Chinese must show "?" and go on.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")
    try:
        refuse_unsupported_python(sys.version_info[:2])
        environment = with_absolute_paths(os.environ)
        wanted = [BUILDING, RUNTIME, *([TESTING] if list(arguments[:1]) == ["test"] else [])]
        python = prepare(ROOT, wanted, environment.get("KEBU_WHEELS", ""))
    except SetupError as error:
        say(f"Kebu: {error}")
        return EXIT_KNOWN_FAILURE
    except KeyboardInterrupt:
        say("Kebu: stopped; the next start sets up afresh. / 已中止，下次启动会重新准备。")
        return EXIT_INTERRUPTED
    return hand_over([str(python), "-m", "app.cli", *arguments], environment)


def say(line: str) -> None:
    """Print one line for the person, apart from the verb's own output."""
    print(line, file=sys.stderr, flush=True)


def refuse_unsupported_python(version: Tuple[int, ...]) -> None:
    """Raise SetupError unless `version` (major, minor) is one that Kebu is tested on."""
    if tuple(version) in SUPPORTED:
        return
    found = ".".join(str(part) for part in version)
    raise SetupError(
        f"needs Python 3.11, 3.12 or 3.13, this is {found}; start it with one of those, for example "
        f"`python3.12 run.py`. / 需要 Python 3.11、3.12 或 3.13，当前为 {found}。"
    )


def with_absolute_paths(environ: Any) -> Dict[str, str]:
    """Return the environment with Kebu's folders made absolute, because the verb runs in another folder."""
    environment = dict(environ)
    for name in PATH_VARIABLES:
        if environment.get(name):
            environment[name] = str(Path(environment[name]).expanduser().absolute())
    return environment


# --- The virtual environment ---------------------------------------------------------------------


def prepare(root: Path, wanted: Sequence[str], wheels: str) -> Path:
    """Return the Python of `root/.venv`, with every lock file in `wanted` installed.

    Raises SetupError. Installs nothing, and needs no right to write, when all is in place already.
    """
    venv = root / ".venv"
    target = describe(root, wanted, wheels)
    if missing(venv, target) == []:
        return interpreter(venv)
    try:
        with sole_installer(root / ".venv.lock") as lock:
            lacking = missing(venv, target)
            if lacking != []:
                install(root, venv, target, lacking, lock)
    except OSError as error:
        raise SetupError(
            f"cannot write to {error.filename or root} ({error.strerror}); make the folder writable or copy "
            f"Kebu to one that is. / 无法写入该文件夹。"
        ) from error
    return interpreter(venv)


def interpreter(venv: Path) -> Path:
    """Return where the Python of a virtual environment stands on this system."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def describe(root: Path, wanted: Sequence[str], wheels: str) -> Dict[str, Any]:
    """Return what an up-to-date environment would be made of: Python, files by content, wheel folder."""
    if wheels and not Path(wheels).is_dir():
        raise SetupError(
            f"KEBU_WHEELS names {wheels}, which is not a folder. / KEBU_WHEELS 指向的文件夹不存在。"
        )
    absent = [name for name in wanted if not (root / name).is_file()]
    if absent:
        raise SetupError(
            f"{root / absent[0]} is missing; this copy of Kebu is incomplete. / 文件缺失，程序不完整。"
        )
    files = {name: hashlib.sha256((root / name).read_bytes()).hexdigest() for name in wanted}
    return {"python": list(sys.version_info[:2]), "files": files, "wheels": wheels}


def missing(venv: Path, target: Dict[str, Any]) -> Optional[List[str]]:
    """Return the lock files still to install, or None when only a clean start will do.

    A folder of wheels counts only when one is named now: a shop that installed from a stick must
    start tomorrow without it.
    """
    stamp = read_stamp(venv)
    if stamp is None or stamp["python"] != target["python"]:
        return None
    if target["wheels"] and stamp["wheels"] != target["wheels"]:
        return None
    installed = stamp["files"]
    if any(installed.get(name, content) != content for name, content in target["files"].items()):
        return None
    return [name for name in target["files"] if name not in installed]


def read_stamp(venv: Path) -> Optional[Dict[str, Any]]:
    """Return what the finished environment was made of; None when it is unfinished, damaged or absent."""
    if (venv / UNFINISHED).exists() or not interpreter(venv).exists():
        return None
    try:
        stamp = json.loads((venv / STAMP).read_text(encoding="utf-8"))
        return {"python": stamp["python"], "files": dict(stamp["files"]), "wheels": stamp["wheels"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def install(
    root: Path, venv: Path, target: Dict[str, Any], lacking: Optional[List[str]], lock: IO[bytes]
) -> None:
    """Bring the environment to `target`; whatever stops it, the next start begins cleanly.

    The mark "unfinished" stands from the first write to the last, so a kill at any moment is noticed.
    """
    clean = lacking is None
    say(
        "Setting up Kebu (first start only, a few minutes) … / 正在准备客簿（仅首次启动，约需几分钟）…"
        if clean
        else "Adding packages for the tests … / 正在安装测试所需的软件包…"
    )
    before = None if clean else read_stamp(venv)
    if clean:
        empty(venv)
    venv.mkdir(exist_ok=True)
    (venv / UNFINISHED).touch()
    with open(venv / LOG, "ab") as log:
        if clean:
            make_environment(venv, log, lock)
        files = list(target["files"]) if lacking is None else lacking
        install_packages(root, venv, files, target["wheels"], log, lock)
    stamp = dict(target)
    if before:
        stamp.update(
            files={**before["files"], **target["files"]}, wheels=target["wheels"] or before["wheels"]
        )
    temporary = venv / (STAMP + ".new")
    temporary.write_text(json.dumps(stamp), encoding="utf-8")
    os.replace(str(temporary), str(venv / STAMP))
    (venv / UNFINISHED).unlink()


def empty(venv: Path) -> None:
    """Delete what the environment holds, but never the contents of a folder that is not an environment."""
    if not venv.exists():
        return
    if not venv.is_dir():
        raise SetupError(
            f"{venv} is not a folder; move it away and start again. / {venv} 不是文件夹，请移走后重试。"
        )
    names = {entry.name for entry in venv.iterdir()}
    if names and not names & {"pyvenv.cfg", STAMP, UNFINISHED}:
        raise SetupError(
            f"{venv} is not a virtual environment; move it away and start again. / "
            f"该文件夹不是虚拟环境，请移走后重试。"
        )
    (venv / UNFINISHED).touch()
    for entry in venv.iterdir():
        if entry.name == UNFINISHED:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(str(entry))
        else:
            entry.unlink()


def make_environment(venv: Path, log: IO[bytes], lock: IO[bytes]) -> None:
    """Make an empty virtual environment with pip in it; raise SetupError when this Python cannot."""
    # Not sys.executable: it may be the very Python that was just deleted.
    base = getattr(sys, "_base_executable", sys.executable)
    if run_logged([base, "-m", "venv", str(venv)], log, lock) == 0:
        return
    if b"ensurepip" in (venv / LOG).read_bytes():
        version = ".".join(str(part) for part in sys.version_info[:2])
        raise SetupError(
            f"this Python has no venv module; install it (on Debian and Ubuntu: python{version}-venv). "
            f"Details: {venv / LOG} / 当前 Python 缺少 venv 模块。"
        )
    raise SetupError(f"could not make {venv}; details: {venv / LOG} / 无法创建虚拟环境，详见该日志。")


def install_packages(
    root: Path, venv: Path, files: Sequence[str], wheels: str, log: IO[bytes], lock: IO[bytes]
) -> None:
    """Install lock files with pip, whose words go to the log; raise SetupError when it fails.

    Nothing gets in whose bytes the locks don't name, nor a package that they leave out: source is built
    by the locked setuptools, never by one that pip would fetch for the purpose.
    """
    command = [str(interpreter(venv)), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    command += ["--require-hashes", "--no-build-isolation", "--progress-bar", "off"]
    if wheels:
        command += ["--no-index", "--find-links", wheels]
    for name in files:
        start = log.tell()
        if run_logged([*command, "--requirement", str(root / name)], log, lock) != 0:
            words = (venv / LOG).read_bytes()[start:]
            raise SetupError(why_pip_failed(words, name, wheels, venv / LOG))


def why_pip_failed(words: bytes, file: str, wheels: str, log: Path) -> str:
    """Return one line that says what to do, judged by what pip wrote while it installed a lock file."""
    if b"No space left on device" in words:
        return f"the disk is full; details: {log} / 磁盘已满，详见该日志。"
    refused = DIFFERING.search(words)
    if refused:
        name = refused.group(1).decode("utf-8", "replace")
        return (
            f"the file offered for {name} is not the one that {file} names: it was damaged or replaced, so it "
            f"was not installed; get it anew. Details: {log} / 软件包与锁定的校验值不符，未安装，请重新获取。"
        )
    if any(sign in words for sign in NOT_LOCKED_SIGNS):
        return (
            f"{file} lacks a package or its hash, so nothing was installed from it; put the original file back, "
            f"or renew it with .ci/lock. Details: {log} / 锁定文件缺少软件包或校验值，未安装。"
        )
    if wheels:
        return (
            f"the wheel folder {wheels} lacks a package that Kebu needs, or has it for another Python; "
            f"details: {log} / 离线包文件夹缺少所需的软件包，详见该日志。"
        )
    if any(sign in words for sign in NO_INDEX_SIGNS):
        return (
            f"no package index can be reached; connect to the internet, set PIP_INDEX_URL to a mirror, or "
            f"set KEBU_WHEELS to a folder of wheels; details: {log} / "
            f"无法连接软件包源，请联网、设置镜像或用 KEBU_WHEELS 指定离线包。"
        )
    return f"a package could not be installed; details: {log} / 软件包安装失败，详见该日志。"


DIFFERING = re.compile(rb"^ +([^\s=]+==[^\s:;]+)[^\n]*:\r?\n +Expected sha256", re.MULTILINE)
NOT_LOCKED_SIGNS = (
    b"all requirements must have their versions pinned",
    b"Hashes are required in --require-hashes mode",
)
NO_INDEX_SIGNS = (
    b"connection broken",
    b"NewConnectionError",
    b"Max retries exceeded",
    b"ConnectTimeout",
    b"ProxyError",
    b"(from versions: none)",
)


def run_logged(command: Sequence[str], log: IO[bytes], lock: IO[bytes]) -> int:
    """Run a command with its output in the log and return its exit code.

    The child inherits the lock: should this process be killed, nobody else may touch the
    environment until the orphan has ended too.
    """
    log.write(("$ " + " ".join(command) + "\n").encode("utf-8", "replace"))
    log.flush()
    os.set_inheritable(lock.fileno(), True)
    environment = dict(os.environ, PIP_USER="0", PYTHONIOENCODING="utf-8")
    return subprocess.call(
        list(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log, close_fds=False, env=environment
    )


@contextmanager
def sole_installer(path: Path) -> Iterator[IO[bytes]]:
    """Hold the installation lock; the system releases it when its holders end, however they end."""
    with open(path, "a+b") as lock:
        if not try_lock(lock):
            say("Another start is setting Kebu up; waiting for it … / 另一个启动正在准备，请稍候…")
            wait_for_lock(lock)
        yield lock


if os.name == "nt":
    import msvcrt

    def try_lock(lock: IO[bytes]) -> bool:
        """Take the lock when it is free and say whether it was."""
        lock.seek(0)
        try:
            msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True

    def wait_for_lock(lock: IO[bytes]) -> None:
        """Take the lock as soon as it is free; the system asks ten times, a second apart, then gives up."""
        while True:
            lock.seek(0)
            try:
                msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
            except OSError:
                continue
            return
else:
    import fcntl

    def try_lock(lock: IO[bytes]) -> bool:
        """Take the lock when it is free and say whether it was."""
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def wait_for_lock(lock: IO[bytes]) -> None:
        """Take the lock as soon as it is free."""
        fcntl.flock(lock, fcntl.LOCK_EX)


# --- The verb ------------------------------------------------------------------------------------


def hand_over(command: Sequence[str], environment: Dict[str, str]) -> int:
    """Run the verb in the environment's Python and return its exit code, passing signals on."""
    relay = Relay()
    signal.signal(signal.SIGTERM, relay.pass_on)
    # A terminal sends Ctrl-C to the child as well; without one, nobody else would tell it. Never
    # "ignore": the child would inherit that.
    alone = os.name != "nt" and not (sys.stdin and sys.stdin.isatty())
    signal.signal(signal.SIGINT, relay.pass_on if alone else relay.leave)
    code = relay.watch(subprocess.Popen(list(command), cwd=str(ROOT), env=environment))
    return code if code >= 0 else 128 - code


class Relay:
    """Passes signals on to the running verb, also one that came before the verb had started."""

    def __init__(self) -> None:
        """Begin without a child and without a waiting signal."""
        self.child: Optional[Any] = None
        self.waiting: List[int] = []

    def pass_on(self, number: int, _frame: Any) -> None:
        """Send the signal to the child, now or when it has started."""
        if self.child is None:
            self.waiting.append(number)
        elif self.child.poll() is None:
            self.child.send_signal(number)

    def leave(self, number: int, _frame: Any) -> None:
        """Do nothing, for the child has received the signal itself."""

    def watch(self, child: Any) -> int:
        """Return the exit code of the child once it has ended."""
        self.child = child
        for number in self.waiting:
            child.send_signal(number)
        return int(child.wait())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
