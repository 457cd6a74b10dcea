"""Every model's folder keeps its word: manifest and imports agree, examples replay."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from devices import gateway
from kernel import manifest as manifests


@pytest.fixture(params=sorted(gateway.models()))
def model(request: pytest.FixtureRequest) -> gateway.Model:
    return gateway.models()[request.param]


def test_the_folder_keeps_its_word(model: gateway.Model) -> None:
    assert list(gateway.faults(model)) == []


def test_its_examples_survive_any_split(model: gateway.Model) -> None:
    for file, example in model.manifest.examples():
        data = str(example["text"]).encode()
        whole = _read(model, [data])
        for place in range(len(data)):
            assert _read(model, [data[:place], data[place:]]) == whole, (file, place)


def _read(model: gateway.Model, pieces: list[bytes]) -> list[object]:
    codec = model.codec()
    return [event for piece in pieces for event in codec.feed(piece)] + list(codec.end())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"device": "other"}, "与文件夹同名"),
        ({"records": ["weigh_pass", "moon_phase"]}, "moon_phase"),
        ({"ports": {"mqtt": {"topics": ["wim/pass"]}}}, "{device}"),
        ({"limits": {"clock_drift": "soon"}}, "limits"),
        ({"imports": ["numpy"]}, "numpy"),
    ],
)
def test_a_manifest_that_says_something_else_is_found(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    target = tmp_path / "devices" / "wim_station"
    shutil.copytree(gateway.HERE / "wim_station", target, ignore=shutil.ignore_patterns("__pycache__"))
    path = target / "manifest.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text("utf-8")), **changes}), encoding="utf-8")
    (found,) = manifests.folders(target.parent, gateway.KIND)
    faults = list(gateway.faults(replace(gateway.models()["wim_station"], manifest=found)))
    assert any(said in fault for fault in faults), faults
