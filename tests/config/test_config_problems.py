"""Wrong configs, and the lines they are answered with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from watcher.config import load_config
from watcher.config_problems import key_path, shown
from watcher.errors import ConfigError

Problems = Callable[[str], list[str]]

ACCOUNT = '[[account]]\naddress = "wei@acme.test"\nhost = "imap.acme.test"\n'

GOLDEN = (Path(__file__).parent / "wrong.txt").read_text("utf-8")


def wrong_configs() -> Iterator[object]:
    """Each block of wrong.txt: its TOML, its problem lines."""
    for block in GOLDEN.split("\n\n")[1:]:
        lines = block.strip().split("\n")
        answers = [line.removeprefix("→ ") for line in lines if line.startswith("→ ")]
        toml = [line for line in lines if not line.startswith("→ ")]
        text = "\n".join(toml[1:] if toml[0] == "alone" else [ACCOUNT, *toml])
        yield pytest.param(text, answers, id=answers[0])


@pytest.mark.parametrize(("text", "lines"), list(wrong_configs()))
def test_a_wrong_config_is_answered_with_what_would_be_right(
    problems: Problems, text: str, lines: list[str]
) -> None:
    assert problems(text) == lines


def test_a_number_too_long_to_print_is_a_problem_too(problems: Problems) -> None:
    assert problems(f"{ACCOUNT}port = 0x{'f' * 4000}") == [
        "account[0].port: a very large number is not a port; use 1 to 65535"
    ]


@pytest.mark.parametrize(
    "host", ["imaps://imap.acme.test", "imap.acme.test:993", "imap acme", "[::1]", "", "-a.test", "a..test"]
)
def test_a_host_is_a_name_or_an_ip_address_alone(problems: Problems, host: str) -> None:
    (line,) = problems(f'[[account]]\naddress = "wei@acme.test"\nhost = "{host}"\n')
    assert line.startswith("account[0].host: ")
    assert line.endswith(' is not a host; write the name alone, as in "imap.acme.test", the port in port')


@pytest.mark.parametrize(
    "address", ["wei", "@acme.test", "wei@", "a@b@c.test", "wei chen@acme.test", "wei@-acme.test"]
)
def test_an_address_is_bare(problems: Problems, address: str) -> None:
    assert problems(f'[[account]]\naddress = "{address}"\nhost = "imap.acme.test"\n') == [
        f'account[0].address: "{address}" is not a mail address; write it bare, as in "wei@acme.test"'
    ]


def test_the_problems_are_counted(load: Callable[[str], object], tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(f"{ACCOUNT}port = 0\nsent = 0")
    assert refused.value.exit_code == 10
    assert refused.value.message == f"2 problems in {tmp_path / 'config.toml'}"
    assert refused.value.mend == "config.example.toml explains every key"


def test_one_problem_is_not_called_problems(load: Callable[[str], object], tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(f"{ACCOUNT}port = 0")
    assert refused.value.message == f"1 problem in {tmp_path / 'config.toml'}"


@pytest.mark.parametrize("secret_key", ["password", "password_command", "pass", "pwd", "url"])
def test_a_password_is_never_shown(problems: Problems, secret_key: str) -> None:
    value = '"imap://wei:hunter2@x.test \'hunter2"'
    lines = problems(f"{ACCOUNT}{secret_key} = {value}\n[store]\nurl = {value}\n")
    assert len(lines) == 2
    assert "hunter2" not in " ".join(lines)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[rep]\nname = Wei\n", "is not TOML: Invalid value (at line 2, column 8)."),
        (b"[rep]\nname =", "is not TOML: Invalid value (at line 2, column 7)."),
        (b'[rep]\nname = """Wei', "is not TOML: Unterminated string (at line 2, column 14)."),
        (b"x = " + b"9" * 5000, "is not TOML: "),
        (b"x = " + b"[" * 5000, "is not TOML: "),
        (b'name = "\xd6"', "is not UTF-8 text."),
    ],
)
def test_a_file_that_cannot_be_parsed_names_the_place(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as refused:
        load_config(path)
    assert refused.value.message.startswith(f"{path} {message}")


def test_no_file_leads_to_init(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load_config(tmp_path / "config.toml")
    assert str(refused.value) == f"no config at {tmp_path / 'config.toml'}. Create one: watcher init"


def test_a_folder_is_not_a_config(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot be read: Is a directory\."):
        load_config(tmp_path)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", '"plain"'),
        ("客户", '"客户"'),
        ("\x1b[31mred\a", r'"\x1b[31mred\x07"'),
        ("abc\u202edef", r'"abc\u202edef"'),
        ("two\nlines", r'"two\nlines"'),
        ("x" * 100, f'"{"x" * 59}…"'),
        ("imaps://wei:hunter2@imap.acme.test", '"imaps://…"'),
        (True, "true"),
        (1.5, "1.5"),
        ({"a": 1}, "a table"),
        ([1], "a list"),
    ],
)
def test_a_value_is_escaped_and_cut_before_it_is_shown(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    ("location", "path"),
    [
        (("rep", "name"), "rep.name"),
        (("account", 0, "aliases", 2), "account[0].aliases[2]"),
        (("rep", "\x1b]0;x\a"), r'rep."\x1b]0;x\x07"'),
        (("a.b",), '"a.b"'),
    ],
)
def test_a_key_is_told_by_its_path(location: tuple[str | int, ...], path: str) -> None:
    assert key_path(location) == path
