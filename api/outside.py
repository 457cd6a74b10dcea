"""What is wrong with the folders that speak with the world outside: counterparts' and devices', as the check says it."""

from __future__ import annotations

from content.faults import Fault
from devices import gateway
from integrations import host


def faults() -> list[Fault]:
    """Every fault of every folder: manifest, imports, examples that do not come out as they say."""
    found = [
        Fault(f"devices/{name}", "", "device", text)
        for name, model in gateway.models().items()
        for text in gateway.faults(model)
    ]
    return found + [
        Fault(f"integrations/{name}", "", "counterpart", text)
        for name, one in host.counterparts().items()
        for text in host.faults(one)
    ]
