"""Classification of a Parquet table on Spark: `python batch/spark.py INPUT.parquet OUTPUT.parquet`.

It needs pyspark and Java, and the packages of `make .venv/batch` on each node. The column `image` has PNG, JPEG or
WebP files; `probabilities` is added: ten of the network, NaN for a picture that cannot be read.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from pyspark.ml.functions import predict_batch_udf
from pyspark.sql import SparkSession
from pyspark.sql.types import ArrayType, FloatType

ROOT = Path(__file__).parents[1]
BATCH = 256  # pictures


def open_model() -> Callable[[Any], Any]:
    """Open the network in an executor. Returns the function that classifies (n,) encoded pictures."""
    sys.path[:0] = [str(ROOT), str(ROOT / "functions")]
    from batch.classify import preprocess
    from digits.registry import Bundle

    network = Bundle()["mlp"]

    def classify(encoded: Any) -> Any:
        pictures = [preprocess(each) for each in encoded]
        readable = [index for index, picture in enumerate(pictures) if not isinstance(picture, str)]
        answers = np.full((len(pictures), 10), np.nan, np.float32)
        if readable:
            answers[readable] = network.probabilities(np.stack([pictures[index] for index in readable]))
        return answers

    return classify


if __name__ == "__main__":
    source, target = sys.argv[1:]
    classify = predict_batch_udf(open_model, return_type=ArrayType(FloatType()), batch_size=BATCH)
    table = SparkSession.builder.getOrCreate().read.parquet(source)
    table.withColumn("probabilities", classify("image")).write.parquet(target)
