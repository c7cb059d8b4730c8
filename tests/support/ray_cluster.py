"""Ray cluster of several nodes on this machine, by Ray's own `cluster_utils`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

OBJECT_STORE = 200 << 20  # bytes of a node


@contextmanager
def ray_cluster(nodes: int) -> Iterator["Cluster"]:
    """Run a head without cores, and nodes of one core each, until the block ends."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": OBJECT_STORE})
    try:
        for _ in range(nodes):
            cluster.add_node(num_cpus=1, object_store_memory=OBJECT_STORE)
        yield cluster
    finally:
        cluster.shutdown()
