"""template.yaml comes in; its content goes out, with `!Ref x` and its like as `{"Ref": x}`."""

from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[1]


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    pass


def _intrinsic(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    construct = {"scalar": loader.construct_scalar, "sequence": loader.construct_sequence}[node.id]
    return {name if name == "Ref" else f"Fn::{name}": construct(node)}


_Loader.add_multi_constructor("!", _intrinsic)


def load() -> dict[str, Any]:
    """Read the whole template."""
    template: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), _Loader)
    return template


def resource(name: str) -> dict[str, Any]:
    """The properties of one resource."""
    properties: dict[str, Any] = load()["Resources"][name]["Properties"]
    return properties
