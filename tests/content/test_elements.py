"""Values are checked and normalised by their element; personal data is masked by its class."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content import identity
from content.elements import Element
from content.releases import Release
from engine.forms import named

CHARS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def parse(release: Release, key: str, value: Any) -> Any:
    return release.elements.parse(key, value, release.codes)


GOOD = {
    "case_cause": [(" 超限运输 ", "超限运输")],
    "party_id_no": [("11010519491231002x", "11010519491231002X"), ("１１０１０５ 19491231 002X", "11010519491231002X")],
    "plate_no": [
        ("粤b·12345", "粤B12345"),
        ("粤AD12345", "粤AD12345"),
        ("粤A12345D", "粤A12345D"),
        ("粤B1234挂", "粤B1234挂"),
    ],
    "gross_kg": [(49000, 49000), ("55000", 55000), ("55,000", 55000)],
    "overload_rate": [("0.1224", "0.1224"), ("12", "12")],
    "fine_amount": [("3000", "3000.00"), (3000, "3000.00"), ("0.50", "0.50")],
    "noticed_on": [("2026-03-02", "2026-03-02")],
    "occurred_at": [
        ("2026-03-02T09:00:00+08:00", "2026-03-02T09:00:00+08:00"),
        ("2026-03-02T01:00:00Z", "2026-03-02T01:00:00+00:00"),
    ],
    "service_method": [("direct", "direct")],
    "extra_methods": [(["left", "direct"], ["left", "direct"])],
    "agreed": [(True, True)],
    "officers": [(["0198C0DE-0000-7000-8000-000000000001"], ["0198c0de-0000-7000-8000-000000000001"])],
    "interviews": [
        ([{"interviewee": "张三", "asked_at": None, "gross_kg": "1"}], [{"interviewee": "张三", "gross_kg": 1}])
    ],
}
BAD = [
    ("case_cause", "长" * 21, "最多 20 字"),
    ("case_cause", "两\n行", "换行"),
    ("case_cause", 7, "应为文字"),
    ("party_id_no", "110105194912310021", "校验位"),
    ("party_id_no", "11010519490231002X", "出生日期"),
    ("party_id_no", "99010519491231002X", "行政区划"),
    ("plate_no", "ABC123", "号牌格式"),
    ("plate_no", "粤I12345", "号牌格式"),
    ("gross_kg", "12.5", "整数"),
    ("gross_kg", -1, "不得小于 0千克"),
    ("gross_kg", 300001, "不得大于"),
    ("gross_kg", True, "应为数字"),
    ("gross_kg", "NaN", "超出范围"),
    ("gross_kg", "1e400", "超出范围"),
    ("overload_rate", "0.12345", "最多 4 位小数"),
    ("fine_amount", "1.005", "到分"),
    ("fine_amount", 3000.5, "应为数字"),
    ("noticed_on", "2026-2-3", "应为日期"),
    ("noticed_on", "2026-02-30", "应为日期"),
    ("occurred_at", "2026-03-02T09:00:00", "时区"),
    ("service_method", "fax", "从列表中选择"),
    ("service_method", "telegraph", "已停用"),
    ("extra_methods", ["left", "left"], "重复"),
    ("extra_methods", "left", "应为列表"),
    ("agreed", "是", "“是”或“否”"),
    ("officers", ["officer_1"], "从列表中选择"),
    ("interviews", [{"weather": 1}], "未知栏目 weather"),
    ("interviews", [{"asked_at": "x"}], "第 1 行“询问时间”"),
    ("interviews", [{}] * 201, "最多 200 项"),
]  # fmt: skip


@pytest.mark.parametrize("key", GOOD)
def test_a_right_value_is_stored_in_one_form(release: Release, key: str) -> None:
    for value, stored in GOOD[key]:
        assert parse(release, key, value) == stored


@pytest.mark.parametrize(("key", "value", "word"), BAD)
def test_a_wrong_value_is_refused_with_the_remedy(release: Release, key: str, value: Any, word: str) -> None:
    with pytest.raises(ValueError, match=re.escape(word)):
        parse(release, key, value)


@given(st.text(CHARS, min_size=17, max_size=17), st.integers(0, 17))
def test_a_credit_code_has_one_right_last_character_and_no_slip_passes(body: str, place: int) -> None:
    body = f"{body[:2]}44{body[4:]}"
    right = [char for char in CHARS if identity.uscc(body + char) is None]
    assert len(right) == 1
    code = body + right[0]
    slips = [c for c in CHARS if c != code[place]]
    wrong = [identity.uscc(code[:place] + c + code[place + 1 :]) for c in slips]
    assert all(wrong), "one changed character is always noticed"


def test_identity_numbers_of_the_standards() -> None:
    assert identity.uscc("91350100M000100Y43") is None
    assert identity.uscc("91350100M000100Y40")
    assert identity.uscc("91350100I000100Y43")
    assert identity.imo("9074729") is None
    assert identity.imo("9074728")
    assert identity.ship_mmsi("413123456") is None
    assert identity.ship_mmsi("123456789")
    assert identity.ship_mmsi("41312345")
    assert identity.mobile("13800138000") is None
    assert identity.mobile("12800138000")
    assert identity.division("440100") is None
    assert identity.division("990100")
    assert identity.division("440001")


def test_personal_data_is_masked_by_class(release: Release) -> None:
    elements = release.elements
    assert elements["party_name"].masked("张小三") == "张**"
    assert elements["party_id_no"].masked("11010519491231002X") == "110***********002X"
    assert elements["plate_no"].masked("粤B12345") == "粤B****5"
    signed = Element("scene_person_signature", "现场人员签名", "signature", personal="name")
    drawn = {"name": "张小三", "at": "2026-03-02T09:00:00+08:00", "evidence": "01a215b6-0744-7000-b86d-d7bc80a03214"}
    assert signed.masked("张小三") == signed.masked(drawn) == "张**", "of a drawn signature only whose it is, masked"
    assert elements["case_cause"].masked("超限运输") == "超限运输"
    assert identity.masked("phone", "13800138000") == "138****8000"
    assert identity.masked("unheard", "secret") == "******"


def test_feel_sees_amounts_as_decimals_in_rows_too(release: Release) -> None:
    elements = release.elements
    assert elements.as_feel("fine_amount", "3000.00") == Decimal("3000")
    rows = elements.as_feel("interviews", [{"interviewee": "张三", "gross_kg": 5}])
    assert rows == [{"interviewee": "张三", "asked_at": None, "gross_kg": Decimal(5)}]
    assert elements.as_feel("noticed_on", "not a day") is None


def test_a_reason_that_names_the_field_names_it_once() -> None:
    assert named("统一社会信用代码", identity.uscc("91440101MA5D123457")).startswith("“统一社会信用代码”校验位不符")
    assert named("单位代码", "应为 18 位") == "“单位代码”应为 18 位"
