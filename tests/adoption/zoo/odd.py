"""Shapes that are odd as a whole: views, empty and broken things, very wide ones, parts of others."""

from __future__ import annotations

from tests.adoption.zoo.shapes import Shape

WIDTH = 300

VIEW = Shape(
    "views: over a table, over a join, over sums",
    """
    CREATE TABLE "film" ("id" INTEGER PRIMARY KEY, "title" VARCHAR(40), "price" DECIMAL(6,2));
    CREATE TABLE "rental" ("id" INTEGER PRIMARY KEY, "film_id" INTEGER, "day" DATE);
    CREATE VIEW "cheap_film" AS SELECT "id", "title" FROM "film" WHERE "price" < 5;
    CREATE VIEW "rented_film" AS SELECT r."id", f."title", r."day" FROM "rental" r
        JOIN "film" f ON f."id" = r."film_id";
    CREATE VIEW "rentals by film" AS SELECT "film_id", count(*) AS "how many" FROM "rental" GROUP BY "film_id";
    INSERT INTO "film" VALUES (1, '大红灯笼高高挂', 3.00), (2, 'Alien', 6.00);
    INSERT INTO "rental" VALUES (1, 1, '2024-01-01'), (2, 1, '2024-01-02');
    """,
    {
        "film": "editable",
        "rental": "editable",
        "cheap_film": "read-only",
        "rented_film": "read-only",
        "rentals by film": "read-only",
    },
)
BROKEN_VIEW = Shape(
    "a view that can no longer be read",
    {
        "sqlite": """
    CREATE TABLE "gone" ("id" INTEGER PRIMARY KEY);
    CREATE VIEW "of_gone" AS SELECT * FROM "gone";
    DROP TABLE "gone";
    """,
        "postgresql": """
    CREATE FUNCTION "fails"() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    CREATE VIEW "of_gone" AS SELECT "fails"() AS "id";
    CREATE OR REPLACE FUNCTION "fails"()
        RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RAISE EXCEPTION ''no''; END';
    """,
        "mariadb": """
    CREATE TABLE "gone" ("id" INT PRIMARY KEY);
    CREATE VIEW "of_gone" AS SELECT * FROM "gone";
    DROP TABLE "gone";
    """,
    },
    {"of_gone": "refused"},
)
EMPTY = Shape(
    "an empty table",
    """
    CREATE TABLE "wish" ("id" «counter», "words" TEXT);
    """,
    {"wish": "editable"},
)
EMPTY_WITHOUT_KEY = Shape(
    "an empty table without a key",
    """
    CREATE TABLE "scratch" ("words" TEXT);
    """,
    {"scratch": "read-only"},
)
WIDE = Shape(
    "three hundred columns",
    'CREATE TABLE "survey" ("id" INTEGER PRIMARY KEY, '
    + ", ".join(f'"answer_{number}" SMALLINT' for number in range(1, WIDTH))
    + ');\nINSERT INTO "survey" ("id", "answer_7") VALUES (1, 7);\n',
    {"survey": "editable"},
)
CHECKED = Shape(
    "rules of the database's own",
    """
    CREATE TABLE "grade" ("id" INTEGER PRIMARY KEY, "points" INTEGER CHECK ("points" BETWEEN 0 AND 100),
        "name" VARCHAR(10)
        NOT NULL UNIQUE);
    INSERT INTO "grade" VALUES (1, 100, 'best');
    """,
    {"grade": "editable"},
)
COMMENTED = Shape(
    "comments in Chinese that explain codes",
    {
        "sqlite": """
    CREATE TABLE "oms_note" ("id" INTEGER PRIMARY KEY, "status" INTEGER);
    INSERT INTO "oms_note" VALUES (1, 0);
    """,
        "postgresql": """
    CREATE TABLE "oms_note" ("id" integer PRIMARY KEY, "status" integer);
    COMMENT ON TABLE "oms_note" IS '订单备注';
    COMMENT ON COLUMN "oms_note"."status" IS '订单状态：0->待付款；1->待发货';
    INSERT INTO "oms_note" VALUES (1, 0);
    """,
        "mariadb": """
    CREATE TABLE "oms_note" ("id" INT PRIMARY KEY,
        "status" INT COMMENT '订单状态：0->待付款；1->待发货') COMMENT '订单备注';
    INSERT INTO "oms_note" VALUES (1, 0);
    """,
    },
    {"oms_note": "editable"},
)
PARTITIONS = Shape(
    "a table in parts, which are no tables of their own",
    {
        "postgresql": """
    CREATE TABLE "payment" ("id" integer NOT NULL, "day" date NOT NULL, "amount" numeric(10,2),
        PRIMARY KEY ("id", "day"))
        PARTITION BY RANGE ("day");
    CREATE TABLE "payment_2023" PARTITION OF "payment" FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
    CREATE TABLE "payment_2024" PARTITION OF "payment" FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    INSERT INTO "payment" VALUES (1, '2023-05-01', 5.00), (2, '2024-05-01', 6.00);
    """,
        "mariadb": """
    CREATE TABLE "payment" ("id" INT NOT NULL, "day" DATE NOT NULL, "amount" DECIMAL(10,2), PRIMARY KEY ("id",
        "day"))
        PARTITION BY RANGE (YEAR("day")) (PARTITION p2023 VALUES LESS THAN (2024),
        PARTITION p2024 VALUES LESS THAN MAXVALUE);
    INSERT INTO "payment" VALUES (1, '2023-05-01', 5.00), (2, '2024-05-01', 6.00);
    """,
    },
    {"payment": "editable"},
    backends=("postgresql", "mariadb"),
    keys={"payment": ("id", "day")},
    absent=("payment_2023", "payment_2024"),
)
TWO_SCHEMAS = Shape(
    "two schemas with a table of the same name",
    """
    CREATE SCHEMA "分店 two";
    CREATE TABLE "product" ("id" integer PRIMARY KEY, "name" text);
    CREATE TABLE "分店 two"."product" ("sku" text PRIMARY KEY, "name" text,
        "main_id" integer REFERENCES "product" ("id"));
    INSERT INTO "product" VALUES (1, 'tea');
    INSERT INTO "分店 two"."product" VALUES ('T', 'tea', 1);
    """,
    {"product": "editable", "分店 two.product": "editable"},
    backends=("postgresql",),
    keys={"product": ("id",), "分店 two.product": ("sku",)},
)
STORED_VIEW = Shape(
    "materialised views, one never filled",
    """
    CREATE TABLE "measure" ("id" integer PRIMARY KEY, "value" integer);
    CREATE MATERIALIZED VIEW "measured" AS SELECT "value" FROM "measure";
    CREATE MATERIALIZED VIEW "never_measured" AS SELECT "value" FROM "measure" WITH NO DATA;
    """,
    {"measure": "editable", "measured": "read-only", "never_measured": "refused"},
    backends=("postgresql",),
)
NO_COLUMNS = Shape(
    "a table without columns",
    """
    CREATE TABLE "nothing" ();
    """,
    {"nothing": "refused"},
    backends=("postgresql",),
)
INHERITED = Shape(
    "a table that inherits another",
    """
    CREATE TABLE "vehicle" ("id" integer PRIMARY KEY, "name" text);
    CREATE TABLE "lorry" ("load" integer) INHERITS ("vehicle");
    INSERT INTO "lorry" VALUES (1, 'L', 5);
    """,
    {"vehicle": "editable", "lorry": "read-only"},
    backends=("postgresql",),
)
VERSIONED = Shape(
    "MariaDB's own history, an invisible column, and a counter that is no table",
    """
    CREATE TABLE "contract" ("id" INT PRIMARY KEY, "terms" TEXT) WITH SYSTEM VERSIONING;
    CREATE TABLE "discreet" ("id" INT PRIMARY KEY, "secret" INT INVISIBLE DEFAULT 5);
    CREATE SEQUENCE "ticket_numbers";
    INSERT INTO "contract" VALUES (1, 'none');
    INSERT INTO "discreet" ("id") VALUES (1);
    """,
    {"contract": "editable", "discreet": "editable"},
    backends=("mariadb",),
    absent=("ticket_numbers",),
)
OLD_ENGINES = Shape(
    "tables of other engines",
    """
    CREATE TABLE "by_myisam" ("id" INT PRIMARY KEY, "name" VARCHAR(20)) ENGINE=MyISAM;
    CREATE TABLE "by_memory" ("id" INT PRIMARY KEY, "name" VARCHAR(20)) ENGINE=MEMORY;
    INSERT INTO "by_myisam" VALUES (1, 'old');
    """,
    {"by_myisam": "editable", "by_memory": "editable"},
    backends=("mariadb",),
)

SHAPES = (
    VIEW,
    BROKEN_VIEW,
    EMPTY,
    EMPTY_WITHOUT_KEY,
    WIDE,
    CHECKED,
    COMMENTED,
    PARTITIONS,
    TWO_SCHEMAS,
    STORED_VIEW,
    NO_COLUMNS,
    INHERITED,
    VERSIONED,
    OLD_ENGINES,
)
