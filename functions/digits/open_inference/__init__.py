"""Open Inference Protocol v2: schemas of requests and responses, and their tensors."""
