"""template.yaml: parsed, transformed by AWS's SAM translator, and resolved for given parameter values.

Short forms are expanded: `!Ref x` is loaded as `{"Ref": x}`. References to resources stay unresolved.
"""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
ACCOUNT, REGION, STACK = "123456789012", "us-east-1", "digits"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}
ABSENT = {"Ref": "AWS::NoValue"}

type Values = dict[str, Any]


class _Loader(yaml.CSafeLoader):  # type: ignore[misc]  # a tenth of the time of SafeLoader
    pass


def _intrinsic(loader: _Loader, name: str, node: yaml.Node) -> Values:
    construct = {"scalar": loader.construct_scalar, "sequence": loader.construct_sequence}[node.id]
    value = construct(node) if node.id == "scalar" else construct(node, deep=True)
    if name == "GetAtt":
        value = value.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def load() -> dict[str, Any]:
    """Return the parsed template."""
    template: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), _Loader)
    return template


def resource(name: str) -> dict[str, Any]:
    """Return the properties of one resource before the SAM transform, with the default parameter values."""
    template = load()
    properties: dict[str, Any] = resolve(template["Resources"][name]["Properties"], values({}), template)
    return properties


def values(given: Values) -> Values:
    """Return all parameter values as text: the given ones, and the defaults of the others."""
    defaults = {name: str(parameter["Default"]) for name, parameter in load()["Parameters"].items()}
    assert given.keys() <= defaults.keys() | PSEUDO.keys()
    return {**PSEUDO, **defaults, **{name: str(value) for name, value in given.items()}}


def transformed(**given: Any) -> dict[str, Any]:
    """Return the template after AWS's SAM transform, with conditions and intrinsic functions unresolved."""
    # Imported here: it takes 4 to 9 s, which would be added to the collection of every test.
    from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
    from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]

    parameters = values(given)
    template = load()
    template["Resources"]["DigitsFunction"]["Properties"]["CodeUri"] = "s3://artifacts/code"  # as `sam deploy` does
    with mock.patch.dict(os.environ, AWS_DEFAULT_REGION=parameters["AWS::Region"]):
        result: dict[str, Any] = Translator({}, Parser()).translate(template, parameters)
    return result


@cache
def _made(given: str) -> str:
    parameters = json.loads(given)
    template = transformed(**parameters)
    names = values(parameters)
    there = {
        name: described
        for name, described in template["Resources"].items()
        if "Condition" not in described or resolve({"Condition": described["Condition"]}, names, template)
    }
    return json.dumps(resolve(there, names, template))


def made(**given: Any) -> dict[str, Any]:
    """Return every resource that CloudFormation would create with these parameter values."""
    resources: dict[str, Any] = json.loads(_made(json.dumps(given)))
    return resources


def violations(**given: Any) -> list[str]:
    """Return the descriptions of the rule assertions that fail with these parameter values."""
    names, template = values(given), load()
    return [
        assertion["AssertDescription"]
        for rule in template["Rules"].values()
        if resolve(rule["RuleCondition"], names, template)
        for assertion in rule["Assertions"]
        if not resolve(assertion["Assert"], names, template)
    ]


def resolve(value: Any, names: Values, template: dict[str, Any]) -> Any:
    """Return the value with conditions, parameters and intrinsic functions resolved; references to resources stay."""

    def of(inner: Any) -> Any:
        return resolve(inner, names, template)

    if isinstance(value, list):
        return [item for item in map(of, value) if item != ABSENT]
    if not isinstance(value, dict):
        return value
    match list(value.items()):
        case [("Ref", str(name))] if name in names:
            return names[name]
        case [("Condition", str(name))] if name in template.get("Conditions", {}):
            return of(template["Conditions"][name])
        case [("Fn::If", [str(name), yes, no])]:
            return of(yes if of({"Condition": name}) else no)
        case [("Fn::Equals", [one, other])]:
            return str(of(one)) == str(of(other))  # CloudFormation compares text
        case [("Fn::Not", [condition])]:
            return not of(condition)
        case [("Fn::And", conditions)]:
            return all(map(of, conditions))
        case [("Fn::Split", [by, text])]:
            return of(text).split(by)
        case [("Fn::Join", [by, parts])] if all(isinstance(part, str) for part in of(parts)):
            return by.join(of(parts))
        case [("Fn::Sub", [str(text), own])]:
            return _substitute(text, {**names, **of(own)})
        case [("Fn::Sub", str(text))]:
            return _substitute(text, names)
    return {name: inner for name, inner in ((name, of(inner)) for name, inner in value.items()) if inner != ABSENT}


def _substitute(text: str, names: Values) -> str:
    """Replace each `${name}` that is in `names`."""

    def replacement(match: re.Match[str]) -> str:
        value = names.get(match[1], match[0])
        return value if isinstance(value, str) else match[0]

    return re.sub(r"\$\{([^}!]+)\}", replacement, text)
