"""The demo: a real IMAP server in-process and a believable mailbox to try `watcher` on.

Needs the extra `followup-watcher[demo]`; nothing else of `watcher` depends on it.
"""
