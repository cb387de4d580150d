"""watcher: whose turn is it on every customer thread?"""

__version__ = "0.1.0"
