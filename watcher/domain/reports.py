"""What a delivery status notification says (RFC 3464), as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Action = Literal["failed", "delayed", "delivered", "relayed", "expanded"]


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """One report: what happened (RFC 3464 2.3.3), the status code (RFC 3463, "" where none is named), the
    addresses it is about, and the Message-ID, with brackets, of the message it returns ("" where unknown).
    """

    action: Action
    status: str = ""
    failed: tuple[str, ...] = ()
    returned_message_id: str = ""
