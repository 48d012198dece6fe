"""Shapes that differ in how their rows are told apart, or can't be."""

from __future__ import annotations

from tests.adoption.zoo.shapes import Shape

NO_KEY = Shape(
    "no key",
    """
    CREATE TABLE "log_lines" ("at" «datetime», "line" TEXT);
    INSERT INTO "log_lines" VALUES ('2024-01-01 08:00:00', 'opened'), ('2024-01-01 08:00:00', 'opened');
    """,
    {"log_lines": "read-only"},
    keys={"log_lines": ()},
)
TWO_PARTS = Shape(
    "key of two parts",
    """
    CREATE TABLE "shelf" ("branch_id" INTEGER NOT NULL, "sku" VARCHAR(20) NOT NULL, "on_hand" INTEGER,
        PRIMARY KEY ("branch_id", "sku"));
    INSERT INTO "shelf" VALUES (1, 'A/0001', 5), (2, 'A/0001', NULL);
    """,
    {"shelf": "editable"},
    keys={"shelf": ("branch_id", "sku")},
)
THREE_PARTS = Shape(
    "key of three parts, in another order than the columns",
    """
    CREATE TABLE "price_at" ("price" DECIMAL(10,2), "sku" VARCHAR(20) NOT NULL, "day" DATE NOT NULL,
        "branch" INTEGER NOT NULL, PRIMARY KEY ("branch", "sku", "day"));
    INSERT INTO "price_at" VALUES (9.90, 'A', '2024-02-29', 1);
    """,
    {"price_at": "editable"},
    keys={"price_at": ("branch", "sku", "day")},
)
FOUR_PARTS = Shape(
    "key of four parts",
    """
    CREATE TABLE "seat" ("hall" INTEGER NOT NULL, "row_no" INTEGER NOT NULL, "place" INTEGER NOT NULL,
        "show" VARCHAR(10) NOT NULL, "taken" «bool», PRIMARY KEY ("hall", "row_no", "place", "show"));
    INSERT INTO "seat" VALUES (1, 2, 3, 'late', «yes»), (1, 2, 4, 'late', NULL);
    """,
    {"seat": "editable"},
    keys={"seat": ("hall", "row_no", "place", "show")},
)
HOSTILE_TEXT = Shape(
    "text key with every sign that breaks addresses",
    """
    CREATE TABLE "coupon_code" ("code" VARCHAR(60) «exact» NOT NULL PRIMARY KEY, "worth" INTEGER);
    INSERT INTO "coupon_code" VALUES ('A/0001', 1), ('50%', 2), ('a,b', 3), ('a;b', 4), ('two words', 5),
        ('会员', 6),
        ('🐱', 7), ('', 8), ('"quoted"', 9), ('it''s', 10), ('../..', 11), ('a?b#c&d', 12), ('NULL', 13), ('.', 14);
    """,
    {"coupon_code": "editable"},
    keys={"coupon_code": ("code",)},
)
UUID_KEY = Shape(
    "UUID key",
    """
    CREATE TABLE "visit_token" ("id" «uuid» NOT NULL PRIMARY KEY, "note" VARCHAR(50));
    INSERT INTO "visit_token" VALUES ('018f4e5a-7b1c-7def-8a3b-0123456789ab', 'first');
    """,
    {"visit_token": "editable"},
)
DATE_KEY = Shape(
    "date key",
    """
    CREATE TABLE "holiday" ("day" DATE NOT NULL PRIMARY KEY, "name" VARCHAR(50));
    INSERT INTO "holiday" VALUES ('2024-02-10', '春节'), ('2024-12-25', NULL);
    """,
    {"holiday": "editable"},
)
MOMENT_KEY = Shape(
    "key of a moment with microseconds",
    """
    CREATE TABLE "reading" ("taken_at" «datetime» NOT NULL PRIMARY KEY, "celsius" DECIMAL(5,2));
    INSERT INTO "reading" VALUES ('2024-03-01 12:00:00.123456', -18.50), ('2024-03-01 12:00:00.123457', -18.45);
    """,
    {"reading": "editable"},
)
DECIMAL_KEY = Shape(
    "decimal key",
    """
    CREATE TABLE "bracket" ("from_amount" DECIMAL(10,3) NOT NULL PRIMARY KEY, "percent_off" INTEGER);
    INSERT INTO "bracket" VALUES (0.000, 0), (99.990, 5), (1000.125, 10);
    """,
    {"bracket": "editable"},
)
DECIMAL_PART = Shape(
    "key with a decimal part",
    """
    CREATE TABLE "kit_tax" ("item_id" INTEGER NOT NULL, "percent" DECIMAL(15,3) NOT NULL, "name" VARCHAR(20)
        NOT NULL,
        PRIMARY KEY ("item_id", "percent", "name"));
    INSERT INTO "kit_tax" VALUES (1, 8.250, 'city'), (1, 8.000, 'state');
    """,
    {"kit_tax": "editable"},
)
HUGE_KEY = Shape(
    "key beyond what a signed number holds",
    """
    CREATE TABLE "sender" ("id" «huge» NOT NULL PRIMARY KEY, "name" VARCHAR(20));
    INSERT INTO "sender" VALUES (18446744073709551615, 'last'), (9007199254740993, 'not a double');
    """,
    {"sender": "editable"},
)
BINARY_KEY = Shape(
    "key of bytes",
    """
    CREATE TABLE "device" ("id" «binary16» NOT NULL PRIMARY KEY, "name" VARCHAR(20));
    INSERT INTO "device" VALUES («bytes 00112233445566778899aabbccddeeff», 'till');
    """,
    {"device": "editable"},
)
UNIQUE = Shape(
    "no primary key, a unique column that is always filled",
    """
    CREATE TABLE "badge" ("number" INTEGER NOT NULL, "holder" VARCHAR(50),
        CONSTRAINT "one_badge" UNIQUE ("number"));
    INSERT INTO "badge" VALUES (7, '王伟'), (8, NULL);
    """,
    {"badge": "editable"},
    keys={"badge": ("number",)},
)
UNIQUE_NULLABLE = Shape(
    "no primary key, a unique column that may be empty",
    """
    CREATE TABLE "nickname" ("name" VARCHAR(50) UNIQUE, "used" INTEGER);
    INSERT INTO "nickname" VALUES ('cat', 1), (NULL, 2), (NULL, 2);
    """,
    {"nickname": "read-only"},
    keys={"nickname": ()},
)
UNIQUE_PART = Shape(
    "unique over some rows, or over the beginnings of texts",
    {
        "sqlite": """
    CREATE TABLE "booking" ("table_no" INTEGER NOT NULL, "open" INTEGER NOT NULL);
    CREATE UNIQUE INDEX "one_open" ON "booking" ("table_no") WHERE "open" = 1;
    INSERT INTO "booking" VALUES (1, 1), (1, 0), (1, 0);
    """,
        "postgresql": """
    CREATE TABLE "booking" ("table_no" INTEGER NOT NULL, "open" INTEGER NOT NULL);
    CREATE UNIQUE INDEX "one_open" ON "booking" ("table_no") WHERE "open" = 1;
    INSERT INTO "booking" VALUES (1, 1), (1, 0), (1, 0);
    """,
        "mariadb": """
    CREATE TABLE "booking" ("table_no" VARCHAR(100) NOT NULL, "open" INTEGER NOT NULL);
    CREATE UNIQUE INDEX "one_open" ON "booking" ("table_no"(4));
    INSERT INTO "booking" VALUES ('window', 1), ('door', 0);
    """,
    },
    {"booking": "read-only"},
    keys={"booking": ()},
)
UNIQUE_EXPRESSION = Shape(
    "unique over an expression",
    """
    CREATE TABLE "login_name" ("name" VARCHAR(50) NOT NULL);
    CREATE UNIQUE INDEX "one_name" ON "login_name" (lower("name"));
    INSERT INTO "login_name" VALUES ('Wang'), ('Li');
    """,
    {"login_name": "read-only"},
    backends=("sqlite", "postgresql"),
    keys={"login_name": ()},
)
SEVERAL_UNIQUE = Shape(
    "no primary key, several unique indexes: the shortest tells rows apart",
    """
    CREATE TABLE "membership" ("shop" INTEGER NOT NULL, "person" INTEGER NOT NULL, "card" VARCHAR(20) NOT NULL,
        "mail" VARCHAR(50), UNIQUE ("shop", "person"), UNIQUE ("mail"), UNIQUE ("card"));
    INSERT INTO "membership" VALUES (1, 1, 'C1', NULL), (1, 2, 'C2', 'a@b.example');
    """,
    {"membership": "editable"},
    keys={"membership": ("card",)},
)
FLOAT_KEY = Shape(
    "key of a floating number",
    """
    CREATE TABLE "curve" ("x" «double» NOT NULL PRIMARY KEY, "y" «double»);
    INSERT INTO "curve" VALUES (0.1, 1.5), (0.30000000000000004, NULL);
    """,
    {"curve": "read-only"},
)
YES_NO_KEY = Shape(
    "key with a yes-or-no part",
    """
    CREATE TABLE "default_text" ("language" CHAR(2) NOT NULL, "formal" «bool» NOT NULL, "words" VARCHAR(90),
        PRIMARY KEY ("language", "formal"));
    INSERT INTO "default_text" VALUES ('zh', «yes», '您好'), ('zh', «no», '嗨');
    """,
    {"default_text": "editable"},
)
KEY_LAST = Shape(
    "key at the end of the columns, counted by the database",
    """
    CREATE TABLE "ticket" ("subject" VARCHAR(80) NOT NULL, "body" TEXT, "ticket_no" «counter»);
    INSERT INTO "ticket" ("subject", "body") VALUES ('Lost card', 'At noon'), ('', NULL);
    """,
    {"ticket": "editable"},
    keys={"ticket": ("ticket_no",)},
)

SHAPES = (
    NO_KEY,
    TWO_PARTS,
    THREE_PARTS,
    FOUR_PARTS,
    HOSTILE_TEXT,
    UUID_KEY,
    DATE_KEY,
    MOMENT_KEY,
    DECIMAL_KEY,
    DECIMAL_PART,
    HUGE_KEY,
    BINARY_KEY,
    UNIQUE,
    UNIQUE_NULLABLE,
    UNIQUE_PART,
    UNIQUE_EXPRESSION,
    SEVERAL_UNIQUE,
    FLOAT_KEY,
    YES_NO_KEY,
    KEY_LAST,
)
