"""What a column's values tell of a person, passwords, and the forms of addresses and numbers."""

from __future__ import annotations

import re

from app.adoption.proposing.dictionary import has_han
from app.adoption.proposing.results import Form, Personal, Proposed
from app.adoption.proposing.seeing import SeenColumn

_SECRET_ZH = re.compile(r"密码|口令|密钥")
_SECRET_WORDS = frozenset({"password", "passwd", "pwd", "secret", "salt", "passwordhash", "token", "apikey"})
_SECRET_PAIRS = frozenset({("session", "key"), ("private", "key"), ("api", "key"), ("secret", "key")})

_IDENTITY = re.compile(
    r"姓名|昵称|用户名$|用户帐号$|身份证|护照号?|生日|出生|年龄$|医保(卡)?号|社保(卡)?号|保险号"
    r"|(收货|收件|联系|举报|参保|投保|寄件|付款)人(名称)?$|患者$|^名$|^姓$|^姓氏$|(会员|客户|顾客|用户)(名称?|名字)$|性别$"
)
# People at work who are named with what they did: colleagues, not the shop's customers.
_AT_WORK = re.compile(r"医生|药师|兽医|美容师|店员|操作|处理|审核|审方|经办|收银|创建|修改|更新|销售员|负责")
_ABOUT_ANIMALS = re.compile(r"性别$|生日|出生|年龄$")
_HEALTH = re.compile(r"过敏|疾?病(?!毒)|诊断|症状|血型|处方图|孕|体检|禁忌|健康")
_FINANCIAL = re.compile(r"银行|信用卡|余额$|工资|薪|储值|收入水平|账号$|账户$")
_CONTACT = re.compile(
    r"电话|手机|邮箱|邮件|微信(号|账号|昵称|登录)?((?i:openid|unionid))?$|QQ|传真|邮编|邮政编码|联系方式|(?<!链接)(?<!图片)(?<!网络)(?<!IP)(?<!ip)地址$|住址|分机号码"
)
_ADDRESS_PART = re.compile(
    r"^(账单|收货人?|发货|所在|所做|居住)?(国家|省份?|城市|市|州|区县?|县|地区|街道)(/直辖市)?$"
)
_ADDRESS = re.compile(r"地址(\(.*\))?$|住址")
_GEOGRAPHY = re.compile(r"^(国家|省份?|城市|地区|区域|区县|销售区域)")
_FORMS: tuple[tuple[Form, re.Pattern[str]], ...] = (
    ("email", re.compile(r"邮箱|电子邮件")),
    ("phone", re.compile(r"电话|手机|传真")),
    ("url", re.compile(r"网址|链接|主页|(?i:url)$")),
)
_EMAIL_VALUE = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


def secret_of(column: SeenColumn) -> Proposed[bool]:
    """Return whether the column keeps a password or key, which nobody may read."""
    if _SECRET_ZH.search(column.label):
        return Proposed(True, 0.98, "comment")
    words = set(column.words) | {column.name.lower()}
    if words & _SECRET_WORDS or column.words[-2:] in _SECRET_PAIRS or _SECRET_ZH.search(column.named):
        return Proposed(True, 0.95, "name")
    return Proposed(False)


def form_of(column: SeenColumn) -> Proposed[Form]:
    """Return whether texts are mail addresses, telephone numbers or links; mail is known by its look too."""
    if not column.is_text:
        return Proposed("")
    for form, pattern in _FORMS:
        for text, origin in ((column.label, "comment"), (column.named, "name")):
            if pattern.search(text):
                return Proposed(form, 0.9, "comment" if origin == "comment" else "name")
    texts = [value for value in column.values if isinstance(value, str)]
    if texts and all(_EMAIL_VALUE.match(text) for text in texts):
        return Proposed("email", 0.7, "sample")
    return Proposed("")


def personal_of(column: SeenColumn, *, is_image: bool = False, is_stamp: bool = False) -> Proposed[Personal]:
    """Return the class of personal data, '' where values tell nothing of a person."""
    asks = column.label.startswith(("是否", "有无"))
    if secret_of(column).value or is_stamp or asks or column.link is not None:
        return Proposed("")
    for text, sure in ((column.label, 0.9), (column.named, 0.8)):
        if text and (found := _class_of(column, text, is_image=is_image)):
            return Proposed(found, sure, "comment" if text is column.label else "name")
        if has_han(text):
            break
    if column.table.is_of_people and column.words == ("name",):
        return Proposed("identity", 0.8, "name")
    if form_of(column).value in ("email", "phone"):
        return Proposed("contact", 0.7, form_of(column).origin)
    return Proposed("")


def _class_of(column: SeenColumn, text: str, *, is_image: bool) -> Personal:
    if _HEALTH.search(text) and not column.table.is_of_pets and (column.is_text or is_image):
        return "health"
    if is_image:
        return ""
    if _FINANCIAL.search(text) and (column.is_text or column.is_number):
        return "financial"
    if _IDENTITY.search(text) and not _AT_WORK.search(text):
        return "" if column.table.is_of_pets and _ABOUT_ANIMALS.search(text) else "identity"
    return "contact" if column.is_text and _tells_where(column, text) else ""


def _tells_where(column: SeenColumn, text: str) -> bool:
    if _CONTACT.search(text) or column.words[-1:] == ("fax",):
        return not (column.table.is_of_branches and _ADDRESS.search(text))
    if not _ADDRESS_PART.match(text) or _GEOGRAPHY.match(column.table.zh) or column.table.is_of_branches:
        return False
    # “state” alone may be a status: only beside a city or an address it is a part of one.
    return column.words[-1:] != ("state",) or any(
        other is not column and other.words[-1:] in {("city",), ("address",)}
        for other in column.table.columns
    )
