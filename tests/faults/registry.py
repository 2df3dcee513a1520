"""All faults in the order in which they are played."""

from tests.faults import network  # each module enters its own
from tests.faults.stage import REGISTRY as FAULTS

__all__ = ["FAULTS", "network"]
