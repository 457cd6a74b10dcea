"""Counterparts, one folder each."""
