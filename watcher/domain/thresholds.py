"""The numbers that the rates and the diagnosis judge by: data/diagnosis.toml, each with its reason there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType

from watcher.domain.data import table
from watcher.domain.stages import Stage


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Days are calendar days, floors and shares are from 0 to 1; what each is for stands with its value."""

    mature_cold_days: float
    mature_inquiry_days: float
    mature_opportunity_days: float
    mature_pi_days: float
    mature_wait_days: float
    qualified_floor: float
    negotiated_floor: float
    paid_floor: float
    bottom_from: float
    bottom_per_pi: float
    silent_after_days: float
    unasked_share: float
    shape_from: float
    top_heavy: float
    carried_among: float
    carried_share: float
    stuck_from: float
    stuck_share: float

    def mature(self, stage: Stage) -> timedelta:
        """How long a deal needs on a step before it can be said whether it went on."""
        return timedelta(days=getattr(self, f"mature_{stage.value}_days"))


def thresholds(changed: Mapping[str, float] = MappingProxyType({})) -> Thresholds:
    """The defaults, changed where the config says so. Raises TypeError for a name that is none."""
    return replace(DEFAULT, **changed)


DEFAULT = Thresholds(**{name: float(one["value"]) for name, one in table("diagnosis").items()})
