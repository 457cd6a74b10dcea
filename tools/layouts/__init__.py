"""What stands where on each paper: data for `make_templates.py`, a file per group of papers. Placeholders are the fields of
document.yaml."""

from __future__ import annotations

from tools.layouts import (
    coercion,
    decision,
    enforcement,
    file,
    filing,
    hearing,
    inspection,
    investigation,
    offsite,
    remedy,
    service,
    transfer,
)
from tools.layouts.blocks import Paper

GROUPS = (
    investigation,
    hearing,
    decision,
    coercion,
    transfer,
    enforcement,
    service,
    file,
    offsite,
    inspection,
    remedy,
    filing,
)
LAYOUTS: dict[str, Paper] = {code: paper for group in GROUPS for code, paper in group.LAYOUTS.items()}
