"""How fast watcher is, beside what a person would use instead and beside the floors (docs/benchmarks.md)."""
