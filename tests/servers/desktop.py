"""A rep's desktop in small: a screen (Xvfb), a private session bus, a notification server (dunst, or
notification-daemon, which draws its buttons).

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
from typing import TYPE_CHECKING, Any, Self

from jeepney import HeaderFields, Message, MessageType
from jeepney.bus_messages import Monitoring, message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import unwrap_msg

if TYPE_CHECKING:
    from PIL import Image

NOTIFICATIONS = "org.freedesktop.Notifications"
TOOLS = ("Xvfb", "dbus-daemon", "dunst", "dunstctl", "notify-send")
NOTIFICATION_DAEMON = "/usr/lib/notification-daemon/notification-daemon"  # Debian's place
TOOLS_WITH_BUTTONS = ("Xvfb", "dbus-daemon", NOTIFICATION_DAEMON, "notify-send", "xdotool")
LABELS = ("Open", "Snooze a day", "Done")
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
    dmenu = {home}/menu
"""
# dunst's menu of actions: whatever stands in the file `choice` is what a person would choose.
_MENU = '#!/bin/sh\nexec grep -F -f "{home}/choice"\n'


class Desktop:
    """Starts on `with`, stops with it. `server=False`: nobody shows pop-ups, until `start_server()`.

    `notification_daemon`: it is that one that shows them. `activatable`: the bus itself starts the server at
    the first question. `monitors=False`: the bus refuses monitors, as a sandbox's filtering proxy does.
    `dunst`: the text of its configuration. `scale`: how large notification-daemon draws.
    """

    def __init__(
        self,
        *,
        server: bool = True,
        notification_daemon: bool = False,
        activatable: bool = False,
        monitors: bool = True,
        dunst: str = _DUNST,
        screen: str = "1000x400x24",
        scale: int = 1,
    ) -> None:
        self._server = server
        self._draws_buttons = notification_daemon
        self._activatable = activatable
        self._monitors = monitors
        self._dunst = dunst
        self._screen = screen
        self._scale = scale
        self._stack = ExitStack()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._calls: list[tuple[Any, ...]] = []
        self._closed: set[int] = set()
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
        """Start the notification server and wait until it owns its name."""
        command = ["dunst", "-config", str(self._home / "dunstrc")]
        self._run("dunst", *([NOTIFICATION_DAEMON] if self._draws_buttons else command))
        self._until(lambda: bool(self.owner()), "the notification server owns its name on the bus")

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
            match message.header.fields.get(HeaderFields.member):
                case "Notify":
                    self._calls.append(message.body)
                case "NotificationClosed":
                    self._closed.add(message.body[0])
        return list(self._calls)

    def closed(self) -> int:
        """How many pop-ups the server said were closed so far, by whomever."""
        self.calls()
        return len(self._closed)

    def on_screen(self) -> int:
        """How many pop-ups stand now, those that wait for room included."""
        return sum(int(self._dunstctl("count", state)) for state in ("displayed", "waiting"))

    def press(self, label: str) -> None:
        """Press a button of the newest pop-up, as a person does: through dunst's menu, or with the mouse."""
        if self._draws_buttons:
            self._click(*self._button(label))
            return
        (self._home / "choice").write_text(f"#{label} ")
        self._dunstctl("context")

    def close_pop_up(self) -> None:
        """Dismiss the newest pop-up, as a person does."""
        if not self._draws_buttons:
            self._dunstctl("close")
            return
        _, top, right, _ = self._pop_up()
        self._click(right - 24, top + 24)

    def _pop_up(self) -> tuple[int, int, int, int]:
        """Where the one pop-up stands: left, top, right, bottom of what is drawn on the bare screen, once it
        stands still.
        """
        seen: list[tuple[int, int, int, int] | None] = [None, None]

        def still() -> bool:
            seen[:] = [seen[1], self._drawn()]
            return seen[0] is not None and seen[0] == seen[1]

        self._until(still, "a pop-up is drawn")
        assert seen[1] is not None
        return seen[1]

    def _button(self, label: str) -> tuple[int, int]:
        """Where a button stands: notification-daemon writes the three in one row at the foot, well apart."""
        found: list[tuple[int, int]] = []

        def drawn() -> bool:
            left, _, right, bottom = self._pop_up()
            foot = self._screenshot().convert("L").crop((left, bottom - 56, right, bottom - 16))
            found[:] = [(left + middle, bottom - 38) for middle in _words(foot)]
            return len(found) == len(LABELS)

        self._until(drawn, "three buttons are drawn")
        return found[LABELS.index(label)]

    def _click(self, x: int, y: int) -> None:
        """With the left button of the mouse, again where nothing comes of it: notification-daemon does not
        notice the first click after a pop-up has moved up.
        """
        before = self.closed()
        command = ["xdotool", "mousemove", str(x), str(y), "click", "1"]

        def closed() -> bool:
            subprocess.run(command, env=self._environ(), check=True, timeout=START_SECONDS)
            deadline = time.monotonic() + 0.5
            while self.closed() == before and time.monotonic() < deadline:
                time.sleep(0.02)
            return self.closed() > before

        self._until(closed, "the pop-up is closed by a click")

    def kept(self) -> list[Mapping[str, Any]]:
        """What dunst says it has shown, newest first; closes what is on the screen."""
        self._dunstctl("close-all")
        entries = json.loads(self._dunstctl("history"))["data"][0]
        return [{key: value["data"] for key, value in entry.items()} for entry in entries]

    def picture(self, path: Path) -> None:
        """The pop-up on the screen as PNG, as soon as it is drawn."""
        box = self._pop_up()
        self._screenshot().crop(box).save(path, optimize=True)

    def _screenshot(self) -> Image.Image:
        from PIL import ImageGrab

        return ImageGrab.grab(xdisplay=self.env["DISPLAY"]).convert("RGB")

    def _drawn(self) -> tuple[int, int, int, int] | None:
        """What is drawn, None where it is not ready: a bare screen has one colour, a half drawn pop-up a few;
        letters with soft edges have many.
        """
        picture = self._screenshot()
        ready = len(picture.getcolors(picture.width * picture.height) or ()) > 16
        return picture.getbbox() if ready else None

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
            rules = [
                "member='Notify'",
                "member='NotificationClosed'",
                f"sender='{self._bus.unique_name}',member='GetId'",
            ]
            unwrap_msg(self._watch.send_and_get_reply(Monitoring().BecomeMonitor(rules)))
        if self._server:
            self.start_server()

    def _write_configs(self) -> None:
        services = self._home / "services"
        services.mkdir()
        (self._home / "dunstrc").write_text(self._dunst.replace("{home}", str(self._home)))
        (self._home / "menu").write_text(_MENU.format(home=self._home))
        (self._home / "menu").chmod(0o755)
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
        own["GDK_SCALE"] = str(self._scale)
        return {"PATH": os.environ["PATH"], **own, **self.env}

    def _ask(self, question: Message) -> Message:
        return self._bus.send_and_get_reply(question, timeout=START_SECONDS)

    def _is_marker(self, message: Message, serial: int) -> bool:
        sender = message.header.fields.get(HeaderFields.sender)
        return bool(sender == self._bus.unique_name and message.header.serial == serial)

    def _dunstctl(self, *words: str) -> str:
        run = subprocess.run(["dunstctl", *words], env=self._environ(), check=True, capture_output=True)
        return run.stdout.decode()

    def _until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                logs = "".join(log.read_text(errors="replace") for log in self._home.glob("*.log"))
                raise TimeoutError(f"not within {START_SECONDS} s: {what}\n{logs}")
            time.sleep(0.02)


def _words(row: Image.Image) -> list[int]:
    """The middle of each dark word in a row of words that stand well apart."""
    dark = [x for x in range(row.width) if row.crop((x, 0, x + 1, row.height)).getextrema()[0] < 128]
    words: list[list[int]] = []
    for x in dark:
        if words and x - words[-1][-1] <= 12:
            words[-1].append(x)
        else:
            words.append([x])
    return [(word[0] + word[-1]) // 2 for word in words]


def _accepts(path: Path) -> bool:
    """The socket is there a moment before anybody listens at it."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0
