"""What is true: messages, kinds, threads, turns, working time, due, stages.

Standard library and holiday data only; no clock, no I/O, no log. Everything here takes
frozen data and returns frozen data.
"""
