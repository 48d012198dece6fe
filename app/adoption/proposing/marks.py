"""What columns keep besides text and numbers: money, moments, pictures, who wrote a row and whether it is deleted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, Boolean, Float

from app.adoption.proposing.results import Choice, Epoch, Proposed, Stamp, Unit
from app.adoption.proposing.seeing import SeenColumn

_STAMPS: tuple[tuple[Stamp, frozenset[str]], ...] = (
    ("created_at", frozenset({"创建时间", "创建日期", "添加时间", "录入时间", "建档时间", "新增时间"})),
    (
        "changed_at",
        frozenset({"修改时间", "更新时间", "修改日期", "更新日期", "最后修改时间", "最后更新时间"}),
    ),
    ("created_by", frozenset({"创建人", "创建者", "录入人", "制单人"})),
    ("changed_by", frozenset({"修改人", "修改者", "更新人", "更新者"})),
)
_DELETED = frozenset({"是否删除", "删除状态", "删除标记", "删除标志", "逻辑删除", "软删除", "已删除"})
_ALIVE = re.compile(r"未|否|正常|有效|存在|\bno\b|\bnot\b|normal|active", re.IGNORECASE)
_YES_NO_WORDS = frozenset({"is", "has", "allow", "can", "need"})
_YES_NO_NAMES = frozenset({"discontinued", "enabled", "disabled", "active", "archived", "locked", "hidden"})

_MONEY_ZH = re.compile(
    r"(金额|价格?|运?费用?|货款|押金|定金|工资|薪水|余额|成本|总额|总计|合计|小计|房租|税额|营业额|毛利|利润)$"
)
_NO_MONEY_ZH = re.compile(r"(评价|免费|代价|消费|特价|收费)$")
_NUMBERS_ZH = re.compile(r"(数量|次数|人数|个数|件数|天数|积分|总数)$")
_MONEY_WORDS = frozenset({
    "price", "amount", "total", "fee", "cost", "balance", "freight", "salary", "wage", "money", "deposit",
    "subtotal", "revenue", "tax", "amt", "payment", "rent", "refund",
})  # fmt: skip
_MINOR = re.compile(
    r"单位\s*[:：为是]?\s*分|[（(\[]\s*(单位\s*[:：]?\s*)?分\s*[)）\]]|[，,；;]\s*分\s*$|\bcents?\b"
)
_MAJOR = re.compile(
    r"单位\s*[:：为是]?\s*元|[（(\[]\s*(单位\s*[:：]?\s*)?元\s*[)）\]]|[，,；;]\s*元\s*$|\bdollars?\b"
)
_MINOR_NAMES = frozenset({"fen", "cent", "cents"})

_TIME_ZH = re.compile(r"(时间|日期|时间戳)$")
_TIME_WORDS = frozenset({"time", "at", "date", "timestamp", "ts", "on"})
_DURATION = re.compile(r"[（(](分|天|分钟|小时|秒|日)[)）]")
_SECONDS = (10**8, 5 * 10**9)
_THOUSANDTHS = (10**11, 5 * 10**12)

_IMAGE_ZH = re.compile(r"图片|头像|照片|主图|大图|小图|图标|封面|画册|缩略图|(?i:logo)$")
_IMAGE_WORDS = frozenset({
    "pic", "pics", "picture", "pictures", "image", "images", "img", "imgs", "photo", "photos", "avatar", "icon",
    "logo", "thumb", "thumbnail", "cover", "headimg", "headimgurl",
})  # fmt: skip
_IMAGE_VALUE = re.compile(r"^(https?:)?//|[/\\]|\.(jpe?g|png|gif|webp|bmp|svg)\b", re.IGNORECASE)


def stamp_of(column: SeenColumn) -> Proposed[Stamp]:
    """Return whether the column says who made or changed a row, or when."""
    if column.sketch.renewed:
        return Proposed("changed_at", 0.9, "type")
    for stamp, names in _STAMPS:
        is_time = stamp.endswith("_at")
        if is_time and not (column.is_moment or column.is_whole):
            continue
        if column.named in names:
            return Proposed(stamp, 0.95, "name")
        if column.label in names:
            return Proposed(stamp, 0.9, "comment")
    return Proposed("")


def deleted_of(column: SeenColumn) -> Proposed[bool]:
    """Return whether the column marks rows as deleted that stay in the table."""
    if column.named in _DELETED:
        return Proposed(True, 0.95, "name")
    if column.label in _DELETED:
        return Proposed(True, 0.9, "comment")
    return Proposed(True, 0.9, "name") if column.named == "删除时间" and column.is_moment else Proposed(False)


def alive_value(column: SeenColumn, choices: tuple[Choice, ...]) -> str | None:
    """Return the code of rows that are not deleted; None where that is no value (a moment is empty then)."""
    if column.is_moment:
        return None
    meant = [choice.code for choice in choices if _ALIVE.search(choice.text)]
    if meant:
        return meant[0]
    stored = {str(value).upper() for value in column.values}
    return "N" if column.is_text and "N" in stored else "0"


def yes_no_of(column: SeenColumn, choices: tuple[Choice, ...]) -> Proposed[bool]:
    """Return whether the column keeps yes or no; codes that a comment explains say more and come first."""
    if choices or column.link is not None:
        return Proposed(False)
    if isinstance(column.sketch.type, Boolean):
        return Proposed(True, 1.0, "type")
    short = column.is_whole or column.is_text
    if not short or not _is_binary(column.values):
        return Proposed(False)
    if column.label.startswith(("是否", "有无")):
        return Proposed(True, 0.9, "comment")
    if column.named.startswith("是否") or deleted_of(column).value:
        return Proposed(True, 0.85, "name")
    if column.words[:1] and (column.words[0] in _YES_NO_WORDS or column.words[-1] in _YES_NO_NAMES):
        return Proposed(True, 0.8, "name")
    return Proposed(False)


def _is_binary(values: Iterable[Any]) -> bool:
    return {str(value).strip().upper() for value in values} <= {"0", "1", "Y", "N", "T", "F", "TRUE", "FALSE"}


def money_of(column: SeenColumn, usual: Unit = "") -> Proposed[Unit]:
    """Return the unit of an amount of money, '' for other columns.

    `usual` is the unit that comments name for whole numbers elsewhere in the database: they seldom mix.
    """
    if not column.is_number or column.link is not None or column.is_key:
        return Proposed("")
    comment, words = column.sketch.comment, column.words
    told: Unit = "minor" if _MINOR.search(comment) else "major" if _MAJOR.search(comment) else ""
    if words[-1:] and words[-1] in _MINOR_NAMES:
        return Proposed("minor", 0.95, "name")
    if _NUMBERS_ZH.search(column.label):
        return Proposed("")
    by_label, by_name = _means_money(column.label), _means_money(column.named)
    if not by_label and not by_name and not (words and words[-1] in _MONEY_WORDS and not column.label):
        said = bool(told) and _paid(column)
        return Proposed(told, 0.8, "comment") if said else Proposed("")
    if told:
        return Proposed(told, 0.95, "comment")
    if not column.is_whole:
        sure = 0.75 if isinstance(column.sketch.type, Float) else 0.9
        return Proposed("major", sure, "comment" if by_label else "name")
    if _counts(column):
        return Proposed("")
    # Nothing tells yuan from fen here: whoever accepts it looks at the preview's sum.
    return Proposed(usual, 0.6, "name") if usual else Proposed("major", 0.3, "name")


def _means_money(zh: str) -> bool:
    return bool(_MONEY_ZH.search(zh)) and not _NO_MONEY_ZH.search(zh)


def _paid(column: SeenColumn) -> bool:
    return bool(re.search(r"支付|付|收入|支出", column.zh)) or bool({"pay", "paid"} & set(column.words))


def _counts(column: SeenColumn) -> bool:
    return bool({"count", "num", "number", "limit", "point", "points"} & set(column.words))


def usual_unit(columns: Iterable[SeenColumn]) -> Unit:
    """Return in which unit comments say that whole numbers of money are kept, '' where none does."""
    told = [money_of(column) for column in columns if column.is_whole]
    units = [each.value for each in told if each.confidence > 0.5]
    minor, major = units.count("minor"), units.count("major")
    return "" if not minor and not major else "minor" if minor >= major else "major"


def epoch_of(column: SeenColumn) -> Proposed[Epoch]:
    """Return in which unit whole numbers count the time since 1970, '' where they are something else."""
    if not column.is_whole or column.link is not None or column.is_key:
        return Proposed("")
    comment = column.sketch.comment
    told = "时间戳" in comment or "timestamp" in comment.lower() or "unix" in comment.lower()
    named = bool(_TIME_ZH.search(column.zh)) or bool(column.words and column.words[-1] in _TIME_WORDS)
    if not told and not named:
        return Proposed("")
    numbers = [value for value in column.values if isinstance(value, int) and value > 0]
    for epoch, (low, high) in (("s", _SECONDS), ("ms", _THOUSANDTHS)):
        if numbers and all(low <= number <= high for number in numbers):
            return Proposed(_epoch(epoch), 0.95, "sample")
    if numbers or _DURATION.search(comment):
        return Proposed("")
    if told:
        return Proposed("ms" if "毫秒" in comment else "s", 0.8, "comment")
    sure = isinstance(column.sketch.type, BigInteger) or column.words[-1:] in {("time",), ("at",)}
    return Proposed("s", 0.5, "name") if sure else Proposed("")


def _epoch(text: str) -> Epoch:
    return "ms" if text == "ms" else "s"


def image_of(column: SeenColumn) -> Proposed[bool]:
    """Return whether the column keeps a picture or where it lies; sampled texts must look like addresses."""
    if not (column.is_text or column.is_binary):
        return Proposed(False)
    by_name = bool(_IMAGE_WORDS & set(column.words[-2:])) or bool(_IMAGE_ZH.search(column.named))
    by_label = bool(_IMAGE_ZH.search(column.label))
    if (not by_name and not by_label) or column.words[-1:] == ("count",):
        return Proposed(False)
    texts = [value for value in column.values if isinstance(value, str) and value]
    if texts and not any(_IMAGE_VALUE.search(text) for text in texts):
        return Proposed(False)
    if texts:
        return Proposed(True, 0.95, "sample")
    return Proposed(True, 0.8, "comment" if by_label else "name")
