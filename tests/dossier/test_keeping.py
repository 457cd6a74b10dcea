"""Dossiers kept and used: nobody reads without a grant, what is lent comes back, nothing is destroyed by one person alone."""

from __future__ import annotations

import subprocess
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

import engine
from kernel.errors import InvalidAnswers, NotAllowed, NotFound, Refusal
from kernel.ids import uuid7
from registers import dossier as register


def bound(archive: Any, row: Any) -> Any:
    """The same dossier with a main and a second volume as PDF (LibreOffice stays out of these tests)."""
    stored = archive.node.files.put(archive.paper_pdf(2))
    told = {"sha256": stored.sha256.hex(), "sm3": stored.sm3.hex(), "size": stored.size, "pages": 2}
    volumes = [
        {"key": "main", "name": "正卷", "outside": True, **told},
        {"key": "second", "name": "副卷", "outside": False, **told},
    ]
    from psycopg.types.json import Jsonb

    work = archive.system
    with work.transaction():
        work.execute("update dossier set volumes = %s where id = %s", (Jsonb(volumes), row["id"]))
    return row


def confirm(archive: Any, row: Any, years: int = 10) -> None:
    engine.set_retention(archive.work_as("archivist_1"), str(row["id"]), years, False, "按机关保管期限表")


def officer_id(archive: Any, login: str) -> str:
    return str(archive.work_as(login).person.id)


def told(archive: Any, row: Any) -> list[str]:
    page = engine.dossier_events(archive.work_as("archivist_1"), str(row["id"]), 50, None)
    return [one["event"] for one in reversed(page["items"])]


def text(pdf: bytes, tmp_path: Path) -> str:
    (tmp_path / "v.pdf").write_bytes(pdf)
    return subprocess.run(["pdftotext", "v.pdf", "-"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout


def test_a_dossier_is_read_after_another_granted_it_and_the_copy_names_the_reader(archive: Any, tmp_path: Path) -> None:
    row = bound(archive, archive.archived())
    case_id, reader = str(row["case_id"]), archive.work_as("officer_1")
    with pytest.raises(Refusal, match="先申请"):
        engine.read_volume(reader, case_id, "main")
    use = engine.ask_to_read(reader, str(row["id"]), "复核同类案件", 5, ["main"])
    with pytest.raises(Refusal, match="先申请"):
        engine.read_volume(reader, case_id, "main")
    engine.decide_use(archive.work_as("archivist_1"), use["id"], True, None, "")
    name, pdf = engine.read_volume(reader, case_id, "main")
    assert name.endswith("-正卷.pdf")
    assert f"{reader.person.name} 2026-03-02 09:00 查阅" in text(pdf, tmp_path)
    with pytest.raises(Refusal, match="不包括副卷"):
        engine.read_volume(reader, case_id, "second")
    with pytest.raises(Refusal, match="先申请"):
        engine.read_volume(archive.work_as("officer_2"), case_id, "main")
    archive.clock.move(timedelta(days=5, minutes=1))
    with pytest.raises(Refusal, match="已满"):
        engine.read_volume(reader, case_id, "main")
    assert told(archive, row) == ["sealed", "asked", "granted", "read"]
    [mine] = engine.dossier_uses(reader, 50, None, mine=True)["items"]
    assert (mine["reads"], mine["state"]) == (1, "granted")
    rows = archive.one(
        "select count(*) as n from audit_entry where verb = 'dossier.read' and outcome = 'read' and subject_id = %s",
        str(row["id"]),
    )
    assert rows["n"] == 1


def test_a_grant_ended_early_opens_nothing_more(archive: Any) -> None:
    row = bound(archive, archive.archived())
    reader, keeper = archive.work_as("officer_1"), archive.work_as("archivist_1")
    use = engine.ask_to_read(reader, str(row["id"]), "复核", 30, ["main"])
    engine.decide_use(keeper, use["id"], True, 10, "")
    engine.end_use(keeper, use["id"], "岗位调整")
    with pytest.raises(Refusal, match="先申请"):
        engine.read_volume(reader, str(row["case_id"]), "main")
    with pytest.raises(Refusal, match="不在查阅期"):
        engine.end_use(keeper, use["id"], "again")


def reads(archive: Any, row: Any) -> list[tuple[Any, Any]]:
    """Who read of the dossier or its case by the audit: (person, agency), in order."""
    work = archive.system
    with work.transaction():
        rows = work.rows(
            """select person_id, agency_id from audit_entry where outcome = 'read' and subject_id = any(%s) order by id""",
            ([str(row["id"]), str(row["case_id"])],),
        )
    return [(one["person_id"], one["agency_id"]) for one in rows]


def test_each_reading_from_afar_stands_in_the_audit_and_ends_the_moment_it_is_ended(archive: Any) -> None:
    """The second of two grants stays when the first is ended; when that is ended too nothing is told or opened any more."""
    row = bound(archive, archive.archived())
    case_id, far, keeper = str(row["case_id"]), archive.work_as("sister_officer"), archive.work_as("archivist_1")
    given = []
    for days in (5, 9):
        use = engine.ask_from_afar(far, 440100, row["archive_no"], "跨市同案比对", days)
        engine.decide_use(keeper, use["id"], True, None, "同意")
        given.append(use["id"])
        archive.clock.move(timedelta(minutes=1))
    before = len(reads(archive, row))
    for count in (1, 2):
        engine.read_volume(far, case_id, "main")
        assert reads(archive, row)[before:] == [(far.person.id, 440300)] * count
    engine.end_use(keeper, given[0], "比对已完成")
    assert [one["case_id"] for one in engine.remote_dossiers(far)] == [row["case_id"]]
    engine.read_volume(far, case_id, "main")
    engine.end_use(keeper, given[1], "比对已完成")
    with pytest.raises(NotFound):
        engine.read_volume(far, case_id, "main")
    assert engine.remote_dossiers(far) == []
    assert {one["state"] for one in engine.remote_requests(far)} == {"ended"}
    assert "提前结束" in engine.list_news(far)["items"][0]["text"]
    assert len(reads(archive, row)) == before + 3
    assert told(archive, row).count("read") == 3


def test_a_share_is_shortened_by_who_gave_it_and_by_nobody_else(archive: Any) -> None:
    row = bound(archive, archive.archived())
    far, keeper = archive.work_as("sister_officer"), archive.work_as("archivist_1")
    use = engine.ask_from_afar(far, 440100, row["archive_no"], "跨市同案比对", 5)
    engine.decide_use(keeper, use["id"], True, None, "同意")
    later = "update case_scope set due_at = due_at + interval '30 days' where case_id = %s"
    with far.transaction():
        far.execute(later, (row["case_id"],))  # reaches no row
        assert far.rows("select due_at from case_scope") == [{"due_at": far.now + timedelta(days=5)}]
    for wrong in (later, "update case_scope set dossier_only = false where case_id = %s"):
        with keeper.transaction(), pytest.raises(psycopg.errors.RaiseException, match="提前结束"):
            keeper.execute(wrong, (row["case_id"],))


def test_nobody_decides_on_his_own_request_and_nobody_twice(archive: Any) -> None:
    row = archive.archived()
    keeper = archive.work_as("archivist_1")
    own = engine.ask_to_read(keeper, str(row["id"]), "核对", 5, ["main"])
    with pytest.raises(Refusal, match="自己"):
        engine.decide_use(keeper, own["id"], True, None, "")
    head = archive.work_as("head_1")
    with pytest.raises(InvalidAnswers):
        engine.decide_use(head, own["id"], False, None, " ")
    engine.decide_use(head, own["id"], False, None, "无须查阅")
    with pytest.raises(Refusal, match="已经处理"):
        engine.decide_use(head, own["id"], True, None, "")
    with pytest.raises(NotAllowed):
        engine.decide_use(archive.work_as("officer_1"), own["id"], True, None, "")


def test_another_agency_reads_the_volume_for_outside_in_its_term_and_nothing_else_of_the_case(archive: Any) -> None:
    row = bound(archive, archive.archived())
    case_id, far = str(row["case_id"]), archive.work_as("sister_officer")
    with pytest.raises(NotFound):
        engine.read_volume(far, case_id, "main")
    with pytest.raises(NotFound):
        engine.ask_from_afar(far, 440100, "没有这个档号", "跨市同案比对", 7)
    use = engine.ask_from_afar(far, 440100, row["archive_no"], "跨市同案比对", 7)
    with pytest.raises(NotFound):
        engine.read_volume(far, case_id, "main")
    [asked] = engine.remote_requests(far)
    assert (asked["state"], asked["owner_id"], asked["archive_no"]) == ("asked", 440100, row["archive_no"])
    news = engine.list_news(archive.work_as("archivist_1"))["items"]
    assert any(f"申请调阅案卷 {row['archive_no']}" in one["text"] for one in news)
    engine.decide_use(archive.work_as("archivist_1"), use["id"], True, None, "同意")
    assert [one["state"] for one in engine.remote_requests(far)] == ["granted"]
    assert "同意您查阅" in engine.list_news(far)["items"][0]["text"]
    assert engine.read_volume(far, case_id, "main")[1].startswith(b"%PDF")
    with pytest.raises(Refusal, match="副卷"):
        engine.read_volume(far, case_id, "second")
    colleague = archive.work_as("sister_officer")
    with pytest.raises(NotFound):
        engine.case(colleague, case_id)
    archive.clock.move(timedelta(days=7, minutes=1))
    with pytest.raises(NotFound):
        engine.read_volume(far, case_id, "main")
    assert [one["state"] for one in engine.remote_requests(far)] == ["expired"]
    no = engine.ask_from_afar(far, 440100, row["archive_no"], "再次比对", 3)
    engine.decide_use(archive.work_as("archivist_1"), no["id"], False, None, "事由不足")
    newest = next(iter(engine.remote_requests(far)))
    assert (newest["state"], newest["reason"]) == ("refused", "事由不足")
    again = engine.ask_from_afar(far, 440100, row["archive_no"], "补充比对", 3)
    engine.decide_use(archive.work_as("archivist_1"), again["id"], True, None, "同意")
    assert engine.read_volume(far, case_id, "main")[1].startswith(b"%PDF")
    assert told(archive, row).count("read") == 2


def test_a_dossier_is_out_once_at_a_time_and_comes_back(archive: Any) -> None:
    row = archive.archived()
    keeper, id_ = archive.work_as("archivist_1"), str(row["id"])
    with pytest.raises(NotAllowed):
        engine.lend_dossier(archive.work_as("officer_1"), id_, officer_id(archive, "officer_1"), "应诉", 7)
    with pytest.raises(InvalidAnswers):
        engine.lend_dossier(keeper, id_, str(uuid7()), "应诉", 7)
    lent = engine.lend_dossier(keeper, id_, officer_id(archive, "legal_1"), "应诉", 7)
    assert lent["due_at"] == archive.clock() + timedelta(days=7)
    with pytest.raises(Refusal, match="已经借出"):
        engine.lend_dossier(keeper, id_, officer_id(archive, "officer_2"), "复核", 7)
    assert engine.dossier_uses(keeper, 50, None, overdue=True)["items"] == []
    archive.clock.move(timedelta(days=8))
    [late] = engine.dossier_uses(keeper, 50, None, overdue=True)["items"]
    assert (late["reader_name"], late["state"]) == ("林正", "lent")
    engine.return_dossier(keeper, id_, "第 3 页有折痕")
    with pytest.raises(Refusal, match="没有借出"):
        engine.return_dossier(keeper, id_, "")
    page = engine.dossier_events(keeper, id_, 1, None)["items"]
    assert "逾期" in page[0]["detail"]
    assert "第 3 页有折痕" in page[0]["detail"]
    engine.place_dossier(keeper, id_, "二号库房 3 架 12 盒")
    assert engine.dossier_of(keeper, id_)["location"] == "二号库房 3 架 12 盒"


def test_who_has_a_dossier_too_long_and_who_lent_it_are_told_once_a_day(archive: Any) -> None:
    keeper, reader = archive.work_as("archivist_1"), archive.work_as("legal_1")
    row = archive.archived()
    engine.lend_dossier(keeper, str(row["id"]), officer_id(archive, "legal_1"), "应诉", 7)

    def heard(work: Any, later: timedelta = timedelta(0)) -> list[str]:
        archive.clock.move(later)
        while engine.sweep(archive.node):
            pass
        return [one["text"] for one in engine.list_news(work)["items"] if one["kind"] == "loan"]

    assert heard(reader, timedelta(days=6)) == []
    [said] = heard(reader, timedelta(days=1, hours=1))
    assert row["archive_no"] in said
    assert said.endswith("请归还")
    [asked] = heard(keeper)
    assert asked.endswith("请催还")
    assert len(heard(reader, timedelta(days=1))) == 2
    engine.return_dossier(keeper, str(row["id"]), "")
    assert len(heard(reader, timedelta(days=1))) == 2


def test_a_term_that_was_decided_is_only_made_longer(archive: Any) -> None:
    row = archive.archived()
    keeper, id_ = archive.work_as("archivist_1"), str(row["id"])
    with pytest.raises(InvalidAnswers, match="更正"):
        engine.set_retention(keeper, id_, 7, False, "自定")
    with pytest.raises(InvalidAnswers):
        engine.set_retention(keeper, id_, 10, True, "两者")
    assert engine.set_retention(keeper, id_, 10, False, "期限表")["retain_until"] == date(2036, 12, 31)
    assert engine.set_retention(keeper, id_, 30, False, "重大案件")["retain_until"] == date(2056, 12, 31)
    with pytest.raises(Refusal, match="不得缩短"):
        engine.set_retention(keeper, id_, 10, False, "改回")
    engine.set_retention(keeper, id_, None, True, "典型案例")
    with pytest.raises(Refusal, match="永久"):
        engine.set_retention(keeper, id_, 30, False, "改回")


def listed(archive: Any, rows: list[Any], kind: str = "destroy", years: int | None = None) -> str:
    made = engine.list_for_disposal(
        archive.work_as("archivist_1"), 440100, kind, [str(r["id"]) for r in rows], years, "期满,无继续保管价值"
    )
    return str(made["id"])


def test_only_dossiers_whose_confirmed_term_has_ended_are_listed(archive: Any) -> None:
    unconfirmed, running, permanent, over = (archive.archived() for _ in range(4))
    confirm(archive, running, 30)
    confirm(archive, over)
    engine.set_retention(archive.work_as("archivist_1"), str(permanent["id"]), None, True, "典型案例")
    archive.clock.set(archive.clock().replace(year=2037))
    with pytest.raises(InvalidAnswers) as refused:
        listed(archive, [unconfirmed, running, permanent, over])
    assert set(refused.value.fields) == {str(r["id"]) for r in (unconfirmed, running, permanent)}
    assert [r["id"] for r in engine.dossiers_due(archive.work_as("archivist_1"), None, 50, None)["items"]] == [
        over["id"]
    ]
    listed(archive, [over])
    with pytest.raises(InvalidAnswers) as twice:
        listed(archive, [over])
    assert "另一份" in twice.value.fields[str(over["id"])]


def test_destruction_takes_two_others_and_deletes_nothing(archive: Any) -> None:
    row = bound(archive, archive.archived())
    confirm(archive, row)
    archive.clock.set(archive.clock().replace(year=2037))
    list_id = listed(archive, [row])
    with pytest.raises(NotAllowed):
        engine.approve_disposal(archive.work_as("archivist_1"), list_id)
    head = archive.work_as("head_1")
    assert engine.approve_disposal(head, list_id)["state"] == "open"
    with pytest.raises(Refusal, match="两人"):
        engine.approve_disposal(head, list_id)
    with pytest.raises(Refusal, match="处置清单"):
        engine.lend_dossier(archive.work_as("archivist_1"), str(row["id"]), officer_id(archive, "officer_1"), "x", 3)
    assert engine.approve_disposal(archive.work_as("legal_1"), list_id)["state"] == "approved"
    gone = engine.dossier_of(archive.work_as("archivist_1"), str(row["id"]))
    assert gone["state"] == "destroyed"
    assert archive.node.files.read(bytes(row["package_sha256"]))
    with pytest.raises(Refusal, match="销毁"):
        engine.read_volume(archive.work_as("archivist_1"), str(row["case_id"]), "main")
    with pytest.raises(Refusal, match="办结"):
        engine.approve_disposal(archive.work_as("unit_head_1"), list_id)
    assert told(archive, row)[-2:] == ["listed", "disposed"]


def test_a_list_refused_frees_its_dossiers_and_one_approved_prolongs_them(archive: Any) -> None:
    row = archive.archived()
    confirm(archive, row)
    archive.clock.set(archive.clock().replace(year=2037))
    engine.refuse_disposal(archive.work_as("head_1"), listed(archive, [row]), "仍有参考价值")
    list_id = listed(archive, [row], "prolong", 5)
    engine.approve_disposal(archive.work_as("head_1"), list_id)
    engine.approve_disposal(archive.work_as("unit_head_1"), list_id)
    kept = engine.dossier_of(archive.work_as("archivist_1"), str(row["id"]))
    assert (kept["state"], kept["retain_until"], kept["retention_years"]) == ("kept", date(2041, 12, 31), 15)
    full = engine.disposal(archive.work_as("archivist_1"), list_id)
    assert [one["id"] for one in full["items"]] == [row["id"]]
    assert [one["state"] for one in engine.disposals(archive.work_as("head_1"), 50, None)["items"]] == [
        "approved",
        "refused",
    ]


def test_a_dossier_kept_longer_meanwhile_stops_the_list(archive: Any) -> None:
    row = archive.archived()
    confirm(archive, row)
    archive.clock.set(archive.clock().replace(year=2037))
    list_id = listed(archive, [row])
    engine.approve_disposal(archive.work_as("head_1"), list_id)
    engine.set_retention(archive.work_as("archivist_1"), str(row["id"]), 30, False, "涉诉")
    with pytest.raises(Refusal, match="更长的保管期限"):
        engine.approve_disposal(archive.work_as("legal_1"), list_id)
    assert engine.dossier_of(archive.work_as("head_1"), str(row["id"]))["state"] == "kept"


def test_lists_are_paged_in_one_statement_and_hold_nothing_of_other_agencies(archive: Any) -> None:
    rows = []
    for _ in range(5):
        rows.append(archive.archived())
        archive.clock.move(timedelta(minutes=1))
    keeper = archive.work_as("archivist_1")
    seen: list[Any] = []
    after = None
    while True:
        before = keeper.statements
        page = engine.list_dossiers(keeper, 2, after)
        assert keeper.statements - before == 2  # the scope, and the list
        seen += [one["id"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [row["id"] for row in reversed(rows)]
    assert engine.list_dossiers(archive.work_as("sister_officer"), 50, None)["items"] == []
    found = engine.list_dossiers(keeper, 50, None, archive_no=rows[0]["archive_no"], year=2026, category="01")
    assert [one["id"] for one in found["items"]] == [rows[0]["id"]]
    for bad in ("x", "a|b", f"2026-01-01|{uuid7()}"):
        with pytest.raises(InvalidAnswers):
            engine.list_dossiers(keeper, 2, bad)


def test_statistics_count_dossiers_pages_and_uses(archive: Any) -> None:
    rows = [archive.archived(), archive.archived()]
    keeper = archive.work_as("archivist_1")
    engine.lend_dossier(keeper, str(rows[0]["id"]), officer_id(archive, "legal_1"), "应诉", 7)
    bound(archive, rows[1])
    engine.read_volume(keeper, str(rows[1]["case_id"]), "main")
    [line] = engine.dossier_statistics(keeper, 2026)
    assert (line["dossiers"], line["lent"], line["loans"], line["category"]) == (2, 1, 1, "01")
    assert line["pages"] == sum(row["pages"] for row in rows) > 0
    assert engine.dossier_statistics(keeper, 2025) == []
    assert engine.dossier_statistics(archive.work_as("sister_officer")) == []


def test_what_is_out_of_scope_looks_like_what_is_not_there(archive: Any) -> None:
    row = archive.archived()
    for id_ in (str(row["id"]), str(uuid7())):
        far = archive.work_as("sister_officer")
        with pytest.raises(NotFound):
            engine.dossier_of(far, id_)
        with pytest.raises(NotFound):
            engine.ask_to_read(far, id_, "x", 3, ["main"])
    work = archive.system
    with work.transaction():
        assert register.by_effect(work, "nothing") is None
