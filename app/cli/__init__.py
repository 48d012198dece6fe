"""The command line: which verbs there are, and one line, never a traceback, when one fails."""

from __future__ import annotations

import argparse
import importlib
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import OperationalError

from app.core.errors import KebuError
from config import KnownFailure

PROFILES = ("petshop", "pharmacy", "retail", "salon", "general")
EXIT_KNOWN_FAILURE = 2
EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str]) -> int:
    """Run one verb and return its exit code: 0 for success, 2 for a known failure, told in one line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A console that cannot show Chinese must show "?" and go on.
            stream.reconfigure(errors="replace")
    parser = build_parser()
    # Whatever follows `test` is pytest's, also what looks like an option of ours.
    mine = list(arguments[:1]) if list(arguments[:1]) == ["test"] else list(arguments)
    options = parser.parse_args(mine)
    _require_one_wish(parser, options)
    options.extra = list(arguments[len(mine) :])
    try:
        # The one place where a module of ours is imported by name: `config` need not wait for the server's.
        return int(importlib.import_module(f"app.cli.{options.module}").run(options))
    except (KnownFailure, KebuError) as error:
        return fail(str(error))
    except OperationalError as error:
        # The driver's words may hold values of people's records; its kind of error says enough.
        return fail(
            f"The database failed in the middle of the work ({type(error.orig).__name__}); try again."
        )
    except (PermissionError, FileNotFoundError, NotADirectoryError, FileExistsError) as error:
        return fail(
            f"Cannot use {error.filename}: {error.strerror}. Check that the folder exists and is writable."
        )
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def fail(line: str) -> int:
    """Tell a known failure in one line and return its exit code."""
    print(f"Kebu: {' '.join(line.split())}", file=sys.stderr, flush=True)
    return EXIT_KNOWN_FAILURE


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of every verb; `module` names the module of this package that does the work."""
    parser = argparse.ArgumentParser(prog="run.py", description="Kebu, the customer book of a shop (客簿).")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, module: str, told: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=told, description=told, allow_abbrev=False)
        added.set_defaults(module=module)
        return added

    demo = verb("demo", "demo", "serve a sample shop (示例店)")
    demo.add_argument("--profile", choices=PROFILES, help="the kind of shop, petshop at first (行业模板)")
    demo.add_argument("--size", type=_size, help="small, large or a number of customers (顾客数)")
    demo.add_argument("--reset", action="store_true", help="delete this demo and begin anew (重置示例)")
    _add_listening(demo)
    code = verb("demo-code", "demo_code", "show the code that a sample account signs in with (示例店验证码)")
    code.add_argument("username", nargs="?", default="owner", help="the account, owner at first (账号)")
    _add_listening(verb("serve", "serve", "serve your shop (启动)"))
    worker = verb("worker", "worker", "run background jobs (后台任务)")
    worker.add_argument(
        "--beside", action="store_true", help="end when standard input ends; for serve and demo (内部使用)"
    )
    verb("messages", "messages", "show waiting messages that no server sends (查看待发消息)")
    verb("test", "checks", "run the tests; more arguments go to pytest (测试)")
    verb("migrate", "database", "bring the database up to date (升级数据库)")
    for name, told in (
        ("create-owner", "add an account with every right (新建店主)"),
        ("rescue-owner", "give an owner a new password and a new phone (重置店主密码和验证器)"),
    ):
        owner = verb(name, "owners", told)
        owner.add_argument("username", nargs="?", help="asked for when left out")
        owner.add_argument("--full-name", default="", help="the owner's name (姓名)")
        owner.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )
    _add_adopt(verb("adopt", "adopt", "look at a database that the shop already has (接入现有数据库)"))
    _add_import(verb("import", "importing", "make records of a table: XLSX or CSV (导入)"))
    _add_report(verb("report", "report", "add up the facts of a book: revenue and more (报表)"))
    journal = verb("journal", "journal", "prove that the journal is whole, or anchor its ends (变更记录)")
    journal.add_argument("action", choices=("verify", "anchor", "archive"))
    journal.add_argument(
        "--before", help="archive: entries before this day, such as 2024-01-01 (归档此日期之前)"
    )
    journal.add_argument("--go", action="store_true", help="archive: do it, after a look (执行归档)")
    journal.add_argument("--json", action="store_true", help="print the result as JSON (输出 JSON)")
    check = verb("check", "check", "say whether the shop is safe and well (体检)")
    check.add_argument("--json", action="store_true", help="print the result as JSON (输出 JSON)")
    check.add_argument("--full", action="store_true", help="walk the whole journal first (完整核对变更记录)")
    check.add_argument("--language", choices=("en", "zh"), help="the language of the sentences (语言)")
    check.add_argument(
        "--sbom", type=Path, metavar="FILE", help="only write the bill of materials, CycloneDX (软件物料清单)"
    )
    verb("routes", "inspection", "list every address the program answers (路由)")
    settings = verb("config", "inspection", "list every setting, its source and meaning (设置)")
    settings.add_argument("--language", choices=("en", "zh"), default="en")
    catalogues = verb("translations", "catalogues", "check or update the translations (翻译)")
    catalogues.add_argument("action", choices=("check", "update"))
    return parser


def _add_adopt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "url",
        nargs="?",
        metavar="URL",
        help="its address; - reads it from standard input, without one KEBU_ADOPT_URL is taken or you are asked; "
        "with --export the file to write, standard output at first (数据库地址；导出时为文件)",
    )
    parser.add_argument("--schema", help="only this schema of it (只看此 schema)")
    parser.add_argument("--read-only", action="store_true", help="nothing of it is to be edited (只读)")
    parser.add_argument("--name", help="what the shop calls it; without it the database's own name (名称)")
    wanted = parser.add_mutually_exclusive_group()
    wanted.add_argument(
        "--export", metavar="NAME", help="write what is said of an adopted database as YAML (导出说明文件)"
    )
    wanted.add_argument(
        "--verdict",
        action="store_true",
        help="say of every table whether it can be edited, and why (逐表给出结论)",
    )
    wanted.add_argument(
        "--accept",
        action="store_true",
        help="make screens for all of its tables, with everything as proposed (全部按建议接入)",
    )
    parser.add_argument(
        "--import",
        type=Path,
        metavar="FILE",
        dest="import_file",
        help="take such a file in; with --accept its word counts more than what is proposed (导入说明文件)",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="--import: only say what would change (只预览)"
    )
    parser.add_argument(
        "--skip-unknown", action="store_true", help="--import: leave out what is not there (跳过未知项)"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON (输出 JSON)")
    parser.add_argument("--language", choices=("en", "zh"), help="the language of the reasons (语言)")


def _require_one_wish(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End with how the verb is called where `adopt` is told nothing to do, or two things that don't go together."""
    if options.verb != "adopt":
        return
    if not (options.export or options.verdict or options.accept or options.import_file):
        parser.error("one of the arguments --verdict --accept --export --import is required")
    if options.import_file and (options.export or options.verdict):
        parser.error("--import goes alone or with --accept")
    if options.accept and options.dry_run:
        parser.error("--dry-run goes with --import alone")


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "screen", metavar="slice.noun", help="what the rows are, such as people.customer (导入到)"
    )
    parser.add_argument("file", type=Path, help="the table (文件)")
    parser.add_argument("--map", type=Path, help="a JSON file: which column fills which field (列对应)")
    parser.add_argument(
        "--key", help="the field by which present records are found; none adds always (匹配字段)"
    )
    parser.add_argument(
        "--mode", choices=("accepted", "all"), default="accepted", help="what refused rows mean (方式)"
    )
    parser.add_argument("--dry-run", action="store_true", help="only check (只检查)")
    parser.add_argument("--json", action="store_true", help="print the result as JSON (输出 JSON)")
    parser.add_argument(
        "--language", choices=("en", "zh"), help="the language of reasons, the shop's at first (语言)"
    )


def _add_report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="the report, such as revenue (报表名称)")
    parser.add_argument("--list", action="store_true", help="name all reports with their formulas (列出全部)")
    parser.add_argument(
        "--source", default="kebu", help="the book: kebu or an adopted database's code (数据来源)"
    )
    parser.add_argument("--from", dest="since", metavar="DAY", help="the first day, such as 2024-01-01 (起)")
    parser.add_argument("--to", dest="until", metavar="DAY", help="the last day, included (止)")
    parser.add_argument("--asof", metavar="DAY", help="as it stood at the end of this day (截至)")
    parser.add_argument("--branch", default="", help="only this branch, by its key (分店)")
    parser.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the report (参数)"
    )
    parser.add_argument(
        "--format", choices=("json", "csv", "xlsx", "html"), help="of the answer, json at first (格式)"
    )
    parser.add_argument(
        "--language", choices=("en", "zh"), help="of heads and labels, the shop's at first (语言)"
    )


def _add_listening(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="the address to listen on, 127.0.0.1 at first (监听地址)")
    parser.add_argument("--port", type=int, help="the port, 8080 at first; 0 takes any free one (端口)")


def _size(text: str) -> str:
    if text in ("small", "large") or (text.isascii() and text.isdigit() and 1 <= int(text) <= 10_000_000):
        return text
    raise argparse.ArgumentTypeError("must be small, large or a number from 1 to 10000000")
