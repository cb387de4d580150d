"""What the rep does in the session of test_user_manager.py; prints what came of it as one JSON document."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

HOME = Path.home()
# A path that every definition has to escape.
PROGRAM = HOME / "it's 100%h $HOME 销售" / "watcher"
CONFIG = HOME / 'a "b" \\x41 %n ${HOME}.toml'
UNIT = "watcher.service"


def call(*argv: str, answer: str | None = None, may_fail: bool = False) -> str:
    done = subprocess.run(argv, input=answer, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode and not may_fail:
        raise SystemExit(f"{argv}: {done.stdout}{done.stderr}")
    return done.stdout


def unlock_keyring() -> None:
    call("gnome-keyring-daemon", "--unlock", "--components=secrets", "--daemonize", answer="login password")
    keep = "import keyring; keyring.set_password('watcher', 'wei@acme.test', 'from the keyring')"
    call(sys.executable, "-c", keep)


def fill_password_store() -> None:
    call("gpg", "--batch", "--passphrase", "", "--quick-gen-key", "wei@acme.test", "default", "default", "0")
    call("pass", "init", "wei@acme.test")
    call("pass", "insert", "--multiline", "mail/wei", answer="from pass\n")


def put_program() -> None:
    PROGRAM.parent.mkdir()
    stand_in = Path(__file__).with_name("stand_in.py").read_text(encoding="utf-8")
    PROGRAM.write_text(f"#!{sys.executable}\n{stand_in}", encoding="utf-8")
    PROGRAM.chmod(0o755)


def put_browser() -> None:
    """An xdg-open that says how free it is, and starts something that stays."""
    (HOME / "bin").mkdir()
    script = HOME / "bin" / "xdg-open"
    script.write_text(
        '#!/bin/sh\ngrep NoNewPrivs /proc/self/status >~/opened\necho "$*" >>~/opened\n'
        "sleep 600 >/dev/null 2>&1 &\necho $! >~/browser\n"
    )
    script.chmod(0o755)


def browser_runs() -> bool:
    return Path("/proc", (HOME / "browser").read_text().strip()).exists()


def state() -> dict[str, str]:
    lines = call(
        "systemctl", "--user", "show", UNIT, "-pActiveState,SubState,StatusText,MainPID"
    ).splitlines()
    return dict(line.split("=", 1) for line in lines)


def settled() -> str:
    """The sub-state once the manager has dealt with an exit."""
    deadline = time.monotonic() + 20
    while (now := state()["SubState"]) not in {"auto-restart", "failed"}:
        if time.monotonic() > deadline:
            return f"still {now}"
        time.sleep(0.02)
    return now


def after_exit(code: int) -> str:
    (HOME / "exit-with").write_text(str(code))
    call("systemctl", "--user", "reset-failed", UNIT, may_fail=True)
    call("systemctl", "--user", "restart", UNIT, may_fail=True)
    return settled()


def after_kill() -> str:
    os.kill(int(state()["MainPID"]), 9)
    return settled()


def main() -> None:
    unlock_keyring()
    fill_password_store()
    put_program()
    put_browser()
    os.environ["WATCHER_CONFIG"] = str(CONFIG)
    found: dict[str, object] = {"install": call(str(PROGRAM), "service", "install")}
    found["state"] = state()
    found["status"] = json.loads(call(str(PROGRAM), "service", "status", "--json"))
    found["tried"] = json.loads((HOME / "tried.json").read_text())
    call("systemctl", "--user", "stop", UNIT)
    found["opened"] = (HOME / "opened").read_text().split()
    found["browser runs on"] = browser_runs()
    found["stopped by"] = "SIGTERM" if (HOME / "stopped").exists() else "force"
    call("systemctl", "--user", "start", UNIT)
    found["killed"] = after_kill()
    found["exits"] = {str(code): after_exit(code) for code in (1, 2, 10, 11, 12, 13, 14)}
    found["uninstall"] = call(str(PROGRAM), "service", "uninstall")
    found["left"] = [str(path) for path in (HOME / ".config" / "systemd").rglob("*watcher*")]
    found["forgotten"] = call("systemctl", "--user", "show", UNIT, "-pLoadState", "--value").strip()
    print(json.dumps(found, ensure_ascii=False))


if __name__ == "__main__":
    main()
