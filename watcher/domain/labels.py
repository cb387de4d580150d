"""What the steps of the pyramid are called, in English, Chinese, or the rep's own words.

`watcher status` imports this: standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": MappingProxyType(
            {
                "cold": "cold",
                "inquiry": "inquiry",
                "opportunity": "opportunity",
                "pi": "PI",
                "won": "won",
                "lost": "lost",
                "old": "old customer",
            }
        ),
        "zh": MappingProxyType(
            {
                "cold": "潜在客户",
                "inquiry": "询盘客户",
                "opportunity": "机会客户",
                "pi": "PI客户",
                "won": "成交客户",
                "lost": "丢单",
                "old": "老客户",
            }
        ),
    }
)

# Other words that people write for a step, in a sheet of their own.
_ALSO = {
    "cold prospect": "cold",
    "prospect": "cold",
    "lead": "cold",
    "inquiry customer": "inquiry",
    "enquiry": "inquiry",
    "opportunity customer": "opportunity",
    "pi customer": "pi",
    "proforma": "pi",
    "proforma invoice": "pi",
    "pi signed": "pi",
    "closed": "won",
    "closed customer": "won",
    "order": "won",
    "customer": "won",
    "dead": "lost",
    "潜在": "cold",
    "冷客户": "cold",
    "陌生客户": "cold",
    "询盘": "inquiry",
    "询价": "inquiry",
    "询价客户": "inquiry",
    "机会": "opportunity",
    "意向客户": "opportunity",
    "意向": "opportunity",
    "已签pi": "pi",
    "形式发票": "pi",
    "成交": "won",
    "已成交": "won",
    "丢失": "lost",
    "失单": "lost",
    "流失": "lost",
    "輸單": "lost",
    "潛在客戶": "cold",
    "詢盤客戶": "inquiry",
    "機會客戶": "opportunity",
    "成交客戶": "won",
}


def labels(language: str = "en", own: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """What each stage (and `old`, the old customer's policy) is called; the rep's `own` words win."""
    return {**LANGUAGES[language], **own}


def stage_called(text: str, own: Mapping[str, str] = MappingProxyType({})) -> str | None:
    """The stage that somebody's word means, whatever the language or the case; None where it is none.

    The rep's `own` words come first, then the stages' names, then each language's labels and what else is
    said for them. `old` is no stage: an old customer's deal is won.
    """
    wanted = " ".join(text.split()).casefold()
    tables = [own, {one: one for one in LANGUAGES["en"]}, *LANGUAGES.values()]
    for table in tables:
        for name, label in table.items():
            if label.casefold() == wanted:
                return "won" if name == "old" else name
    return _ALSO.get(wanted)
