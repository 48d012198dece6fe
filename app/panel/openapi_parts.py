"""The parts that the OpenAPI description repeats: shared schemas, parameters and refusals."""

from __future__ import annotations

from typing import Any

from app.panel.rest_once import HEADER, LONGEST_KEY

JsonObject = dict[str, Any]

SCHEMAS: JsonObject = {
    "Link": {
        "type": "object",
        "description": "A linked record; `record` is the whole of it where `include` named this field.",
        "properties": {
            "id": {"type": "string"},
            "title": {"type": "string", "readOnly": True},
            "record": {"anyOf": [{"type": "object"}, {"type": "null"}], "readOnly": True},
        },
        "required": ["id"],
    },
    "Problem": {
        "type": "object",
        "description": "Why something was refused (RFC 9457): `code` is stable, `detail` is for people.",
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string"},
            "detail": {"type": "string"},
            "errors": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        "required": ["type", "title", "status", "code", "detail"],
    },
    "EntryAnswer": {
        "type": "object",
        "description": "What became of one entry of a bulk request: its record's id, or why it was refused.",
        "properties": {
            "status": {"type": "integer"},
            "id": {"type": "string"},
            "code": {"type": "string"},
            "detail": {"type": "string"},
            "errors": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        "required": ["status"],
    },
}
SECURITY: JsonObject = {
    "session": {"type": "apiKey", "in": "cookie", "name": "kebu"},
    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRFToken"},
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key of the shop, sent without cookies",
    },
}
WRITING: list[JsonObject] = [{"session": [], "csrf": []}, {"key": []}]
RECORD_ID: JsonObject = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "minLength": 1},
}
IDEMPOTENCY_KEY: JsonObject = {
    "name": HEADER,
    "in": "header",
    "description": "A key of your own for this write; sent again with the same key, it is done once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[A-Za-z0-9_-]+$"},
}
_WORDS = {
    "400": "Bad request, no CSRF token, or an API key beside a session's cookie",
    "401": "Not signed in, or the API key does not count",
    "403": "Forbidden",
    "404": "Not found",
    "409": "Conflict",
    "413": "Too large",
    "415": "Not JSON",
    "422": "Invalid",
    "429": "Too many calls, or wrong keys; Retry-After says how many seconds to wait",
}


def nullable(schema: JsonObject) -> JsonObject:
    """Return the schema that also admits null."""
    return {"anyOf": [schema, {"type": "null"}]}


def reference(name: str) -> JsonObject:
    """Return the reference to a schema of this document."""
    return {"$ref": f"#/components/schemas/{name}"}


def content(description: str, schema: JsonObject) -> JsonObject:
    """Return a response that carries JSON."""
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def responses(status: str, good: JsonObject, *refusals: str) -> JsonObject:
    """Return the responses of an operation: the good one, what every address may say, and its own refusals."""
    problem = {"content": {"application/problem+json": {"schema": reference("Problem")}}}
    return {
        status: good,
        **{
            code: {"description": _WORDS[code], **problem}
            for code in ("400", "401", "403", "404", "429", *refusals)
        },
    }


def text_parameter(name: str, longest: int, description: str = "") -> JsonObject:
    """Return a query parameter of free text."""
    parameter: JsonObject = {"name": name, "in": "query", "schema": {"type": "string", "maxLength": longest}}
    return {**parameter, "description": description} if description else parameter


def integer_parameter(name: str, least: int, most: int, default: int) -> JsonObject:
    """Return a query parameter of a whole number."""
    schema = {"type": "integer", "minimum": least, "maximum": most, "default": default}
    return {"name": name, "in": "query", "schema": schema}


def listed_parameter(name: str, choices: list[str], most: int) -> JsonObject:
    """Return a query parameter that takes several names, divided by commas."""
    return {
        "name": name,
        "in": "query",
        "style": "form",
        "explode": False,
        "schema": {"type": "array", "items": {"type": "string", "enum": choices}, "maxItems": most},
    }
