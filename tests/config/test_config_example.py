"""config.example.toml is the reference of the keys: it works, and it says neither more nor less."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

from watcher.config import Alerts, Diagnosis, Sync, config_from, known_keys, load_config
from watcher.domain.stages import DEFAULT_POLICIES
from watcher.domain.thresholds import DEFAULT

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
TEXT = EXAMPLE.read_text("utf-8")
# Every key switched on: "#key = ..." is a key that is off, "# ..." is prose.
ALL_ON = tomllib.loads(re.sub(r"(?m)^#(?=\w+ = )", "", TEXT))
# The stages share their keys: each is explained once, on whichever stage has a default for it.
STAGE_KEYS = known_keys()["stages.pi"]


def keys_of(path: str, table: Mapping[str, object]) -> Iterator[str]:
    for key, value in table.items():
        yield (here := f"{path}.{key}".lstrip("."))
        below = value[0] if isinstance(value, list) and isinstance(value[0], dict) else value
        if isinstance(below, dict):
            yield from keys_of(here, below)


def test_the_example_loads_as_it_is() -> None:
    assert load_config(EXAMPLE).accounts[0].address == "wei@acme.test"


def test_what_is_switched_off_would_load_too(tmp_path: Path) -> None:
    (tmp_path / "acme-ca.pem").touch()
    (account,) = config_from(ALL_ON, tmp_path / "config.toml").accounts
    assert None not in (account.ca_file, account.password_command, account.sent, account.folders)


def test_every_key_of_the_models_is_in_the_example_and_no_other() -> None:
    in_models = {f"{table}.{key}".lstrip(".") for table, keys in known_keys().items() for key in keys}
    in_example = set(keys_of("", ALL_ON))
    assert in_example - in_models == set()
    absent = {key for key in in_models - in_example if not re.match(r"stages\.\w+\.", key)}
    assert absent == set()
    assert {key.rpartition(".")[2] for key in in_example if key.count(".") == 2} == set(STAGE_KEYS)


def test_every_key_is_explained_above_it() -> None:
    lines = TEXT.splitlines()
    for above, line in pairwise(lines):
        if (key := re.match(r"#?(\w+) = ", line)) and key[1] not in STAGE_KEYS:
            assert above.startswith("# "), f"{line} is not explained"
    for key_name in STAGE_KEYS:
        assert re.search(rf"(?m)^# .+\n#?{key_name} = ", TEXT), f"{key_name} is not explained"


def test_the_defaults_it_shows_are_the_defaults() -> None:
    config = load_config(EXAMPLE)
    assert config.policies() == DEFAULT_POLICIES
    assert (config.sync, config.alerts) == (Sync(), Alerts())
    assert config.thresholds() == DEFAULT
    assert Diagnosis.model_validate(ALL_ON["diagnosis"]).model_dump() == asdict(DEFAULT)
    assert config.store.backups == type(config.store)().backups
    assert config.rep.working_hours == type(config.rep)().working_hours
