"""Every counterpart's folder keeps its word: manifest and imports agree, examples come out as they say; a broken one is found."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from integrations import host
from kernel import manifest as manifests


@pytest.fixture(params=sorted(host.counterparts()))
def folder(request: pytest.FixtureRequest) -> host.Counterpart:
    return host.counterparts()[request.param]


def test_the_folder_keeps_its_word(folder: host.Counterpart) -> None:
    assert list(host.faults(folder)) == []
    assert len(folder.manifest.examples()) >= 4


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A copy of the bank's folder to break."""
    target = tmp_path / "integrations" / "payment_bank"
    shutil.copytree(host.HERE / "payment_bank", target, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def told(target: Path) -> list[str]:
    (found,) = manifests.folders(target.parent, host.KIND)
    return list(host.faults(replace(host.counterparts()["payment_bank"], manifest=found)))


def rewrite(target: Path, **changes: object) -> None:
    path = target / "manifest.yaml"
    value = {**yaml.safe_load(path.read_text(encoding="utf-8")), **changes}
    path.write_text(yaml.safe_dump({k: v for k, v in value.items() if v is not None}), encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"counterpart": "other_bank"}, "与文件夹同名"),
        ({"owner": None}, "缺少 owner"),
        ({"retry": {"first": "soon"}}, "retry"),
        ({"imports": ["httpx", "kernel"]}, "asyncssh"),
        ({"imports": ["asyncssh", "httpx", "kernel", "requests"]}, "requests"),
        ({"settings": {"BANK_URL": "地址"}}, "PAYMENT_BANK_"),
        ({"sends": ["payment.notice", "payment.refund"]}, "payment.refund"),
        ({"secret": "PAYMENT_BANK_NOWHERE"}, "PAYMENT_BANK_NOWHERE"),
    ],
)
def test_a_manifest_that_says_something_else_is_found(broken: Path, changes: dict[str, object], said: str) -> None:
    rewrite(broken, **changes)
    assert any(said in fault for fault in told(broken)), told(broken)


def test_an_example_that_comes_out_differently_is_found(broken: Path) -> None:
    path = broken / "examples" / "receipt_doubled.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("difference: doubled", "difference: null"), encoding="utf-8"
    )
    assert any("receipt_doubled.yaml" in fault for fault in told(broken))


NOTICE = {
    "payment_notice_no": "N1", "decision_no": "粤穗交罚〔2026〕1号", "payer_name": "司徒望舒", "payer_id_no": "440106198701021234",
    "amount": "3000.00", "due_on": "2026-04-01", "surcharge_rate": "0.03", "surcharge_cap": "1", "agency_name": "广州市局",
    "region_code": "440100",
}  # fmt: skip
MORE = {
    "party_phone": "13926078415",
    "party_address": "龙口西路八十八号",
    "driver_name": "濮阳守正",
    "plate_no": "粤B12345",
}


def test_nothing_leaves_but_what_the_mapping_names(folder: host.Counterpart) -> None:
    """What else a message may hold stays in the house; and whatever tells of a person is named in the manifest, so that the
    record of the conversation does not show it."""
    assert folder.sends == ("payment.notice",), "a new message: say here what it holds"
    for message in folder.sends:
        request = folder.mapping.request(message, NOTICE | MORE)
        assert request == folder.mapping.request(message, NOTICE)
        shown = json.dumps(host._shown(folder, request.body), ensure_ascii=False)
        assert not [one for one in (NOTICE["payer_name"], NOTICE["payer_id_no"]) if one in shown]
        assert set(json.loads(request.body)) == {
            "notice_no", "decision_no", "payer_name", "payer_id", "amount", "due_date", "surcharge_rate", "surcharge_cap",
            "agency", "region",
        }  # fmt: skip
