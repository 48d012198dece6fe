"""MariaDB's types and the nastiest values that each can hold."""

from __future__ import annotations

from tests.adoption.column_values.cases import JSON, TEXTS, Case


def my(declared: str, *literals: str) -> Case:
    return Case("mariadb", declared, literals)


_MY_TEXTS = (
    *(each.replace("\\%", "\\\\%") for each in TEXTS),
    r"'a\nb'",
    r"'a\r\nb\r\nc'",
    r"'\na\n\n'",
    r"'a\rb\nc\r\n'",
    r"'a\0b'",
    "CONCAT('a', CHAR(1), CHAR(127))",
)
_ZERO_MOMENTS = ("'0000-00-00 00:00:00'",)
CASES = (
    my("tinyint", "-128", "127"),
    my("tinyint(1)", "0", "1", "2", "9", "-1", "-128", "127"),
    my("tinyint(1) unsigned", "0", "255"),
    my("boolean", "TRUE", "FALSE", "5"),
    my("smallint", "-32768", "32767"),
    my("mediumint unsigned", "0", "16777215"),
    my("int", "-2147483648", "2147483647"),
    my("int(5) unsigned zerofill", "0", "42", "4294967295"),
    my("bigint", "-9223372036854775808", "9223372036854775807"),
    my("bigint unsigned", "18446744073709551615"),
    my("decimal(15,8)", "2.20460000", "0.39370000", "-9999999.99999999"),
    my("decimal(65,30)", f"{'9' * 35}.{'9' * 30}"),
    my("decimal(10,0)", "-5"),
    my("decimal(8,3) unsigned", "0", "0.001"),
    my("float", "0.1", "0.1234567", "3.40282e38", "1e-38", "16777216", "-0.5", "'-0'"),
    my("float(7,4)", "0.1235", "-999.9999"),
    my("double", "0.1", "1e-300", "1.7976931348623157e308", "5e-324", "'-0'", "0.30000000000000004"),
    my("double(10,2)", "1.25", "-99999999.99"),
    my("bit(1)", "b'0'", "b'1'"),
    my("bit(9)", "b'0'", "b'101010101'"),
    my("bit(64)", "b'1'", f"b'{'1' * 64}'"),
    my("year", "0", "1901", "2155", "2026"),
    my(
        "date",
        "'2026-03-05'",
        "'0000-00-00'",
        "'2026-00-00'",
        "'2026-02-00'",
        "'2026-02-31'",
        "'9999-12-31'",
        "'0001-01-01'",
    ),
    my(
        "datetime",
        "'2026-03-05 14:30:05'",
        *_ZERO_MOMENTS,
        "'2026-00-00 10:00:00'",
        "'2026-02-31 01:02:03'",
        "'9999-12-31 23:59:59'",
    ),
    my("datetime(1)", "'2026-03-05 14:30:05.5'"),
    my("datetime(3)", "'2026-03-05 14:30:05.120'", "'0000-00-00 00:00:00.000'", "'2026-03-05 14:30:00.000'"),
    my("datetime(6)", "'2026-03-05 14:30:05.123456'", "'1000-01-01 00:00:00.000001'"),
    my(
        "timestamp",
        "'2026-03-05 14:30:05'",
        *_ZERO_MOMENTS,
        "'1989-09-16 15:30:00'",
        "'1989-09-16 16:30:00'",
        "'2038-01-19 03:14:07'",
    ),
    my("timestamp(6)", "'2026-03-05 14:30:05.000001'", "'0000-00-00 00:00:00'"),
    my("time", "'-838:59:59'", "'838:59:59'", "'00:00:00'", "'-00:00:01'", "'24:30:00'"),
    my("time(6)", "'-838:59:59.000001'", "'-00:00:00.5'", "'10:00:00.25'"),
    my("time(2)", "'10:00:00.25'"),
    my("char(5)", "''", "'ab  '", "' ab'", "'王小明'"),
    my("varchar(40)", *_MY_TEXTS),
    my("varchar(3) character set latin1", "'é'", "''"),
    my("varchar(300) character set gbk", "'王小明'"),
    my("national varchar(5)", "'a'"),
    my("tinytext", *_MY_TEXTS),
    my("text", *_MY_TEXTS),
    my("text compressed", "'abc'"),
    my("mediumtext", *_MY_TEXTS),
    my("longtext", *_MY_TEXTS),
    my(
        "json",
        *(each.replace("\\u", "\\\\u") for each in JSON),
        "'1e400'",
        r"'[\r\n1]'",
        f"'{'[' * 30}{']' * 30}'",
    ),
    my("binary(3)", "'a'", "x'000000'", "x'ff00ff'"),
    my("varbinary(5)", "''", "x'00ff'"),
    my("varbinary(300)", "''", "x'00ff27225c'"),
    my("tinyblob", "''", "x'00ff'"),
    my("blob", "x'00ff0a0d27225c'"),
    my("mediumblob", "''"),
    my("longblob", "REPEAT(x'00ff', 40000)"),
    my("enum('a','',' b','很好','\"\"')", "'a'", "''", "' b'", "'很好'", "'\"\"'"),
    my("set('x','y','很好')", "''", "'x'", "'x,很好'", "'很好,x'"),
    my("uuid", "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'"),
    my("inet6", "'::1'", "'2001:db8::ff00:42:8329'", "'::ffff:192.0.2.1'"),
    my("inet4", "'192.0.2.1'"),
)
READ_ONLY = (
    my("geometry", "ST_GeomFromText('POINT(1 2)')", "ST_GeomFromText('LINESTRING(0 0,1 1)')"),
    my("point", "POINT(1, 2)", "ST_GeomFromText('POINT(0.1 0.3)', 4326)", "POINT(1e0/3, 1e-300)"),
    my("polygon", "ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))')"),
    my("geometrycollection", "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2))')"),
)
