"""The shipped unit, judged by systemd's own tools; they need no running manager."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from watcher.service import Login, render

pytestmark = pytest.mark.systemd

SHIPPED = Path(__file__).parents[2] / "systemd" / "watcher.service"

# What `systemd-analyze security` gives the unit, in tenths; most of its points are for sandboxes that
# a user manager cannot build. A setting that gets lost raises it.
EXPOSURE = 75


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with the program that the shipped unit starts."""
    program = tmp_path / ".local" / "bin" / "watcher"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "runtime").mkdir(mode=0o700)
    return tmp_path


def systemd_analyze(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    if not shutil.which("systemd-analyze"):
        # A gate that nobody runs is none: where CI has no systemd, that is a failure.
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no systemd-analyze on this machine")
    return subprocess.run(
        ["systemd-analyze", "--user", *arguments],
        env={**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home / "runtime"), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def complaints(home: Path, unit: Path) -> str:
    verdict = systemd_analyze(home, "verify", "--man=no", str(unit))
    return f"{verdict.stdout}{verdict.stderr}" or ("" if verdict.returncode == 0 else "failed in silence")


def test_systemd_has_no_complaint_about_the_shipped_unit(home: Path) -> None:
    assert complaints(home, SHIPPED) == ""


@pytest.mark.parametrize("folder", ["plain", "two  words", "100%h", "it's", '"\\x41"', "$HOME", "销售"])
def test_systemd_has_no_complaint_about_an_installed_unit(home: Path, folder: str) -> None:
    program = home / folder / "watcher"
    program.parent.mkdir()
    shutil.copy(home / ".local" / "bin" / "watcher", program)
    service = render("linux", program, home / folder / "c.toml", Login(home, home / ".config", "wei", 1000))
    service.path.parent.mkdir(parents=True)
    service.path.write_text(service.text, encoding=service.encoding)
    assert complaints(home, service.path) == ""


def test_a_complaint_would_be_seen(home: Path) -> None:
    unit = home / "watcher.service"
    unit.write_text(SHIPPED.read_text().replace("UMask=", "UmaskOfTheRep="))
    assert "UmaskOfTheRep" in complaints(home, unit)


def test_the_hardening_is_no_less_than_it_was(home: Path) -> None:
    verdict = systemd_analyze(
        home, "security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE}", str(SHIPPED)
    )
    assert verdict.returncode == 0, verdict.stdout


def test_the_watchdog_and_the_restarts_agree() -> None:
    """Ten restarts must fit into the limit's interval, or the limit never stops anything."""
    setting = dict(re.findall(r"(?m)^(\w+)=(.*)$", SHIPPED.read_text()))
    minutes = int(setting["StartLimitIntervalSec"].removesuffix("min"))
    assert int(setting["StartLimitBurst"]) * int(setting["RestartSec"]) < minutes * 60
