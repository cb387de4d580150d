"""The config: what the file may say, checked whole.

The keys are DESIGN 3's and keep their names; config.example.toml explains each. Every problem is
found in one go and told as "key: value, what would be right". What `watcher status` needs without
these models is in `watcher.paths`; the text of a new file comes from `watcher.config_file`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, time
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    Strict,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from watcher import config_checks as check
from watcher import paths
from watcher.config_file import Answers, render_account, render_config, write_config
from watcher.config_problems import MEND, problem_lines, shown
from watcher.domain.calendars import Calendar, Correction, rep_calendar
from watcher.domain.labels import LANGUAGES, labels
from watcher.domain.stages import DEFAULT_POLICIES, Policy
from watcher.domain.thresholds import Thresholds, thresholds
from watcher.errors import ConfigError

__all__ = [
    "Account",
    "Alerts",
    "Answers",
    "Config",
    "CountryDays",
    "Diagnosis",
    "Drafts",
    "Ignore",
    "Planning",
    "Push",
    "Rep",
    "Sheet",
    "StageTable",
    "Stages",
    "Store",
    "Sync",
    "config_from",
    "default_config_path",
    "known_keys",
    "load_config",
    "render_account",
    "render_config",
    "write_config",
]

Tls = Literal["implicit", "starttls", "off"]
Channel = Literal["desktop", "terminal", "push"]
Opening = Literal["auto", "mail", "web", "terminal"]
Auth = Literal["password", "oauth-microsoft", "oauth-google"]
Language = Literal["en", "zh"]

Words = Annotated[str, AfterValidator(check.words)]
Address = Annotated[str, AfterValidator(check.address)]
Domain = Annotated[str, AfterValidator(check.domain)]
Addresses = Annotated[tuple[Address, ...], AfterValidator(check.each_once)]
Domains = Annotated[tuple[Domain, ...], AfterValidator(check.each_once)]
Folders = Annotated[tuple[Words, ...], AfterValidator(check.some), AfterValidator(check.each_once)]
Flag = Annotated[bool, Strict()]
Whole = Annotated[int, Strict()]  # without Strict, true and "993" would be numbers
Days = tuple[Annotated[date, BeforeValidator(check.day)], ...]
Count = Annotated[Whole, AfterValidator(check.within(0, 10_000, "a number"))]
Share = Annotated[float, Strict(), AfterValidator(check.share)]
WorkingDays = Annotated[Whole, AfterValidator(check.within(1, 366, "a number of working days"))]

IMPLICIT_TLS_PORT, PLAIN_PORT = 993, 143  # RFC 8314 3.2, RFC 3501 2.1
_RELATIVE_STORE = Path()  # any folder: whether a URL is right does not depend on it


class Table(BaseModel):
    """One table of the file: it never changes, and knows every key it may hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Rep(Table):
    """The one who writes: zone, hours and days off bound when anything pops up."""

    name: str = ""
    country: Annotated[str, AfterValidator(check.country)] | None = None
    time_zone: str = Field(default_factory=paths.system_time_zone)
    working_hours: Annotated[tuple[time, time], BeforeValidator(check.hours)] = (time(9), time(18))
    our_domains: Domains | None = None  # None: those of the accounts, free mail aside
    holidays: Days = ()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        return paths.zone(name).key

    @property
    def zone(self) -> ZoneInfo:
        """The rep's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def opening(self) -> time:
        """When working hours begin, in `zone`."""
        return self.working_hours[0]

    @property
    def closing(self) -> time:
        """When working hours end, in `zone`."""
        return self.working_hours[1]


class CountryDays(Table):
    """Days of one country that its calendar has wrong: off though worked there, or worked though off."""

    country: Annotated[str, AfterValidator(check.country)]
    holidays: Days = ()
    workdays: Days = ()

    @field_validator("workdays")
    @classmethod
    def _not_both(cls, days: tuple[date, ...], info: ValidationInfo) -> tuple[date, ...]:
        if both := set(days) & set(info.data.get("holidays", ())):
            raise ValueError(f"names {min(both)}, which is in holidays too; a day is one or the other")
        return days


class Account(Table):
    """One IMAP login of the rep. `port` and `user` are filled in from `tls` and `address`."""

    name: Words = "work"
    address: Address
    aliases: Addresses = ()
    shared: Addresses = ()
    host: Annotated[str, AfterValidator(check.host)]
    tls: Tls = "implicit"
    port: Annotated[Whole, AfterValidator(check.within(1, 65535, "a port"))] = IMPLICIT_TLS_PORT
    ca_file: Path | None = None
    user: Words = ""
    auth: Auth = "password"
    client_id: Words | None = Field(default=None, validate_default=True)
    tenant: Annotated[str, AfterValidator(check.tenant)] = "common"
    password_command: Annotated[str, AfterValidator(check.command)] | None = Field(default=None, repr=False)
    sent: Words | None = None
    folders: Folders | None = None  # None: all but Trash, Drafts and all mail

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, table: object) -> object:
        if not isinstance(table, Mapping):
            return table
        plain = table.get("tls") in ("starttls", "off")
        given = {"port": PLAIN_PORT if plain else IMPLICIT_TLS_PORT}
        return {**given, **_user_from(table.get("address")), **table}

    @field_validator("tls")
    @classmethod
    def _plain_on_loopback_only(cls, tls: Tls, info: ValidationInfo) -> Tls:
        # A host with a problem of its own is not in info.data; that problem comes first.
        host = info.data.get("host", "localhost")
        if tls == "off" and not check.is_loopback(host):
            raise ValueError(
                f"would send the password in the clear to {shown(host)}; "
                'use "implicit" or "starttls", "off" is for 127.0.0.1, ::1 and localhost'
            )
        return tls

    @field_validator("client_id")
    @classmethod
    def _known_to_the_provider(cls, client_id: str | None, info: ValidationInfo) -> str | None:
        if client_id is None and info.data.get("auth", "password") != "password":
            raise ValueError("is missing; OAuth needs the client id of a program that the provider knows")
        return client_id

    @property
    def provider(self) -> Literal["microsoft", "google"] | None:
        """On whose page one signs in; None where a password does it."""
        match self.auth:
            case "oauth-microsoft":
                return "microsoft"
            case "oauth-google":
                return "google"
            case _:
                return None

    @field_validator("ca_file", mode="before")
    @classmethod
    def _beside_the_config(cls, value: object, info: ValidationInfo) -> object:
        return check.file_in(_file_of(info).parent, value) if isinstance(value, str) else value


class Store(Table):
    """The memory."""

    url: str = Field(default_factory=paths.default_store_url)
    backups: Annotated[Whole, AfterValidator(check.within(0, 100, "a number of backups"))] = 3

    @field_validator("url")
    @classmethod
    def _sqlite(cls, url: str) -> str:
        paths.sqlite_path(url, _RELATIVE_STORE)
        return url


class Sync(Table):
    """How far back and how often mail is read."""

    since_days: Annotated[Whole, AfterValidator(check.within(0, 36500, "a number of days"))] = 365
    poll_seconds: Annotated[Whole, AfterValidator(check.within(1, 86400, "a number of seconds"))] = 300


class StageTable(Table):
    """What differs from the default policy of one stage; None: the default holds."""

    theirs_days: WorkingDays | None = None
    ours_days: WorkingDays | None = None
    idle_days: WorkingDays | None = None
    payment_days: WorkingDays | None = None
    pop_up: Flag | None = None
    label: Words | None = None

    def changes(self) -> dict[str, int | bool]:
        """What it says of the policy."""
        return self.model_dump(exclude_none=True, exclude={"label"})


class LostTable(Table):
    """Off the pyramid nothing lasts too long; it has a name all the same."""

    label: Words | None = None


class Stages(Table):
    """One table a stage, and `old` for a customer whose goods have shipped.

    `follow_evidence` lets evidence in mail move a deal that is open, without asking. `language` is that of
    the labels, each of which a stage's `label` replaces.
    """

    follow_evidence: Flag = False
    language: Language = "en"
    won: StageTable = StageTable()
    pi: StageTable = StageTable()
    opportunity: StageTable = StageTable()
    inquiry: StageTable = StageTable()
    cold: StageTable = StageTable()
    old: StageTable = StageTable()
    lost: LostTable = LostTable()


class Diagnosis(Table):
    """What the pyramid is judged by, where it differs from data/diagnosis.toml, which explains it.

    Days are calendar days; floors and shares are from 0 to 1.
    """

    mature_cold_days: Count | None = None
    mature_inquiry_days: Count | None = None
    mature_opportunity_days: Count | None = None
    mature_pi_days: Count | None = None
    mature_wait_days: Count | None = None
    qualified_floor: Share | None = None
    negotiated_floor: Share | None = None
    paid_floor: Share | None = None
    bottom_from: Count | None = None
    bottom_per_pi: Count | None = None
    silent_after_days: Count | None = None
    unasked_share: Share | None = None
    shape_from: Count | None = None
    top_heavy: Share | None = None
    carried_among: Count | None = None
    carried_share: Share | None = None
    stuck_from: Count | None = None
    stuck_share: Share | None = None


class Ignore(Table):
    """Who is never a customer."""

    domains: Domains = ()
    addresses: Addresses = ()


class Alerts(Table):
    """Where watcher speaks up: over all `channels`; where none of them takes it, over the first of the
    `otherwise` that does. `open` is where a thread is opened.
    """

    channels: Annotated[tuple[Channel, ...], AfterValidator(check.each_once)] = ("desktop",)
    otherwise: Annotated[tuple[Channel, ...], AfterValidator(check.each_once)] = ("terminal",)
    digest: Flag = True
    open: Opening = "auto"


PushStage = Literal["won", "pi", "opportunity", "inquiry", "cold"]


class Push(Table):
    """Where pushes go, and about what. A url is a secret: it is in no representation."""

    urls: tuple[Annotated[str, AfterValidator(check.service)], ...] = Field(default=(), repr=False)
    stages: tuple[PushStage, ...] = ("won", "pi", "opportunity")
    digest: Flag = True
    details: Flag = False


class Drafts(Table):
    """Follow-ups that are drafted when asked: in which language, by whose templates, and whether they may be
    put into the account's Drafts.
    """

    language: Literal["auto", "en", "zh"] = "auto"
    templates: Path | None = None
    append: Flag = False

    @field_validator("templates", mode="before")
    @classmethod
    def _beside_the_config(cls, value: object, info: ValidationInfo) -> object:
        return paths.beside(_file_of(info).parent, value) if isinstance(value, str) and value else value


class Planning(Table):
    """How much of the list a day holds."""

    capacity: Annotated[Whole, AfterValidator(check.within(1, 500, "a number of customers a day"))] = 20


class Sheet(Table):
    """The workbook of leads that the daemon reads when it is saved, and never writes."""

    watch: Path | None = None

    @field_validator("watch", mode="before")
    @classmethod
    def _beside_the_config(cls, value: object, info: ValidationInfo) -> object:
        return paths.beside(_file_of(info).parent, value) if isinstance(value, str) and value else value


class Config(Table):
    """The whole file; `path` is where it lies."""

    rep: Rep = Field(default_factory=Rep)
    calendars: tuple[CountryDays, ...] = Field(default=(), alias="calendar")
    accounts: tuple[Account, ...] = Field(alias="account")
    store: Store = Field(default_factory=Store)
    sync: Sync = Sync()
    stages: Stages = Stages()
    diagnosis: Diagnosis = Diagnosis()
    ignore: Ignore = Ignore()
    alerts: Alerts = Alerts()
    push: Push = Field(default_factory=Push, validate_default=True)
    drafts: Drafts = Drafts()
    plan: Planning = Planning()
    sheet: Sheet = Sheet()

    @field_validator("push")
    @classmethod
    def _push_goes_somewhere(cls, push: Push, info: ValidationInfo) -> Push:
        alerts = info.data.get("alerts")
        if alerts and "push" in (*alerts.channels, *alerts.otherwise) and not push.urls:
            named = "channels" if "push" in alerts.channels else "otherwise"
            raise ValueError(f'names no urls though alerts.{named} has "push"; say where to')
        return push

    _path: Path = PrivateAttr(default_factory=paths.config_path)

    @field_validator("accounts", mode="before")
    @classmethod
    def _name_accounts(cls, tables: object) -> object:
        return check.named_accounts(tables)

    def model_post_init(self, context: object) -> None:
        """Keep where the file lies: the load hands it in as the context."""
        if isinstance(context, Path):
            self._path = context

    @property
    def path(self) -> Path:
        """The file this was read from."""
        return self._path

    def policies(self) -> Mapping[str, Policy]:
        """How long a turn may last, by stage name and `old`: the defaults, changed where the file says so."""
        return {
            name: replace(default, **getattr(self.stages, name).changes())
            for name, default in DEFAULT_POLICIES.items()
        }

    def labels(self) -> dict[str, str]:
        """What each stage is called, and `old`: an old customer's."""
        return labels(self.stages.language, self.own_labels())

    def own_labels(self) -> dict[str, str]:
        """The labels that the file gives."""
        called = {name: getattr(self.stages, name).label for name in LANGUAGES["en"]}
        return {name: label for name, label in called.items() if label}

    def thresholds(self) -> Thresholds:
        """What the pyramid is judged by: the defaults, changed where the file says so."""
        return thresholds(self.diagnosis.model_dump(exclude_none=True))

    def corrections(self) -> frozenset[Correction]:
        """What the file says of countries' days."""
        return frozenset(
            Correction(one.country, frozenset(one.holidays), frozenset(one.workdays))
            for one in self.calendars
        )

    def rep_calendar(self) -> Calendar:
        """The rep's own working days and clock."""
        rep = self.rep
        return rep_calendar(rep.country or "", rep.zone, frozenset(rep.holidays), self.corrections())

    def database_path(self) -> Path:
        """The store's file; a relative one lies in the config file's folder."""
        return paths.sqlite_path(self.store.url, self.path.parent)


def default_config_path() -> Path:
    """`$WATCHER_CONFIG`, else config.toml in the platform's config folder."""
    return paths.config_path()


def load_config(path: Path | None = None) -> Config:
    """The config at `path` (default: `default_config_path()`). Raises `ConfigError` with every problem."""
    path = paths.config_path(None if path is None else str(path))
    return config_from(paths.read_toml(path), path)


def config_from(tables: Mapping[str, object], path: Path) -> Config:
    """The config of parsed tables, as if read from `path`. Raises `ConfigError` with every problem."""
    repeated = list(check.repeated_accounts(tables.get("account")))
    try:
        config = Config.model_validate(tables, context=path)
    except ValidationError as error:
        raise _refusal(path, [*problem_lines(error.errors(), known_keys()), *repeated]) from error
    if repeated:
        raise _refusal(path, repeated)
    return config


def known_keys() -> dict[str, tuple[str, ...]]:
    """The keys of each table by its dotted path; "" is the file itself."""
    return dict(_keys_below("", Config))


def _keys_below(path: str, table: type[Table]) -> Iterator[tuple[str, tuple[str, ...]]]:
    fields = {field.alias or name: field for name, field in table.model_fields.items()}
    yield path, tuple(fields)
    for key, field in fields.items():
        lists: dict[str, type[Table]] = {"account": Account, "calendar": CountryDays}
        inner = lists.get(key) or field.annotation
        if isinstance(inner, type) and issubclass(inner, Table):
            yield from _keys_below(f"{path}.{key}".lstrip("."), inner)


def _refusal(path: Path, problems: list[str]) -> ConfigError:
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return ConfigError(f"{count} in {path}", MEND, problems)


def _file_of(info: ValidationInfo) -> Path:
    return info.context if isinstance(info.context, Path) else paths.config_path()


def _user_from(address: object) -> dict[str, str]:
    return {"user": address} if isinstance(address, str) and address else {}
