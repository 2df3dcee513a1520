"""All faults in the order in which they are played; each module enters its own."""

from tests.faults import network, killing, keeping, serving, people, updating  # isort: skip
from tests.faults.stage import CORE
from tests.faults.stage import REGISTRY as FAULTS

__all__ = ["CORE", "FAULTS", "keeping", "killing", "network", "people", "serving", "updating"]
