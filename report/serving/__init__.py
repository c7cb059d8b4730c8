"""Section of the report on the benchmark: cold start, latency, throughput, memory, size, cost."""
