"""Weeks of a rep's work, played over the real parts, against an oracle of its own."""
