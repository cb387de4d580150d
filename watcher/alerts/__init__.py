"""The voice: how a reminder reaches the rep.

`wording` makes a `PopUp` out of plain facts, `text` makes a mail's words harmless, and a `Channel`
(`desktop`, `terminal`) delivers it and says what took it. Nothing counts as delivered that nobody took.
"""
