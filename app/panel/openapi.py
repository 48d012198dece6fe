"""The OpenAPI 3.1 description of the REST API, made from the same declarations and limited to what a person may do."""

from __future__ import annotations

from typing import Any

from app.core import fields
from app.core.declaration import Screen
from app.core.kernel import kernel
from app.core.permissions import granted
from app.version import VERSION

_LINK = {
    "type": "object",
    "properties": {"id": {"type": "string"}, "title": {"type": "string", "readOnly": True}},
    "required": ["id"],
}
_PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["status", "code", "detail"],
}


def describe() -> dict[str, Any]:
    """Return the whole document."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Link": _LINK, "Problem": _PROBLEM}
    for screen in kernel().screens.values():
        verbs = {verb for verb in screen.verbs if granted(screen.permission(verb))}
        if not verbs & {"list", "show", "add", "edit", "delete"}:
            continue
        name = schema_name(screen)
        schemas[name], schemas[f"{name}Input"] = _read_schema(screen), _write_schema(screen)
        base = f"/api/v1/{screen.slice}/{screen.noun}"
        if collection := _collection(screen, verbs, name):
            paths[base] = collection
        if item := _item(screen, verbs, name):
            paths[f"{base}/{{id}}"] = item
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kebu 客簿", "version": VERSION},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "kebu"}},
        },
        "security": [{"session": []}],
    }


def schema_name(screen: Screen) -> str:
    """Return `PeopleCustomer` for `people:customer`."""
    return "".join(part.capitalize() for part in (*screen.slice.split("_"), *screen.noun.split("_")))


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _described(entry: fields.Field) -> dict[str, Any]:
    never_empty = isinstance(entry, fields.YesNo) and not isinstance(entry, fields.Answer)
    schema = entry.schema() if entry.multiple or never_empty else _nullable(entry.schema())
    return {**schema, "title": str(entry.label), **({"description": str(entry.help)} if entry.help else {})}


def _read_schema(screen: Screen) -> dict[str, Any]:
    properties: dict[str, Any] = {"id": {"type": "string"}}
    if hasattr(screen.model, "row_version"):
        properties["row_version"] = {"type": "integer"}
    properties |= {entry.name: _described(entry) for entry in screen.fields.values()}
    if screen.has_trash:
        properties["deleted_at"] = _nullable({"type": "string", "format": "date-time"})
    return {
        "type": "object",
        "title": str(screen.label),
        "properties": properties,
        "required": list(properties),
    }


def _write_schema(screen: Screen) -> dict[str, Any]:
    writable = [
        entry
        for entry in screen.fields.values()
        if not entry.read_only and not isinstance(entry, fields.File)
    ]
    return {
        "type": "object",
        "title": str(screen.label),
        "properties": {"row_version": {"type": "integer"}, **{one.name: _described(one) for one in writable}},
        "additionalProperties": False,
    }


def _reference(name: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


def _responses(status: str, good: dict[str, Any], *refusals: str) -> dict[str, Any]:
    problem = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    words = {"400": "Bad request", "401": "Not signed in", "403": "Forbidden", "404": "Not found"}
    words |= {"409": "Conflict", "422": "Invalid", "413": "Too large", "415": "Unsupported"}
    return {
        status: good,
        **{code: {"description": words[code], **problem} for code in ("401", "403", "404", *refusals)},
    }


def _collection(screen: Screen, verbs: set[str], name: str) -> dict[str, Any]:
    path: dict[str, Any] = {}
    if "list" in verbs:
        rows = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
        page = {
            "type": "object",
            "properties": {"data": rows, "next": _nullable({"type": "string"})},
            "required": ["data", "next"],
        }
        path["get"] = {
            "summary": str(screen.plural),
            "operationId": f"list{name}",
            "parameters": _list_parameters(screen),
            "responses": _responses(
                "200", {"description": "A page", "content": {"application/json": {"schema": page}}}, "422"
            ),
        }
    if "add" in verbs:
        path["post"] = {
            "summary": str(screen.label),
            "operationId": f"add{name}",
            "requestBody": {"required": True, **_reference(f"{name}Input")},
            "responses": _responses("201", {"description": "Added", **_reference(name)}, "400", "422"),
        }
    return path


def _list_parameters(screen: Screen) -> list[dict[str, Any]]:
    texts = ["q", "after"] if screen.search else ["after"]
    sorts = ["id", *screen.sorts]
    parameters = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in texts]
    parameters.append(
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100}}
    )
    orders = [*sorts, *(f"-{one}" for one in sorts)]
    parameters.append({"name": "sort", "in": "query", "schema": {"type": "string", "enum": orders}})
    ranges = (fields.Date, fields.Moment, fields.WholeNumber, fields.Quantity, fields.Money)
    for name in screen.filters:
        ends = (".from", ".to") if isinstance(screen.fields[name], ranges) else ("",)
        parameters += [
            {"name": f"f.{name}{end}", "in": "query", "schema": {"type": "string"}} for end in ends
        ]
    return parameters


def _item(screen: Screen, verbs: set[str], name: str) -> dict[str, Any]:
    path: dict[str, Any] = {}
    if "show" in verbs:
        path["get"] = {
            "summary": str(screen.label),
            "operationId": f"show{name}",
            "responses": _responses("200", {"description": "The record", **_reference(name)}),
        }
    if "edit" in verbs:
        path["patch"] = {
            "summary": str(screen.label),
            "operationId": f"edit{name}",
            "requestBody": {"required": True, **_reference(f"{name}Input")},
            "responses": _responses(
                "200", {"description": "Changed", **_reference(name)}, "400", "409", "422"
            ),
        }
    if "delete" in verbs:
        path["delete"] = {
            "summary": str(screen.label),
            "operationId": f"delete{name}",
            "responses": _responses("204", {"description": "Deleted"}, "400", "409"),
        }
    if path:
        path["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    return path
