"""Measures of the judgement over real mail and over our own cases: `make accuracy`."""
