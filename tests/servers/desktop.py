"""A rep's desktop in small: a screen (Xvfb), a private session bus, a notification server (dunst).

    with Desktop() as desktop:
        os.environ.update(desktop.env)
        ...
        assert desktop.shown() == [("title", "text")]

What was shown is read off the bus, by a monitor of our own, and from dunst's own list.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jeepney import HeaderFields, Message, MessageType
from jeepney.bus_messages import Monitoring, message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import unwrap_msg

NOTIFICATIONS = "org.freedesktop.Notifications"
TOOLS = ("Xvfb", "dbus-daemon", "dunst", "dunstctl", "notify-send")
START_SECONDS = 20.0  # a bound for a loaded machine; each is up within a second

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={home}/bus</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{home}/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    {rules}
  </policy>
</busconfig>
"""
_NO_MONITORS = '<deny send_interface="org.freedesktop.DBus.Monitoring"/>'
_SERVICE = "[D-BUS Service]\nName=org.freedesktop.Notifications\nExec={exec}\n"
_DUNST = """[global]
    font = DejaVu Sans 11
    markup = full
    format = "<b>%s</b>\\n%b"
"""


class Desktop:
    """Starts on `with`, stops with it. `server=False`: nobody shows pop-ups, until `start_server()`.

    `activatable`: the bus itself starts the server at the first question. `monitors=False`: the bus refuses
    monitors, as a sandbox's filtering proxy does. `dunst`: the text of its configuration.
    """

    def __init__(
        self,
        *,
        server: bool = True,
        activatable: bool = False,
        monitors: bool = True,
        dunst: str = _DUNST,
        screen: str = "1000x400x24",
    ) -> None:
        self._server = server
        self._activatable = activatable
        self._monitors = monitors
        self._dunst = dunst
        self._screen = screen
        self._stack = ExitStack()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._calls: list[tuple[Any, ...]] = []
        self._watch: DBusConnection | None = None
        self.env: dict[str, str] = {}

    def __enter__(self) -> Self:
        with self._stack:
            self._start()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends what was started, newest first."""
        self._stack.close()

    def start_server(self) -> None:
        """Start dunst and wait until it owns the name of the notification server."""
        self._run("dunst", "dunst", "-config", str(self._home / "dunstrc"))
        self._until(lambda: bool(self.owner()), "dunst owns its name on the bus")

    def kill_server(self) -> None:
        """kill -9, and wait until the bus has noticed."""
        self._end("dunst")
        self._until(lambda: not self.owner(), "the bus has seen dunst go")

    def owner(self) -> str:
        """The unique name of the notification server, "" where there is none."""
        reply = self._ask(message_bus.GetNameOwner(NOTIFICATIONS))
        return "" if reply.header.message_type is MessageType.error else str(reply.body[0])

    def pid(self, name: str) -> int:
        """The process id of "screen", "bus" or "dunst"."""
        return self._running[name].pid

    def shown(self) -> list[tuple[str, str]]:
        """Title and text of every Notify call so far, as the bus carried it."""
        return [(call[3], call[4]) for call in self.calls()]

    def calls(self) -> list[tuple[Any, ...]]:
        """The arguments of every Notify call so far (name, id, icon, title, text, actions, hints, time)."""
        assert self._watch is not None, "this bus refuses monitors"
        marker = self._ask(message_bus.GetId()).header.fields[HeaderFields.reply_serial]
        while not self._is_marker(message := self._watch.receive(timeout=START_SECONDS), marker):
            if message.header.fields.get(HeaderFields.member) == "Notify":
                self._calls.append(message.body)
        return list(self._calls)

    def on_screen(self) -> int:
        """How many pop-ups stand now, those that wait for room included."""
        return sum(int(self._dunstctl("count", state)) for state in ("displayed", "waiting"))

    def kept(self) -> list[Mapping[str, Any]]:
        """What dunst says it has shown, newest first; closes what is on the screen."""
        self._dunstctl("close-all")
        entries = json.loads(self._dunstctl("history"))["data"][0]
        return [{key: value["data"] for key, value in entry.items()} for entry in entries]

    def picture(self, path: Path) -> None:
        """The pop-up on the screen as PNG, as soon as it is drawn."""
        raw = self._home / "screen.png"
        window = ["import", "-silent", "-window", "root", str(raw)]
        self._until(lambda: self._drawn(window, raw), "a pop-up is drawn")
        trimmed = [
            "convert",
            str(raw),
            "-trim",
            "+repage",
            "-strip",
            "-define",
            "png:exclude-chunks=date,tIME",
        ]
        subprocess.run([*trimmed, str(path)], env=self._environ(), check=True)

    def _start(self) -> None:
        self._home = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="desktop-")))
        self._write_configs()
        address = f"unix:path={self._home}/bus"
        self.env = {"DBUS_SESSION_BUS_ADDRESS": address, "DISPLAY": f":{self._start_screen()}"}
        self._run("bus", "dbus-daemon", f"--config-file={self._home}/bus.conf", "--nofork", "--nopidfile")
        self._until(lambda: _accepts(self._home / "bus"), "the bus accepts connections")
        self._bus = self._stack.enter_context(open_dbus_connection(address))
        if self._monitors:
            self._watch = self._stack.enter_context(open_dbus_connection(address))
            rules = ["member='Notify'", f"sender='{self._bus.unique_name}',member='GetId'"]
            unwrap_msg(self._watch.send_and_get_reply(Monitoring().BecomeMonitor(rules)))
        if self._server:
            self.start_server()

    def _write_configs(self) -> None:
        services = self._home / "services"
        services.mkdir()
        (self._home / "dunstrc").write_text(self._dunst)
        rules = "" if self._monitors else _NO_MONITORS
        (self._home / "bus.conf").write_text(_BUS.format(home=self._home, rules=rules))
        if self._activatable:
            command = f"{shutil.which('dunst')} -config {self._home}/dunstrc"
            (services / "notifications.service").write_text(_SERVICE.format(exec=command))

    def _start_screen(self) -> int:
        """Starts Xvfb on a display of its own choice, and says which."""
        reading, writing = os.pipe()
        screen = ("-screen", "0", self._screen, "-nolisten", "tcp", "-displayfd", str(writing))
        self._run("screen", "Xvfb", *screen, pass_fds=(writing,))
        os.close(writing)
        with os.fdopen(reading) as answer:
            return int(answer.readline())

    def _run(self, name: str, *command: str, pass_fds: tuple[int, ...] = ()) -> None:
        log = self._stack.enter_context((self._home / f"{name}.log").open("ab"))
        self._running[name] = subprocess.Popen(
            command, env=self._environ(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=pass_fds
        )
        self._stack.callback(self._end, name)

    def _end(self, name: str) -> None:
        if process := self._running.pop(name, None):
            process.kill()
            process.wait()

    def _environ(self) -> dict[str, str]:
        """A home of its own, so that nothing of the developer's desktop is read or changed."""
        own = {"HOME": str(self._home), "XDG_RUNTIME_DIR": str(self._home), "LANG": "C.UTF-8"}
        return {"PATH": os.environ["PATH"], **own, **self.env}

    def _ask(self, question: Message) -> Message:
        return self._bus.send_and_get_reply(question, timeout=START_SECONDS)

    def _is_marker(self, message: Message, serial: int) -> bool:
        sender = message.header.fields.get(HeaderFields.sender)
        return bool(sender == self._bus.unique_name and message.header.serial == serial)

    def _dunstctl(self, *words: str) -> str:
        run = subprocess.run(["dunstctl", *words], env=self._environ(), check=True, capture_output=True)
        return run.stdout.decode()

    def _drawn(self, window: list[str], raw: Path) -> bool:
        """A bare screen has one colour, a half drawn pop-up a few; letters with soft edges have many."""
        subprocess.run(window, env=self._environ(), check=True)
        colours = subprocess.run(["identify", "-format", "%k", str(raw)], check=True, capture_output=True)
        return int(colours.stdout) > 16

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                logs = "".join(log.read_text(errors="replace") for log in self._home.glob("*.log"))
                raise TimeoutError(f"not within {START_SECONDS} s: {what}\n{logs}")
            time.sleep(0.02)


def _accepts(path: Path) -> bool:
    """The socket is there a moment before anybody listens at it."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0
