"""Shapes that differ in their names alone."""

from __future__ import annotations

from tests.adoption.zoo.building import NAME_LIMITS
from tests.adoption.zoo.shapes import Shape

RESERVED = Shape(
    "reserved words as names",
    """
    CREATE TABLE "order" ("select" INTEGER PRIMARY KEY, "from" VARCHAR(20), "group" INTEGER, "where" VARCHAR(20),
        "class" VARCHAR(20), "key" VARCHAR(20), "user" VARCHAR(20), "table" VARCHAR(20), "None" VARCHAR(20),
        "def" INTEGER);
    INSERT INTO "order" VALUES (1, 'here', 2, 'there', 'first', 'k', 'u', 't', 'n', 3);
    """,
    {"order": "editable"},
    keys={"order": ("select",)},
)
CHINESE = Shape(
    "Chinese names, with a space",
    """
    CREATE TABLE "会员等级" ("编号" INTEGER PRIMARY KEY, "等级 名称" VARCHAR(20), "折扣（％）" DECIMAL(5,2));
    CREATE TABLE "会员表" ("编号" INTEGER PRIMARY KEY, "姓名" VARCHAR(20), "会员等级编号" INTEGER);
    INSERT INTO "会员等级" VALUES (1, '金卡', 95.00), (2, '普通', NULL);
    INSERT INTO "会员表" VALUES (1, '王伟', 1), (2, '李娜', 2);
    """,
    {"会员等级": "editable", "会员表": "editable"},
)
DIGIT = Shape(
    "names that begin with a digit",
    """
    CREATE TABLE "72crm_customer" ("1st" INTEGER PRIMARY KEY, "2nd name" VARCHAR(20), "3" INTEGER);
    INSERT INTO "72crm_customer" VALUES (1, 'x', 3);
    """,
    {"72crm_customer": "editable"},
)
QUOTES = Shape(
    "quotes, spaces, percent signs, colons and slashes in names",
    """
    CREATE TABLE "say ""hi"" it's" ("the ""id"" of it" INTEGER PRIMARY KEY, "50% off" VARCHAR(20), "a:b" VARCHAR(20),
        "a/b\\c" VARCHAR(20), "a.b" VARCHAR(20), "a`b" VARCHAR(20), "(x)" INTEGER, "%(y)s" INTEGER, "?" INTEGER);
    CREATE TABLE "rate 100% :of {x}" ("id" INTEGER PRIMARY KEY, "[1]" INTEGER);
    CREATE TABLE "Order Details" ("Order ID" INTEGER NOT NULL, "Product-ID" INTEGER NOT NULL,
        "Unit Price" DECIMAL(10,4),
        PRIMARY KEY ("Order ID", "Product-ID"));
    INSERT INTO "say ""hi"" it's" VALUES (1, 'x', 'y', 'z', 'd', 'b', 1, 2, 3);
    INSERT INTO "rate 100% :of {x}" VALUES (1, 1);
    INSERT INTO "Order Details" VALUES (1, 2, 9.9900);
    """,
    {'say "hi" it\'s': "editable", "rate 100% :of {x}": "editable", "Order Details": "editable"},
)


def _long(limit: int) -> str:
    table, column = "t" * limit, "c" * limit
    return f"""
    CREATE TABLE "{table}" ("id" INTEGER PRIMARY KEY, "{column}" VARCHAR(20), "{column[:-1]}d" VARCHAR(20));
    CREATE TABLE "{table[:-1]}u" ("id" INTEGER PRIMARY KEY, "{column}" VARCHAR(20));
    INSERT INTO "{table}" VALUES (1, 'a', 'b');
    """


LONG = Shape(
    "names as long as they may be, that differ in the last letter",
    {backend: _long(limit) for backend, limit in NAME_LIMITS.items()},
    {},
    by_backend={
        backend: {"t" * limit: "editable", "t" * (limit - 1) + "u": "editable"}
        for backend, limit in NAME_LIMITS.items()
    },
)
OURS = Shape(
    "columns named like what a panel calls its own",
    """
    CREATE TABLE "product_attribute" ("attribute_no" INTEGER PRIMARY KEY, "id" VARCHAR(20), "type" INTEGER,
        "filter_type" INTEGER,
        "metadata" VARCHAR(20), "query" VARCHAR(20), "add" INTEGER, "edit" INTEGER, "delete" INTEGER,
        "registry" INTEGER,
        "csrf_token" VARCHAR(20), "version" INTEGER, "page" INTEGER, "next" VARCHAR(20), "q" VARCHAR(20),
        "self" INTEGER,
        "__class__" VARCHAR(20), "_state" INTEGER, "data" VARCHAR(20), "errors" VARCHAR(20), "validate" INTEGER);
    INSERT INTO "product_attribute" ("attribute_no", "id", "type", "filter_type", "add", "query") VALUES (1,
        'x', 0, 1, 4, 'q');
    """,
    {"product_attribute": "editable"},
    keys={"product_attribute": ("attribute_no",)},
)
CASES = Shape(
    "names in capitals and in mixed cases",
    """
    CREATE TABLE "OldCustomers" ("CustomerID" CHAR(5) NOT NULL PRIMARY KEY, "CompanyName" VARCHAR(40),
        "FAX" VARCHAR(24));
    INSERT INTO "OldCustomers" VALUES ('ALFKI', 'Alfreds Futterkiste', '030-0076545');
    """,
    {"OldCustomers": "editable"},
)
LIKE_OURS = Shape(
    "tables named like Kebu's own",
    """
    CREATE TABLE "people_customer" ("id" INTEGER PRIMARY KEY, "name" VARCHAR(20));
    CREATE TABLE "ab_user" ("id" INTEGER PRIMARY KEY, "username" VARCHAR(64));
    INSERT INTO "people_customer" VALUES (1, 'somebody else''s');
    """,
    {"people_customer": "editable", "ab_user": "editable"},
)

SHAPES = (RESERVED, CHINESE, DIGIT, QUOTES, LONG, OURS, CASES, LIKE_OURS)
