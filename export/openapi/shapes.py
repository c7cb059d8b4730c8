"""Names, rules and descriptions come in; JSON Schemas go out, each kind of value by a word of its own."""

from typing import Any

type Schema = dict[str, Any]


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def text(description: str = "", **rules: Any) -> Schema:
    return _described("string", description, rules)


def whole(description: str = "", **rules: Any) -> Schema:
    return _described("integer", description, rules)


def number(description: str = "", **rules: Any) -> Schema:
    return _described("number", description, rules)


def rows(items: Schema, description: str = "", count: int | None = None, **rules: Any) -> Schema:
    """Describe an array, of exactly `count` items where that is given."""
    exactly = {"minItems": count, "maxItems": count} if count else {}
    return _described("array", description, {"items": items, **exactly, **rules})


def answer(description: str, fields: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    """Describe an object that the API writes: with these fields and no other."""
    properties = {**fields, **(optional or {})}
    return request(description, properties, [*fields]) | {"additionalProperties": False}


def request(description: str, fields: dict[str, Schema], required: list[str]) -> Schema:
    """Describe an object that the API reads: it ignores fields that it does not know."""
    return _described("object", description, {"required": required, "properties": fields})


def _described(type: str, description: str, rules: dict[str, Any]) -> Schema:
    return {"type": type, **({"description": description} if description else {}), **rules}
