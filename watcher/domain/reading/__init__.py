"""What the text of a mail says, decided without keeping it (docs/decisions/0010).

A `Text` comes in, facts go out. Precision comes first everywhere: a fact that is missed costs a look, one
that is wrong costs trust.
"""
