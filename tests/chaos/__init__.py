"""Syncs through a network that harms what passes: `make soak`, and the first seeds in `make test`."""
