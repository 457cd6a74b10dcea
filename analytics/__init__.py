"""Indicators, one folder each."""
