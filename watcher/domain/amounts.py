"""Money as a rep reads it: currencies side by side, never added up."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from watcher.domain.plain import plain

_MILLION = 1_000_000


def money(amount: Decimal, currency: str) -> str:
    """ "EUR 12,400", "USD 1.25M"; cents are left out, and "" is no currency."""
    return f"{plain(currency, 8)} {_short(amount)}".lstrip()


def monies(values: Mapping[str, Decimal], most: int = 3) -> str:
    """Amounts by currency: "EUR 12,400 · USD 900"; "+2" stands for those beyond the `most`."""
    told = [money(amount, currency) for currency, amount in values.items()]
    more = [f"+{len(told) - most}"] if len(told) > most else []
    return " · ".join([*told[:most], *more])


def _short(amount: Decimal) -> str:
    # A sheet may hold any number: what no page could show is told by its size.
    if not amount.is_finite() or abs(amount.adjusted()) > 15:
        return f"{amount:.2e}"
    if abs(amount) >= _MILLION:
        return f"{amount / _MILLION:,.2f}".rstrip("0").rstrip(".") + "M"
    return f"{amount.quantize(Decimal(1), ROUND_HALF_UP):,}"
