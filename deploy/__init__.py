"""Deployment to AWS: the stack of template.yaml, the page in its bucket, smoke test, teardown."""
