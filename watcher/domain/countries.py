"""What countries are called, and which one a word or a domain means (ISO 3166-1 alpha-2)."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from watcher.domain.data import table

_WITH_ARTICLE = ("United", "Netherlands", "Philippines", "Bahamas", "Maldives", "Dominican", "Czech R")

# What else people write into a sheet. Chinese names as the standard GB/T 2659 has them, shortened.
_ALSO_CALLED = """
    GB uk, england, great britain, 英国, 英國; GR el, 希腊; US usa, america, 美国, 美國;
    AE uae, emirates, 阿联酋, 迪拜; NL holland, 荷兰; KR korea, south korea, 韩国, 韓國;
    SA ksa, 沙特, 沙特阿拉伯; DE deutschland, 德国, 德國; ES espana, 西班牙; BR brasil, 巴西;
    IT italia, 意大利; TR turkiye, 土耳其; PL polska, 波兰; CN 中国, 中國; HK 香港; TW 台湾, 台灣;
    CA 加拿大; MX 墨西哥; AR 阿根廷; CL 智利; PE 秘鲁; CO 哥伦比亚; FR 法国, 法國; PT 葡萄牙;
    BE 比利时; CH 瑞士; AT 奥地利; CZ 捷克; SE 瑞典; NO 挪威; DK 丹麦; FI 芬兰; IE 爱尔兰; RU 俄罗斯;
    UA 乌克兰; IL 以色列; QA 卡塔尔; KW 科威特; EG 埃及; ZA 南非; NG 尼日利亚; KE 肯尼亚; MA 摩洛哥;
    IN 印度; PK 巴基斯坦; BD 孟加拉; LK 斯里兰卡; JP 日本; VN 越南; TH 泰国, 泰國; MY 马来西亚;
    SG 新加坡; ID 印尼, 印度尼西亚; PH 菲律宾; AU 澳大利亚, 澳洲; NZ 新西兰; KZ 哈萨克斯坦;
    UZ 乌兹别克斯坦
"""


@cache
def country_name(code: str) -> str:
    """What a country (ISO 3166-1 alpha-2) is called in English, "" where there is none of that code."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", _english().get(code, ""))
    return f"the {words}" if words.startswith(_WITH_ARTICLE) else words


def country_called(text: str) -> str | None:
    """The code of the country that a word means: its code, its English name, or another that is known here.

    None where it means none.
    """
    code = text.strip().upper()
    if len(code) == 2 and country_name(code):
        return code
    return _by_name().get(_bare(text).removeprefix("the "))


@cache
def _english() -> dict[str, str]:
    """Names in one word, by code."""
    from holidays.registry import COUNTRIES  # half of a second, and `--help` loads every command

    return {entry[1]: entry[0] for entry in COUNTRIES.values()}


@cache
def _by_name() -> dict[str, str]:
    names = {_bare(country_name(code)).removeprefix("the "): code for code in _english()}
    for row in _ALSO_CALLED.split(";"):
        code, _, also = row.strip().partition(" ")
        names |= {_bare(one): code for one in also.split(",")}
    return names


def _bare(text: str) -> str:
    """Without accents, case and double blanks."""
    letters = unicodedata.normalize("NFD", text.casefold())
    return " ".join("".join(one for one in letters if not unicodedata.combining(one)).split())


@lru_cache(maxsize=8192)
def country_of_domain(domain: str) -> str | None:
    """The country (ISO 3166-1 alpha-2) a domain's ending names; None for .com, .eu, .io and their like."""
    labels = domain.lower().strip(".").split(".")
    special = table("countries")["tlds"]
    for ending in (".".join(labels[-2:]), _readable(labels[-1])):
        if ending in special:
            return special[ending] or None
    code = labels[-1].upper()
    return code if code in table("countries")["zones"] else None


def _readable(label: str) -> str:
    try:
        return label.encode("ascii").decode("idna")
    except UnicodeError:  # already readable, or no valid punycode: no country either way
        return label
