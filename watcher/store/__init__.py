"""The memory: engine, tables, queries, migrations at start."""
