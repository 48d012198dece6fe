"""Shapes of types that one database alone has."""

from __future__ import annotations

from tests.adoption.zoo.shapes import Shape

POSTGRESQL, MARIADB, SQLITE = ("postgresql",), ("mariadb",), ("sqlite",)

DOMAIN = Shape(
    "a domain",
    """
    CREATE DOMAIN "postal code" AS varchar(10) NOT NULL CHECK (VALUE ~ '^[0-9]+$');
    CREATE DOMAIN "year" AS integer CHECK (VALUE BETWEEN 1900 AND 2200);
    CREATE DOMAIN "exact ratio" AS double precision;
    CREATE TABLE "postal_address" ("id" integer PRIMARY KEY, "code" "postal code", "built" "year",
        "ratio" "exact ratio");
    CREATE TABLE "postal_zone" ("code" "postal code" PRIMARY KEY, "name" text);
    CREATE TABLE "ratio_zone" ("ratio" "exact ratio" PRIMARY KEY, "name" text);
    INSERT INTO "postal_address" VALUES (1, '200000', 1999, 0.1);
    INSERT INTO "postal_zone" VALUES ('200000', '上海');
    """,
    {"postal_address": "editable", "postal_zone": "editable", "ratio_zone": "read-only"},
    backends=POSTGRESQL,
)
POSTGRESQL_KINDS = Shape(
    "the rest of PostgreSQL's types",
    """
    CREATE TYPE "pair" AS ("x" integer, "y" integer);
    CREATE TABLE "museum" ("id" integer PRIMARY KEY, "words" tsvector, "markup" xml, "span" interval,
        "bits" bit(4),
        "varying" bit varying(8), "address" inet, "net" cidr, "card" macaddr, "cash" money, "numbers" integer[],
        "grid" integer[][], "during" daterange, "spot" point, "both" "pair", "plain" json, "any" numeric,
        "single" real,
        "oid" oid, "letter" "char", "search" tsquery, "many" datemultirange, "log" pg_lsn);
    INSERT INTO "museum" ("id", "words", "markup", "span", "bits", "varying", "address", "net", "card",
        "cash", "numbers",
        "grid", "during", "spot", "both", "plain", "any", "single", "oid", "letter")
        VALUES (1, to_tsvector('simple', 'a cat'),
        '<a>1</a>', '1 mon 2 days 03:04:05.6', B'1010', B'101', '10.0.0.1', '10.0.0.0/8',
        '08:00:2b:01:02:03', 12.34,
        ARRAY[1,2], ARRAY[[1,2],[3,4]], '[2024-01-01,2024-02-01)', '(1,2)', ROW(1,2), '{"a":  1}',
        'NaN', 0.1, 1, 'x');
    """,
    {"museum": "editable"},
    backends=POSTGRESQL,
)
STRANGE_KEYS = Shape(
    "keys of types that can't be found again exactly",
    """
    CREATE TABLE "by_array" ("parts" integer[] PRIMARY KEY, "name" text);
    CREATE TABLE "by_range" ("during" daterange PRIMARY KEY, "name" text);
    CREATE TABLE "by_span" ("span" interval PRIMARY KEY, "name" text);
    CREATE TABLE "by_moment" ("at" timestamptz PRIMARY KEY, "name" text);
    CREATE TABLE "by_enum" ("kind" "how often" PRIMARY KEY, "name" text);
    CREATE TABLE "by_address" ("address" inet PRIMARY KEY, "name" text);
    CREATE TABLE "by_oid" ("oid" oid PRIMARY KEY, "name" text);
    CREATE TABLE "by_money" ("cash" money PRIMARY KEY, "name" text);
    CREATE TABLE "by_bits" ("bits" bit(4) PRIMARY KEY, "name" text);
    CREATE TABLE "by_padded" ("code" char(5) PRIMARY KEY, "name" text);
    INSERT INTO "by_moment" VALUES ('2024-03-31 02:30:00.123456+08', 'a');
    INSERT INTO "by_enum" VALUES ('day', 'a');
    INSERT INTO "by_address" VALUES ('10.0.0.1', 'a'), ('10.0.0.0/8', 'b');
    INSERT INTO "by_oid" VALUES (4000000000, 'a');
    INSERT INTO "by_money" VALUES (1234.56, 'a');
    INSERT INTO "by_bits" VALUES (B'1010', 'a');
    INSERT INTO "by_padded" VALUES ('ab', 'a');
    """,
    {
        "by_array": "read-only",
        "by_range": "read-only",
        "by_span": "read-only",
        "by_moment": "editable",
        "by_enum": "editable",
        "by_address": "editable",
        "by_oid": "editable",
        "by_money": "read-only",
        "by_bits": "editable",
        "by_padded": "editable",
    },
    backends=POSTGRESQL,
)
ALWAYS_COUNTED = Shape(
    "numbers that only the database gives",
    """
    CREATE TABLE "always" ("id" integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "name" text);
    CREATE TABLE "by_serial" ("id" serial PRIMARY KEY, "name" text);
    INSERT INTO "always" ("name") VALUES ('a');
    INSERT INTO "by_serial" ("name") VALUES ('a');
    """,
    {"always": "editable", "by_serial": "editable"},
    backends=POSTGRESQL,
)
MARIADB_KINDS = Shape(
    "the rest of MariaDB's types",
    """
    CREATE TABLE "museum" ("id" INT UNSIGNED PRIMARY KEY, "flags" BIT(8), "one" BIT(1), "founded" YEAR,
        "tiny" TINYINT(1),
        "unsigned" BIGINT UNSIGNED, "padded" INT(6) ZEROFILL, "spot" POINT, "small" TINYTEXT, "medium" MEDIUMTEXT,
        "fixed" BINARY(4), "var" VARBINARY(8), "single" FLOAT, "v6" INET6, "old" VARCHAR(20)
        CHARACTER SET latin1);
    INSERT INTO "museum" VALUES (1, b'10100101', b'1', 1901, 7, 18446744073709551615, 42, POINT(1, 2), 't', 'm',
        X'00010203', X'ff', 0.1, '::1', 'é');
    """,
    {"museum": "editable"},
    backends=MARIADB,
)
MARIADB_KEYS = Shape(
    "MariaDB keys of rarer types",
    """
    CREATE TABLE "by_year" ("year" YEAR PRIMARY KEY, "name" VARCHAR(20));
    CREATE TABLE "by_enum" ("kind" ENUM('a', 'b') PRIMARY KEY, "name" VARCHAR(20));
    CREATE TABLE "by_time" ("at" TIME PRIMARY KEY, "name" VARCHAR(20));
    CREATE TABLE "by_prefix" ("word" TEXT NOT NULL, "name" VARCHAR(20), PRIMARY KEY ("word"(20)));
    CREATE TABLE "by_bit" ("flag" BIT(8) PRIMARY KEY, "name" VARCHAR(20));
    INSERT INTO "by_year" VALUES (2024, 'dragon');
    INSERT INTO "by_bit" VALUES (b'101', 'five');
    INSERT INTO "by_enum" VALUES ('a', 'first');
    INSERT INTO "by_prefix" VALUES ('long text', 'a');
    """,
    {
        "by_year": "editable",
        "by_enum": "editable",
        "by_time": "read-only",
        "by_prefix": "editable",
        "by_bit": "editable",
    },
    backends=MARIADB,
)
SQLITE_KINDS = Shape(
    "SQLite's freedom: no types, types it has never heard of, values of other types",
    """
    CREATE TABLE "typeless" ("id" INTEGER PRIMARY KEY, "a", "b" BANANA, "c" "long name with (10)", "d" INTEGER);
    CREATE TABLE "typeless_key" ("code" PRIMARY KEY, "b");
    CREATE TABLE "strict" ("id" INTEGER PRIMARY KEY, "a" ANY, "b" TEXT NOT NULL) STRICT;
    CREATE TABLE "rowless" ("code" TEXT PRIMARY KEY, "b" TEXT) WITHOUT ROWID;
    INSERT INTO "typeless" VALUES (1, 'text', 2, X'00', 'a word in a number'), (2, 1.5, NULL, '', NULL);
    INSERT INTO "typeless_key" VALUES ('a', 1), (1, 'a');
    INSERT INTO "strict" VALUES (1, 'x', ''), (2, 3, 'y');
    INSERT INTO "rowless" VALUES ('a', NULL);
    """,
    {"typeless": "editable", "typeless_key": "editable", "strict": "editable", "rowless": "editable"},
    backends=SQLITE,
)
FULL_TEXT = Shape(
    "a full-text index, which is a table with tables of its own behind it",
    """
    CREATE VIRTUAL TABLE "found_text" USING fts5("title", "body");
    INSERT INTO "found_text" VALUES ('cat', 'a cat sleeps');
    """,
    {
        "found_text": "read-only",
        "found_text_data": "read-only",
        "found_text_idx": "read-only",
        "found_text_content": "read-only",
        "found_text_docsize": "read-only",
        "found_text_config": "read-only",
    },
    backends=SQLITE,
)

SHAPES = (
    DOMAIN,
    POSTGRESQL_KINDS,
    STRANGE_KEYS,
    ALWAYS_COUNTED,
    MARIADB_KINDS,
    MARIADB_KEYS,
    SQLITE_KINDS,
    FULL_TEXT,
)
