"""The columns of the sheet, and which one a heading means, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from watcher.errors import UsageError

_HEADINGS_IN = 20  # rows: what stands above a table (a title, a date) is shorter


class Column(StrEnum):
    """What a column holds. Those up to TITLE may be changed; the others are told, and ignored when they come
    back.
    """

    NUMBER = "number"
    CUSTOMER = "customer"
    EMAIL = "email"
    WEBSITE = "website"
    NAME = "name"
    COUNTRY = "country"
    STAGE = "stage"
    VALUE = "value"
    CURRENCY = "currency"
    EXPECTED = "expected"
    SHIPPED = "shipped"
    NOTE = "note"
    OWNER = "owner"
    TITLE = "title"
    TURN = "turn"
    THEY_WROTE = "they_wrote"
    WE_WROTE = "we_wrote"
    DUE = "due"
    OVERDUE = "overdue"
    FOLLOW_UPS = "follow_ups"


# What the columns are called, by the language of the labels.
HEADINGS: Mapping[str, Mapping[Column, str]] = MappingProxyType(
    {
        "en": {
            Column.NUMBER: "No.",
            Column.NAME: "Customer",
            Column.CUSTOMER: "Domain or address",
            Column.COUNTRY: "Country",
            Column.STAGE: "Stage",
            Column.VALUE: "Value",
            Column.CURRENCY: "Currency",
            Column.EXPECTED: "Expected",
            Column.TURN: "Whose turn",
            Column.DUE: "Next due",
            Column.OVERDUE: "Overdue (working days)",
            Column.THEY_WROTE: "They wrote last",
            Column.WE_WROTE: "We wrote last",
            Column.FOLLOW_UPS: "Follow-ups",
            Column.NOTE: "Note",
            Column.OWNER: "Owner",
            Column.TITLE: "Deal",
            Column.SHIPPED: "Shipped",
        },
        "zh": {
            Column.NUMBER: "编号",
            Column.NAME: "客户",
            Column.CUSTOMER: "域名或邮箱",
            Column.COUNTRY: "国家",
            Column.STAGE: "阶段",
            Column.VALUE: "金额",
            Column.CURRENCY: "币种",
            Column.EXPECTED: "预计日期",
            Column.TURN: "轮到谁",
            Column.DUE: "下次跟进",
            Column.OVERDUE: "逾期(工作日)",
            Column.THEY_WROTE: "对方最后来信",
            Column.WE_WROTE: "我方最后去信",
            Column.FOLLOW_UPS: "跟进次数",
            Column.NOTE: "备注",
            Column.OWNER: "负责人",
            Column.TITLE: "项目",
            Column.SHIPPED: "发货日期",
        },
    }
)

# What else people write above such a column.
_ALSO = """
    number: no, id, #, number, 序号, 編號
    name: company, company name, customer name, client, client name, name, account, buyer,
        firma, kunde, cliente, 客户名称, 公司, 公司名称, 客户名, 客戶, 公司名稱, 客戶名稱
    customer: domain, key, 域名
    email: e-mail, mail, email address, e-mail address, contact email, 邮箱, 电子邮箱, 邮件, 郵箱
    website: web, url, homepage, site, 网站, 网址, 網站
    country: country/region, region, land, pais, 国家/地区, 地区, 國家
    stage: status, step, level, phase, pipeline, 客户阶段, 状态, 客户状态, 等级, 階段, 狀態
    value: amount, deal value, order value, worth, sum, total, betrag, 订单金额, 价值, 金額
    currency: cur, ccy, 货币, 幣種
    expected: expected date, expected order, close date, expected close, eta, 预计下单, 预计成交, 预计下单日期
    shipped: shipped on, shipping date, ship date, shipment, 出货日期, 发货, 發貨日期
    note: notes, remark, remarks, comment, comments, memo, bemerkung, 说明, 跟进情况, 備註
    owner: rep, sales, salesperson, sales rep, responsible, assigned to, 业务员, 销售, 跟单, 負責人
    title: deal name, project, product, opportunity name, 产品, 项目名称, 項目
"""


def _bare(heading: str) -> str:
    """A heading without what people vary: case, blanks, what stands in brackets, the colon."""
    without = re.sub(r"[(（\[].*?[)）\]]", " ", heading.casefold())
    return " ".join(re.sub(r"[:：*._]", " ", without).split())


def _synonyms() -> dict[str, Column]:
    found: dict[str, Column] = {}
    for row in re.split(r"\n    (?=\w)", _ALSO.strip()):
        name, _, words = row.partition(":")
        found |= {_bare(one): Column(name.strip()) for one in words.split(",")}
    found |= {_bare(one): Column(one) for one in Column}
    for language in HEADINGS.values():
        found |= {_bare(heading): column for column, heading in language.items()}
    return found


_KNOWN = _synonyms()


@dataclass(frozen=True, slots=True)
class Mapped:
    """Where the headings stand (a place in the rows), and which place of a row holds which column. `unknown`
    are the headings that mean none.
    """

    at: int
    places: Mapping[Column, int]
    headings: Mapping[Column, str]
    unknown: tuple[str, ...] = ()


def find_headings(rows: Sequence[Sequence[object]], said: Mapping[str, str]) -> Mapped | None:
    """The row with the most headings that are known, among the first; None where no row has two.

    `said` maps headings to columns by hand ("" for none). Raises UsageError where it names what is not there.
    """
    found = [_mapped(place, row, said) for place, row in enumerate(rows[:_HEADINGS_IN])]
    best = max(found, key=lambda one: len(one.places), default=None)
    if best is None or len(best.places) < (1 if said else 2):
        return None
    missing = set(map(_bare, said)) - {_bare(str(one)) for one in rows[best.at]}
    if missing:
        raise UsageError(f"there is no heading {min(missing)!r}.", "Name one that is there.")
    return best


def _mapped(at: int, row: Iterable[object], said: Mapping[str, str]) -> Mapped:
    by_hand = {_bare(heading): _column(name) for heading, name in said.items()}
    places: dict[Column, int] = {}
    headings: dict[Column, str] = {}
    unknown = []
    for place, cell in enumerate(row):
        heading = cell.strip() if isinstance(cell, str) else ""
        bare = _bare(heading)
        column = by_hand[bare] if bare in by_hand else _KNOWN.get(bare)
        if column is not None and column not in places:
            places[column], headings[column] = place, heading
        elif heading:
            unknown.append(heading)
    return Mapped(at, places, headings, tuple(unknown))


def _column(name: str) -> Column | None:
    if not name.strip():
        return None
    wanted = name.strip().casefold()
    column = Column(wanted) if wanted in set(Column) else _KNOWN.get(_bare(name))
    if column is None:
        raise UsageError(f"{name!r} is no column.", f"Say one of {', '.join(one.value for one in Column)}.")
    return column
