"""Shapes that differ in how tables hang together."""

from __future__ import annotations

from tests.adoption.zoo.shapes import Shape

SELF = Shape(
    "self-reference",
    """
    CREATE TABLE "department" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(40) NOT NULL,
        "parent_id" INTEGER,
        FOREIGN KEY ("parent_id") REFERENCES "department" ("id"));
    INSERT INTO "department" VALUES (1, 'Shop', NULL), (2, 'Counter', 1), (3, 'Itself', 3);
    """,
    {"department": "editable"},
)
SELF_TWICE = Shape(
    "two self-references (creator, changed by)",
    """
    CREATE TABLE "account_holder" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(40), "creator" INTEGER,
        "changed_by" INTEGER, FOREIGN KEY ("creator") REFERENCES "account_holder" ("id"),
        FOREIGN KEY ("changed_by") REFERENCES "account_holder" ("id"));
    INSERT INTO "account_holder" VALUES (1, 'first', 1, 1), (2, 'second', 1, NULL);
    """,
    {"account_holder": "editable"},
)
CYCLE = Shape(
    "two tables that need each other",
    {
        "sqlite": """
    CREATE TABLE "team" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(40), "captain_id" INTEGER
        REFERENCES "player" ("id"));
    CREATE TABLE "player" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(40), "team_id" INTEGER
        REFERENCES "team" ("id"));
    INSERT INTO "team" VALUES (1, 'Reds', NULL);
    INSERT INTO "player" VALUES (1, 'Ann', 1);
    UPDATE "team" SET "captain_id" = 1;
    """,
        **dict.fromkeys(
            ("postgresql", "mariadb"),
            """
    CREATE TABLE "team" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(40), "captain_id" INTEGER);
    CREATE TABLE "player" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(40), "team_id" INTEGER,
        FOREIGN KEY ("team_id") REFERENCES "team" ("id"));
    INSERT INTO "team" VALUES (1, 'Reds', NULL);
    INSERT INTO "player" VALUES (1, 'Ann', 1);
    UPDATE "team" SET "captain_id" = 1;
    ALTER TABLE "team" ADD FOREIGN KEY ("captain_id") REFERENCES "player" ("id");
    """,
        ),
    },
    {"team": "editable", "player": "editable"},
)
TO_UNIQUE = Shape(
    "a foreign key to a column that is not the primary key",
    """
    CREATE TABLE "country" ("id" INTEGER NOT NULL PRIMARY KEY, "iso" CHAR(2) NOT NULL UNIQUE, "name" VARCHAR(40));
    CREATE TABLE "city" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(40), "country_iso" CHAR(2),
        FOREIGN KEY ("country_iso") REFERENCES "country" ("iso"));
    INSERT INTO "country" VALUES (1, 'CN', '中国'), (2, 'DE', 'Deutschland');
    INSERT INTO "city" VALUES (1, '上海', 'CN'), (2, 'Nowhere', NULL);
    """,
    {"country": "editable", "city": "editable"},
)
SEVERAL_TO_ONE = Shape(
    "several foreign keys to one target",
    """
    CREATE TABLE "place" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(40));
    CREATE TABLE "parcel" ("id" INTEGER NOT NULL PRIMARY KEY, "from_place" INTEGER NOT NULL,
        "to_place" INTEGER NOT NULL,
        "via_place" INTEGER, FOREIGN KEY ("from_place") REFERENCES "place" ("id"),
        FOREIGN KEY ("to_place") REFERENCES "place" ("id"), FOREIGN KEY ("via_place") REFERENCES "place" ("id"));
    INSERT INTO "place" VALUES (1, 'North'), (2, 'South');
    INSERT INTO "parcel" VALUES (1, 1, 2, NULL), (2, 2, 1, 1);
    """,
    {"place": "editable", "parcel": "editable"},
)
LINKS = Shape(
    "two link tables between the same two tables, one of keys alone and one with more",
    """
    CREATE TABLE "doctor" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(40));
    CREATE TABLE "clinic" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(40));
    CREATE TABLE "doctor_clinic" ("doctor_id" INTEGER NOT NULL, "clinic_id" INTEGER NOT NULL,
        PRIMARY KEY ("doctor_id", "clinic_id"), FOREIGN KEY ("doctor_id") REFERENCES "doctor" ("id"),
        FOREIGN KEY ("clinic_id") REFERENCES "clinic" ("id"));
    CREATE TABLE "doctor_past_clinic" ("doctor_id" INTEGER NOT NULL, "clinic_id" INTEGER NOT NULL,
        "until_day" DATE,
        PRIMARY KEY ("doctor_id", "clinic_id"), FOREIGN KEY ("doctor_id") REFERENCES "doctor" ("id"),
        FOREIGN KEY ("clinic_id") REFERENCES "clinic" ("id"));
    INSERT INTO "doctor" VALUES (1, 'Chen');
    INSERT INTO "clinic" VALUES (1, 'East'), (2, 'West');
    INSERT INTO "doctor_clinic" VALUES (1, 1);
    INSERT INTO "doctor_past_clinic" VALUES (1, 2, '2023-12-31');
    """,
    {
        "doctor": "editable",
        "clinic": "editable",
        "doctor_clinic": "editable",
        "doctor_past_clinic": "editable",
    },
)
LINK_WITHOUT_KEY = Shape(
    "a link table without any key",
    """
    CREATE TABLE "tagged" ("thing_id" INTEGER NOT NULL, "tag_id" INTEGER NOT NULL);
    INSERT INTO "tagged" VALUES (1, 1), (1, 1);
    """,
    {"tagged": "read-only"},
)
COMPOSITE = Shape(
    "a foreign key of two columns",
    """
    CREATE TABLE "lot" ("product" VARCHAR(10) NOT NULL, "batch" INTEGER NOT NULL, "expires" DATE,
        PRIMARY KEY ("product", "batch"));
    CREATE TABLE "lot_move" ("id" «counter», "batch" INTEGER, "product" VARCHAR(10), "quantity" DECIMAL(12,3),
        FOREIGN KEY ("product", "batch") REFERENCES "lot" ("product", "batch"));
    INSERT INTO "lot" VALUES ('milk', 1, '2024-05-01');
    INSERT INTO "lot_move" ("batch", "product", "quantity") VALUES (1, 'milk', -2.500), (NULL, NULL, 1);
    """,
    {"lot": "editable", "lot_move": "editable"},
)
ONLY_KEYS = Shape(
    "a table of nothing but a counted key",
    """
    CREATE TABLE "number_given" ("id" INTEGER NOT NULL PRIMARY KEY);
    INSERT INTO "number_given" VALUES (1), (2);
    """,
    {"number_given": "editable"},
)
SHARED_KEY = Shape(
    "a primary key that is a foreign key",
    """
    CREATE TABLE "person" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(40));
    CREATE TABLE "passport" ("person_id" INTEGER NOT NULL PRIMARY KEY, "number" VARCHAR(20),
        FOREIGN KEY ("person_id") REFERENCES "person" ("id"));
    INSERT INTO "person" VALUES (1, '李娜'), (2, 'Bob');
    INSERT INTO "passport" VALUES (1, 'E123');
    """,
    {"person": "editable", "passport": "editable"},
)
COLUMN_LIKE_TARGET = Shape(
    "a foreign key column named like the table it leads to",
    """
    CREATE TABLE "field_type" ("field_type" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(40));
    CREATE TABLE "form_field" ("id" INTEGER NOT NULL PRIMARY KEY, "field_type" INTEGER, "form_field" VARCHAR(10),
        FOREIGN KEY ("field_type") REFERENCES "field_type" ("field_type"));
    INSERT INTO "field_type" VALUES (1, 'text');
    INSERT INTO "form_field" VALUES (1, 1, 'name');
    """,
    {"field_type": "editable", "form_field": "editable"},
)
DANGLING = Shape(
    "values that lead nowhere, for want of a declared key",
    """
    CREATE TABLE "shop_clerk" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(40));
    CREATE TABLE "shop_sale" ("id" INTEGER NOT NULL PRIMARY KEY, "shop_clerk_id" INTEGER, "total" DECIMAL(10,2));
    INSERT INTO "shop_clerk" VALUES (1, 'Zhao'), (2, 'Qian');
    INSERT INTO "shop_sale" VALUES (1, 1, 5.00), (2, 0, 7.50), (3, 99, 1.00), (4, 2, NULL);
    """,
    {"shop_clerk": "editable", "shop_sale": "editable"},
)

SHAPES = (
    SELF,
    SELF_TWICE,
    CYCLE,
    TO_UNIQUE,
    SEVERAL_TO_ONE,
    LINKS,
    LINK_WITHOUT_KEY,
    COMPOSITE,
    ONLY_KEYS,
    SHARED_KEY,
    COLUMN_LIKE_TARGET,
    DANGLING,
)
