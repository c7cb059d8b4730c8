"""The Ray cluster on AWS that docs/batch.md starts."""

import json
from importlib.util import find_spec
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml  # type: ignore[import-untyped]

from tests.support.require import require
from tests.support.template import ROOT

CLUSTER = yaml.safe_load((ROOT / "batch" / "cluster.yaml").read_text())


def test_cluster_file_is_of_rays_schema() -> None:
    ray = find_spec("ray")  # without importing it, which takes seconds
    require(ray is not None, "Ray is not installed", "make .venv/ray")
    assert ray
    assert ray.origin
    schema = json.loads(Path(ray.origin).with_name("autoscaler").joinpath("ray-schema.json").read_text())
    jsonschema.validate(CLUSTER, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(CLUSTER | {"max_workers": "many"}, schema)


def test_only_workers_are_spot_instances() -> None:
    types = CLUSTER["available_node_types"]
    assert CLUSTER["head_node_type"] == "head"
    assert "InstanceMarketOptions" not in types["head"]["node_config"]
    assert types["worker"]["node_config"]["InstanceMarketOptions"] == {"MarketType": "spot"}
    assert types["worker"]["max_workers"] <= CLUSTER["max_workers"]
