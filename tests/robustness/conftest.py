"""Hypothesis profiles: few fixed examples in `make test`, many random ones in `make fuzz`."""

import os

from hypothesis import settings

settings.register_profile("quick", max_examples=25, derandomize=True, database=None, deadline=None)
settings.register_profile("fuzz", max_examples=2_000, print_blob=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
