"""The IMAP side: session, folders, fetch, parsing, providers, sign-in."""
