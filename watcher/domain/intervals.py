"""Numbers that say how far to trust them: a rate with its interval, lengths of time with their spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt
from statistics import NormalDist, median, quantiles

# A rate of fewer is chance (DESIGN 2.9): it is shown with its count, and nobody is judged by it.
JUDGED_FROM = 10
_Z95 = NormalDist().inv_cdf(0.975)
_DAY = timedelta(days=1)


def wilson(reached: int, of: int) -> tuple[float, float]:
    """The interval that holds the true rate in 95 of 100 cases; (0, 1) where there is nothing to count.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22
    (1927), 209-212. It stays within 0 and 1 and is right for small counts, where the textbook's is not (L. D.
    Brown, T. T. Cai, A. DasGupta, "Interval estimation for a binomial proportion", Stat. Sci. 16 (2001)).
    """
    if not of:
        return 0.0, 1.0
    share, square = reached / of, _Z95 * _Z95
    middle = (share + square / (2 * of)) / (1 + square / of)
    reach = _Z95 / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of * of))
    low = 0.0 if reached == 0 else middle - reach
    return low, 1.0 if reached == of else middle + reach


@dataclass(frozen=True, slots=True)
class Rate:
    """`reached` out of `of`."""

    reached: int
    of: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where there is nothing to count."""
        return self.reached / self.of if self.of else None

    @property
    def low(self) -> float:
        """The lower end of the interval (`wilson`)."""
        return wilson(self.reached, self.of)[0]

    @property
    def high(self) -> float:
        """The upper end of the interval."""
        return wilson(self.reached, self.of)[1]

    @property
    def judged(self) -> bool:
        """Whether there are enough to judge by."""
        return self.of >= JUDGED_FROM


@dataclass(frozen=True, slots=True)
class Spread:
    """How long things lasted, in calendar days: how many there were, the median, and what four of five of
    them stayed within. None where there were none.
    """

    count: int
    median: float | None = None
    p80: float | None = None

    @property
    def judged(self) -> bool:
        """Whether there are enough to judge by."""
        return self.count >= JUDGED_FROM


def spread(lengths: Sequence[timedelta]) -> Spread:
    """The spread of some lengths of time. The percentile is interpolated between the lengths that were seen
    (`statistics.quantiles`, method "inclusive": Hyndman and Fan's type 7).
    """
    days = [one / _DAY for one in lengths]
    if not days:
        return Spread(0)
    if len(days) == 1:
        return Spread(1, days[0], days[0])
    return Spread(len(days), median(days), quantiles(days, n=5, method="inclusive")[3])
