"""Devices, one folder each."""
