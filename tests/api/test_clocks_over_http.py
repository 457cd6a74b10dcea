"""A clock is planned, stands still, runs on and is lengthened through the front door, each time saying the date and why."""

from contextlib import closing

import pytest

from tests.api.conftest import log_in, open_task

ACT = "DL_SMALL_ACT"


@pytest.fixture
def drafted(come_in):
    """A case of many kinds whose period for the agency runs to 12 March; the id of that clock."""
    officer = come_in("officer_1")
    body = {"process": "small_more", "agency_id": 440100, "category": "01", "facts": {"case_cause": "超限运输"}}
    case_id = officer.post("/cases", json=body).json()["case_id"]
    task = open_task(officer, case_id, "draft")
    assert officer.post(f"/tasks/{task}/complete", json={"answers": {"case_summary": "六轴车"}}).status_code == 200
    return case_id


def clock_of(client, case_id):
    return next(c for c in client.get(f"/cases/{case_id}").json()["clocks"] if c["rule"] == ACT)


def test_a_plan_says_the_new_date_and_why_and_changes_nothing(come_in, drafted):
    head = come_in("head_1")
    before = clock_of(head, drafted)
    asked = {"act": "extend", "count": 5, "reason": "案情复杂"}
    plan = head.post(f"/clocks/{before['id']}/plan", json=asked)
    assert plan.status_code == 200, plan.text
    told = plan.json()
    assert (told["due_before"][:10], told["due_at"][:10]) == ("2026-03-12", "2026-03-17")
    assert "延长 5自然日:案情复杂" in told["why"]
    assert "由 2026-03-12 改为 2026-03-17" in told["why"]
    assert told["article"] == "行政强制法#25"
    assert [a["element"] for a in told["affects"]] == ["serve"]
    assert clock_of(head, drafted) == before
    done = head.post(f"/clocks/{before['id']}/extend", json={"count": 5, "reason": "案情复杂"})
    assert done.json() == told
    assert clock_of(head, drafted)["due"] == "2026-03-17"


def test_a_clock_stands_still_and_runs_on(come_in, address, drafted, clock):
    head = come_in("head_1")
    id_ = clock_of(head, drafted)["id"]
    still = head.post(f"/clocks/{id_}/pause", json={"reason": "appraisal"})
    assert still.json()["paused"] is True, still.text
    assert "“鉴定”自 2026-03-02 起停表" in still.json()["why"]
    clock.set(clock.at.replace(day=6))
    with closing(log_in(address, "head_1")) as later:  # the session of Monday is over
        planned = later.post(f"/clocks/{id_}/plan", json={"act": "resume", "reason": "appraisal"}).json()
        ran = later.post(f"/clocks/{id_}/resume", json={"reason": "appraisal"}).json()
    assert ran == planned
    assert ran["paused"] is False
    assert ran["due_at"][:10] == "2026-03-15"
    assert "于 2026-03-06 结束" in ran["why"]


def test_a_repeated_key_lengthens_once(come_in, drafted):
    head = come_in("head_1")
    id_ = clock_of(head, drafted)["id"]
    key = {"Idempotency-Key": "extend-0001"}
    both = [head.post(f"/clocks/{id_}/extend", json={"count": 2, "reason": "复杂"}, headers=key).json() for _ in "ab"]
    assert both[0] == both[1]
    assert clock_of(head, drafted)["due"] == "2026-03-14"


@pytest.mark.parametrize(
    ("act", "body", "status", "says"),
    [
        ("pause", {"reason": "lunch"}, 409, "不在"),
        ("pause", {"reason": "hearing"}, 409, "告知当事人"),
        ("pause", {"reason": "hearing", "notice_served": "2026-03-09"}, 422, "不得晚于今日"),
        ("resume", {"reason": "appraisal"}, 409, "没有因该事由停表"),
        ("extend", {"count": 6, "reason": "复杂"}, 409, "最多延长"),
        ("extend", {"count": 0, "reason": "复杂"}, 422, "不得小于 1"),
        ("extend", {"count": 5, "reason": " "}, 422, "请填写延长理由"),
    ],
)
def test_what_the_rule_does_not_allow_is_refused_alike_in_plan_and_act(come_in, drafted, act, body, status, says):
    head = come_in("head_1")
    id_ = clock_of(head, drafted)["id"]
    for path, asked in ((act, body), ("plan", {"act": act, **body})):
        refused = head.post(f"/clocks/{id_}/{path}", json=asked)
        assert refused.status_code == status, refused.text
        assert says in refused.text
    assert clock_of(head, drafted)["due"] == "2026-03-12"


def test_only_who_the_rule_names_may_lengthen(come_in, drafted):
    id_ = clock_of(come_in("head_1"), drafted)["id"]
    asked = {"count": 5, "reason": "案情复杂"}
    for login in ("unit_head_1", "officer_1"):
        assert come_in(login).post(f"/clocks/{id_}/extend", json=asked).status_code == 403, login
