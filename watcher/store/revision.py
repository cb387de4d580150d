"""The schema that this program reads and writes; apart, for those who must not load SQLAlchemy."""

# The newest revision in migrations/versions; a test holds it against the folder.
HEAD = "0005"
