"""Real servers that tests start: each on a free port or a private bus, with a throwaway home."""

from __future__ import annotations

import os
import shutil

import pytest


def need(*tools: str) -> None:
    """Skip loudly where a program is missing; where CI=true, fail: a gate that is skipped is no gate."""
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if not missing:
        return
    reason = f"not installed: {', '.join(missing)} (make test installs what it needs)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
