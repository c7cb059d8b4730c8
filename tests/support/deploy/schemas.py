"""AWS's resource schemas, which cfn-lint contains: permissions and tags of each resource type."""

import json
from functools import cache
from pathlib import Path
from typing import Any

# Types without published permissions, and a type with the same ones.
SAME_AS = {"AWS::Route53::RecordSetGroup": "AWS::Route53::RecordSet"}


@cache
def schemas() -> dict[str, Any]:
    """Return the schemas that list permissions, by resource type."""
    import cfnlint  # type: ignore[import-untyped]

    folder = Path(cfnlint.__file__).with_name("data") / "schemas" / "resources"
    read = (json.loads(path.read_text()) for path in folder.glob("*.json"))
    return {each["typeName"]: each for each in read if "handlers" in each}


def permissions(kind: str) -> set[str]:
    """Return the actions needed to create, read, update, delete and tag a resource of this type."""
    schema = schemas()[SAME_AS.get(kind, kind)]
    listed = [each["permissions"] for name, each in schema["handlers"].items() if name != "list"]
    listed.append(tagging(kind).get("permissions", []))
    return {action for each in listed for action in each}


def tag_property(kind: str) -> str | None:
    """Return the name of the property that has the tags, or None if the type has no tags."""
    return str(tagging(kind).get("tagProperty", "/properties/Tags")).rpartition("/")[2] if tagging(kind) else None


def tagging(kind: str) -> dict[str, Any]:
    """Return the schema's description of tags, empty if the type has none."""
    described: dict[str, Any] = schemas().get(SAME_AS.get(kind, kind), {}).get("tagging", {})
    return described if described.get("taggable") else {}
