"""The OpenAPI 3.1 description of the REST API, made from the same declarations and limited to what a person may do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from app.core import fields
from app.core.declaration import Screen
from app.core.kernel import kernel
from app.core.permissions import granted
from app.panel.list_page import LONGEST_QUERY
from app.panel.openapi_parts import (
    IDEMPOTENCY_KEY,
    RECORD_ID,
    SCHEMAS,
    SECURITY,
    WRITING,
    content,
    integer_parameter,
    listed_parameter,
    nullable,
    reference,
    responses,
    text_parameter,
)
from app.panel.ordering import mixtures, offered, order_text
from app.panel.reading import PAGE_SIZE
from app.panel.rest_documents import MOST_INCLUDES, MOST_RELATED, includable
from app.panel.rest_writes import MOST_ENTRIES
from app.panel.where import LONGEST as LONGEST_WHERE
from app.version import VERSION

EXPORTS = {"csv": "text/csv", "json": "application/json"}
RANGES = (fields.Date, fields.Moment, fields.WholeNumber, fields.Quantity, fields.Money)
JsonObject = dict[str, Any]


def describe() -> JsonObject:
    """Return the whole document."""
    paths: JsonObject = {}
    schemas: JsonObject = dict(SCHEMAS)
    for screen in kernel().screens.values():
        verbs = {verb for verb in screen.verbs if granted(screen.permission(verb))}
        if not verbs & {"list", "show", "add", "edit", "delete", "export"}:
            continue
        name = schema_name(screen)
        schemas[name] = _read_schema(screen)
        schemas |= {f"{name}{kind}": schema for kind, schema in _write_schemas(screen, verbs, name).items()}
        paths |= _paths(screen, verbs, name)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kebu 客簿", "version": VERSION},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": SECURITY},
        "security": [{"session": []}, {"key": []}],
    }


def schema_name(screen: Screen) -> str:
    """Return `PeopleCustomer` for `people:customer`."""
    return "".join(part.capitalize() for part in (*screen.slice.split("_"), *screen.noun.split("_")))


def _paths(screen: Screen, verbs: set[str], name: str) -> JsonObject:
    base = f"/api/v1/{screen.slice}/{screen.noun}"
    found = {base: _collection(screen, verbs, name), f"{base}/{{id}}": _item(screen, verbs, name)}
    if "list" in verbs and verbs & {"add", "edit", "delete"}:
        found[f"{base}/bulk"] = {"post": _bulk(screen, name)}
    if "export" in verbs:
        found |= {f"{base}/export.{kind}": {"get": _export(screen, name, kind)} for kind in EXPORTS}
    return {path: operations for path, operations in found.items() if operations}


# --- Schemas --------------------------------------------------------------------------------------


def _described(entry: fields.Field, *, may_be_empty: bool = True) -> JsonObject:
    # The label is no `title`: generated clients name their classes by titles, and two fields may share a label.
    always_filled = isinstance(entry, fields.YesNo) and not isinstance(entry, fields.Answer)
    whole = (entry.multiple or always_filled or not may_be_empty) and not entry.masked
    schema = entry.schema() if whole else nullable(entry.schema())
    words = f"{entry.label}: {entry.help}" if entry.help else str(entry.label)
    # Beside a reference, OpenAPI 3.0 tools read nothing else.
    return {"allOf": [schema], "description": words} if "$ref" in schema else {**schema, "description": words}


def _read_schema(screen: Screen) -> JsonObject:
    """Every member may be missing where `fields` left it out; the key never is."""
    properties: JsonObject = {"id": {"type": "string"}}
    required = ["id"]
    if hasattr(screen.model, "row_version"):
        properties["row_version"] = {"type": "integer"}
        required.append("row_version")
    properties |= {entry.name: _described(entry) for entry in screen.fields.values()}
    if masked := [entry for entry in screen.fields.values() if entry.masked]:
        properties["masked"] = _masks(masked)
    if screen.has_trash:
        properties["deleted_at"] = nullable({"type": "string", "format": "date-time"})
        required.append("deleted_at")
    if related := _related(screen):
        properties["related"] = {"type": "object", "properties": related}
    words = str(screen.label)
    return {"type": "object", "description": words, "properties": properties, "required": required}


def _masks(masked: Sequence[fields.Field]) -> JsonObject:
    """The member that says by name what stands for values that this account may not read; those are null."""
    texts = {entry.name: {"type": "string", "description": str(entry.label)} for entry in masked}
    words = str(
        _("What stands for values that are out of sight: they are null, and null leaves them as they are.")
    )
    return {"type": "object", "description": words, "properties": texts}


def _related(screen: Screen) -> JsonObject:
    lists = {}
    for name, offer in includable(screen).items():
        if name not in screen.fields:
            rows = {"type": "array", "items": reference(schema_name(kernel().screens[offer.screen]))}
            lists[name] = {
                "type": "object",
                "properties": {"data": {**rows, "maxItems": MOST_RELATED}, "more": {"type": "boolean"}},
                "required": ["data", "more"],
            }
    return lists


def _write_schemas(screen: Screen, verbs: set[str], name: str) -> JsonObject:
    takes = {
        entry.name: _described(entry.unmasked(), may_be_empty=not entry.required)
        for entry in screen.fields.values()
        if not entry.read_only and not isinstance(entry, fields.File)
    }
    required = [name for name in takes if screen.fields[name].required]
    shapes: JsonObject = {}
    if "add" in verbs:
        shapes["New"] = _input(screen, takes, required)
    if "edit" in verbs:
        versioned = {"row_version": {"type": "integer", "minimum": 0}, **takes}
        shapes["Change"] = _input(screen, versioned, ["row_version"])
    entries = _entries(verbs, name)
    if entries:
        shapes |= entries
        shapes["Entry"] = {"oneOf": [reference(f"{name}{kind}") for kind in entries]}
    return shapes


def _input(screen: Screen, properties: JsonObject, required: list[str]) -> JsonObject:
    return {
        "type": "object",
        "description": str(screen.label),
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _entries(verbs: set[str], name: str) -> JsonObject:
    identity = {"type": "string"}
    shapes: dict[str, tuple[str, JsonObject]] = {
        "add": ("Add", {"record": reference(f"{name}New")}),
        "edit": ("Change", {"id": identity, "record": reference(f"{name}Change")}),
        "delete": ("Delete", {"id": identity}),
    }
    return {
        f"{kind}Entry": {
            "type": "object",
            "properties": {"op": {"const": kind.lower()}, **properties},
            "required": ["op", *properties],
        }
        for verb, (kind, properties) in shapes.items()
        if verb in verbs
    }


# --- Operations -----------------------------------------------------------------------------------


def _collection(screen: Screen, verbs: set[str], name: str) -> JsonObject:
    path: JsonObject = {}
    if "list" in verbs:
        page = {
            "type": "object",
            "properties": {
                "data": {"type": "array", "items": reference(name)},
                "next": nullable({"type": "string"}),
                "count": {"type": "integer"},
                "count_is_capped": {"type": "boolean"},
            },
            "required": ["data", "next"],
        }
        path["get"] = {
            "summary": str(screen.plural),
            "operationId": f"list{name}",
            "tags": [screen.slice],
            "parameters": [*_list_parameters(screen), *_shape_parameters(screen)],
            "responses": responses("200", content("A page", page), "422"),
        }
    if "add" in verbs:
        path["post"] = {
            "summary": str(screen.label),
            "operationId": f"add{name}",
            "tags": [screen.slice],
            "parameters": [IDEMPOTENCY_KEY],
            "security": WRITING,
            "requestBody": {"required": True, "content": _json(f"{name}New")},
            "responses": responses("201", _created(name), "400", "409", "413", "415", "422"),
        }
    return path


def _created(name: str) -> JsonObject:
    where = {"Location": {"schema": {"type": "string"}, "description": "The record's address"}}
    return {**content("Added", reference(name)), "headers": where}


def _json(name: str) -> JsonObject:
    return {"application/json": {"schema": reference(name)}}


def _list_parameters(screen: Screen) -> list[JsonObject]:
    parameters = [text_parameter("q", LONGEST_QUERY)] if screen.search else []
    parameters.append(text_parameter("where", LONGEST_WHERE, "A nested filter as JSON"))
    parameters.append(text_parameter("after", 2048, "The cursor that the page before gave as next"))
    parameters.append(integer_parameter("limit", 1, 100, PAGE_SIZE))
    orders = [order_text(order) for names in offered(screen) for order in mixtures(names)]
    parameters.append(
        {
            "name": "sort",
            "in": "query",
            "description": "Fields to sort by, first to last, `-` for descending; empty values come last",
            "schema": {"type": "string", "enum": orders, "default": screen.sort},
        }
    )
    counted = {"type": "string", "enum": ["true", "false"], "default": "false"}
    parameters.append({"name": "count", "in": "query", "schema": counted})
    for name in screen.filters:
        ends = (".from", ".to") if isinstance(screen.fields[name], RANGES) else ("",)
        parameters += [text_parameter(f"f.{name}{end}", 300) for end in ends]
    return parameters


def _shape_parameters(screen: Screen) -> list[JsonObject]:
    parameters = [listed_parameter("fields", sorted(screen.fields), len(screen.fields))]
    if offers := sorted(includable(screen)):
        parameters.append(listed_parameter("include", offers, MOST_INCLUDES))
    return parameters


def _item(screen: Screen, verbs: set[str], name: str) -> JsonObject:
    path: JsonObject = {}
    if "show" in verbs:
        path["get"] = {
            "summary": str(screen.label),
            "operationId": f"show{name}",
            "tags": [screen.slice],
            "parameters": _shape_parameters(screen),
            "responses": responses("200", content("The record", reference(name)), "422"),
        }
    if "edit" in verbs:
        path["patch"] = {
            "summary": str(screen.label),
            "operationId": f"edit{name}",
            "tags": [screen.slice],
            "parameters": [IDEMPOTENCY_KEY],
            "security": WRITING,
            "requestBody": {"required": True, "content": _json(f"{name}Change")},
            "responses": responses(
                "200", content("Changed", reference(name)), "400", "409", "413", "415", "422"
            ),
        }
    if "delete" in verbs:
        path["delete"] = {
            "summary": str(screen.label),
            "operationId": f"delete{name}",
            "tags": [screen.slice],
            "parameters": [IDEMPOTENCY_KEY],
            "security": WRITING,
            "responses": responses("204", {"description": "Deleted"}, "400", "409", "422"),
        }
    if path:
        path["parameters"] = [RECORD_ID]
    return path


def _export(screen: Screen, name: str, kind: str) -> JsonObject:
    rows: JsonObject = (
        {"type": "array", "items": {"type": "object"}} if kind == "json" else {"type": "string"}
    )
    file = {"description": "Every record that the filters find", "content": {EXPORTS[kind]: {"schema": rows}}}
    unused = ("after", "limit", "count")
    return {
        "summary": str(screen.plural),
        "operationId": f"export{name}{kind.capitalize()}",
        "tags": [screen.slice],
        "parameters": [each for each in _list_parameters(screen) if each["name"] not in unused],
        "responses": responses("200", file, "422"),
    }


def _bulk(screen: Screen, name: str) -> JsonObject:
    body = {
        "type": "object",
        "properties": {
            "operations": {
                "type": "array",
                "items": reference(f"{name}Entry"),
                "minItems": 1,
                "maxItems": MOST_ENTRIES,
            },
            "atomic": {"type": "boolean", "default": False},
        },
        "required": ["operations"],
    }
    results = {
        "type": "object",
        "properties": {"results": {"type": "array", "items": reference("EntryAnswer")}},
        "required": ["results"],
    }
    return {
        "summary": str(screen.plural),
        "operationId": f"bulk{name}",
        "tags": [screen.slice],
        "parameters": [IDEMPOTENCY_KEY],
        "security": WRITING,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": responses(
            "200", content("An answer per entry", results), "400", "409", "413", "415", "422"
        ),
    }
