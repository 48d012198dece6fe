"""Shapes that differ in the types of their columns, on all three databases."""

from __future__ import annotations

from tests.adoption.zoo.shapes import Shape

GENERATED = Shape(
    "generated columns",
    {
        "sqlite": """
    CREATE TABLE "line" ("id" INTEGER PRIMARY KEY, "price" DECIMAL(10,2), "quantity" INTEGER,
        "total" DECIMAL(12,2) GENERATED ALWAYS AS ("price" * "quantity") STORED, "twice" AS ("quantity" * 2));
    INSERT INTO "line" ("id", "price", "quantity") VALUES (1, 2.50, 4);
    """,
        "postgresql": """
    CREATE TABLE "line" ("id" integer PRIMARY KEY, "price" numeric(10,2), "quantity" integer,
        "total" numeric(12,2) GENERATED ALWAYS AS ("price" * "quantity") STORED);
    INSERT INTO "line" ("id", "price", "quantity") VALUES (1, 2.50, 4);
    """,
        "mariadb": """
    CREATE TABLE "line" ("id" INT PRIMARY KEY, "price" DECIMAL(10,2), "quantity" INT,
        "total" DECIMAL(12,2) AS ("price" * "quantity") STORED, "twice" INT AS ("quantity" * 2) VIRTUAL);
    INSERT INTO "line" ("id", "price", "quantity") VALUES (1, 2.50, 4);
    """,
    },
    {"line": "editable"},
)
ENUM = Shape(
    "a choice among words",
    {
        "sqlite": """
    CREATE TABLE "subscription" ("id" INTEGER PRIMARY KEY, "every" TEXT CHECK ("every" IN ('day', 'week', '月')));
    INSERT INTO "subscription" VALUES (1, 'week'), (2, NULL), (3, '月');
    """,
        "postgresql": """
    CREATE TYPE "how often" AS ENUM ('day', 'week', '月');
    CREATE TABLE "subscription" ("id" integer PRIMARY KEY, "every" "how often");
    INSERT INTO "subscription" VALUES (1, 'week'), (2, NULL), (3, '月');
    """,
        "mariadb": """
    CREATE TABLE "subscription" ("id" INT PRIMARY KEY, "every" ENUM('day', 'week', '月'));
    INSERT INTO "subscription" VALUES (1, 'week'), (2, NULL), (3, '月');
    """,
    },
    {"subscription": "editable"},
)
SEVERAL_WORDS = Shape(
    "several words at once: SET, an array of text, JSON in text",
    {
        "sqlite": """
    CREATE TABLE "allergy" ("id" INTEGER PRIMARY KEY, "to" TEXT);
    INSERT INTO "allergy" VALUES (1, '["nuts","milk"]'), (2, ''), (3, NULL);
    """,
        "postgresql": """
    CREATE TABLE "allergy" ("id" integer PRIMARY KEY, "to" text[]);
    INSERT INTO "allergy" VALUES (1, ARRAY['nuts', 'milk']), (2, ARRAY[]::text[]), (3, NULL), (4, ARRAY['a,b',
        NULL]);
    """,
        "mariadb": """
    CREATE TABLE "allergy" ("id" INT PRIMARY KEY, "to" SET('nuts', 'milk', '花生'));
    INSERT INTO "allergy" VALUES (1, 'nuts,milk'), (2, ''), (3, NULL);
    """,
    },
    {"allergy": "editable"},
)
JSON_DOCUMENT = Shape(
    "JSON",
    """
    CREATE TABLE "preference" ("id" INTEGER PRIMARY KEY, "document" «json»);
    INSERT INTO "preference" VALUES (1, '{"b": 1, "a": [1.50, null, "会员"]}'), (2, 'null'), (3, NULL), (4,
        '"text"');
    """,
    {"preference": "editable"},
)
BINARY = Shape(
    "bytes",
    """
    CREATE TABLE "photo" ("id" INTEGER PRIMARY KEY, "picture" «blob», "name" VARCHAR(20));
    INSERT INTO "photo" VALUES (1, «bytes 89504e470d0a1a0a00ff», 'cat'), (2, «bytes », 'empty'), (3, NULL,
        'none');
    """,
    {"photo": "editable"},
)
STRANGE_DATES = Shape(
    "dates that no calendar has",
    {
        "sqlite": """
    CREATE TABLE "old_order" ("id" INTEGER PRIMARY KEY, "placed" DATE, "shipped" DATETIME);
    INSERT INTO "old_order" VALUES (1, '0000-00-00', '0000-00-00 00:00:00'), (2, '2024-01-01', 1704067200),
        (3, 'yesterday', ''), (4, NULL, '2024-01-01T10:00:00Z');
    """,
        "postgresql": """
    CREATE TABLE "old_order" ("id" integer PRIMARY KEY, "placed" date, "shipped" timestamp);
    INSERT INTO "old_order" VALUES (1, 'infinity', '-infinity'), (2, '0044-03-15 BC', '12024-01-01 00:00'),
        (3, NULL, NULL);
    """,
        "mariadb": """
    CREATE TABLE "old_order" ("id" INT PRIMARY KEY, "placed" DATE NOT NULL DEFAULT '0000-00-00',
        "shipped" DATETIME NOT NULL);
    INSERT INTO "old_order" VALUES (1, '0000-00-00', '0000-00-00 00:00:00'), (2, '2024-00-00',
        '2024-01-01 10:00:00');
    """,
    },
    {"old_order": "editable"},
)
MOMENTS = Shape(
    "moments with microseconds, with and without a zone",
    {
        "sqlite": """
    CREATE TABLE "event_at" ("id" INTEGER PRIMARY KEY, "plain" TIMESTAMP, "zoned" TEXT, "at_time" TIME);
    INSERT INTO "event_at" VALUES (1, '2024-03-31 02:30:00.123456', '2024-03-31T02:30:00.123456+08:00',
        '23:59:59.5');
    """,
        "postgresql": """
    CREATE TABLE "event_at" ("id" integer PRIMARY KEY, "plain" timestamp, "zoned" timestamptz, "at_time" time,
        "zoned_time" timetz);
    INSERT INTO "event_at" VALUES (1, '2024-03-31 02:30:00.123456', '2024-03-31 02:30:00.123456+08', '23:59:59.5',
        '12:00+08');
    """,
        "mariadb": """
    CREATE TABLE "event_at" ("id" INT PRIMARY KEY, "plain" DATETIME(6), "zoned" TIMESTAMP(6) NULL,
        "at_time" TIME(3));
    INSERT INTO "event_at" VALUES (1, '2024-03-31 02:30:00.123456', '2024-03-31 04:30:00.123456', '23:59:59.5'),
        (2, NULL, NULL, '-838:59:59');
    """,
    },
    {"event_at": "editable"},
)
DECIMALS = Shape(
    "decimals of every scale",
    """
    CREATE TABLE "rate" ("id" INTEGER PRIMARY KEY, "weight" DECIMAL(15,8), "fine" DECIMAL(38,18),
        "whole" DECIMAL(20,0),
        "money" DECIMAL(10,2), "ratio" «double»);
    INSERT INTO "rate" VALUES (1, 2.20460000, 0.000000000000000001, 12345678901234567890, 0.39, 0.1),
        (2, NULL, NULL, NULL, NULL, NULL), (3, -1, 0, 0, 0, 1e300);
    """,
    {"rate": "editable"},
)
TEXTS = Shape(
    "long texts, newlines, and empty beside NULL",
    """
    CREATE TABLE "article" ("id" INTEGER PRIMARY KEY, "title" VARCHAR(255) NOT NULL, "body" «longtext»,
        "short" CHAR(10),
        "subtitle" VARCHAR(255));
    INSERT INTO "article" VALUES (1, '', 'one
two

four', 'x', NULL), (2, ' leading', '', '', ''), (3, '<b>不是</b>', NULL, NULL, 'trailing ');
    """,
    {"article": "editable"},
)
YES_NO = Shape(
    "yes and no, in the ways of old tables",
    """
    CREATE TABLE "setting_switch" ("id" INTEGER PRIMARY KEY, "really" «bool», "small" SMALLINT, "letter" CHAR(1));
    INSERT INTO "setting_switch" VALUES (1, «yes», 1, 'Y'), (2, «no», 0, 'N'), (3, NULL, 2, NULL);
    """,
    {"setting_switch": "editable"},
)
RENEWED = Shape(
    "a column that the database renews at each change",
    {
        "sqlite": """
    CREATE TABLE "stamp" ("id" INTEGER PRIMARY KEY, "name" TEXT, "changed" TEXT DEFAULT CURRENT_TIMESTAMP);
    CREATE TRIGGER "renew" AFTER UPDATE ON "stamp" BEGIN
        UPDATE "stamp" SET "changed" = CURRENT_TIMESTAMP WHERE "id" = NEW."id"; END;
    INSERT INTO "stamp" ("id", "name") VALUES (1, 'a');
    """,
        "postgresql": """
    CREATE TABLE "stamp" ("id" integer PRIMARY KEY, "name" text, "changed" timestamp DEFAULT now());
    CREATE FUNCTION "renew"() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW."changed" = now(); RETURN NEW; END';
    CREATE TRIGGER "renew" BEFORE UPDATE ON "stamp" FOR EACH ROW EXECUTE FUNCTION "renew"();
    INSERT INTO "stamp" ("id", "name") VALUES (1, 'a');
    """,
        "mariadb": """
    CREATE TABLE "stamp" ("id" INT PRIMARY KEY, "name" VARCHAR(20),
        "changed" TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP);
    INSERT INTO "stamp" ("id", "name") VALUES (1, 'a');
    """,
    },
    {"stamp": "editable"},
)
DEFAULTS = Shape(
    "defaults of every kind",
    """
    CREATE TABLE "draft" ("id" «counter», "state" VARCHAR(10) NOT NULL DEFAULT 'it''s new',
        "count" INTEGER DEFAULT 0,
        "made" TIMESTAMP DEFAULT CURRENT_TIMESTAMP, "nothing" VARCHAR(10) DEFAULT NULL, "price" DECIMAL(6,2)
        DEFAULT 1.50);
    INSERT INTO "draft" ("count") VALUES (1);
    """,
    {"draft": "editable"},
)
SECONDS_AND_FEN = Shape(
    "moments as seconds since 1970, money as whole fen",
    """
    CREATE TABLE "till_slip" ("id" INTEGER PRIMARY KEY, "created_at" BIGINT NOT NULL,
        "add_time" INTEGER DEFAULT 0,
        "pay_price" INTEGER, "is_del" SMALLINT DEFAULT 0);
    INSERT INTO "till_slip" VALUES (1, 1704067200, 1704067200, 1990, 0), (2, 1704067200123, 0, NULL, 1);
    """,
    {"till_slip": "editable"},
)

SHAPES = (
    GENERATED,
    ENUM,
    SEVERAL_WORDS,
    JSON_DOCUMENT,
    BINARY,
    STRANGE_DATES,
    MOMENTS,
    DECIMALS,
    TEXTS,
    YES_NO,
    RENEWED,
    DEFAULTS,
    SECONDS_AND_FEN,
)
