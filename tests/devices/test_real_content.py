"""On the content that is published: a pass over the limit is taken over by the process of offsite enforcement."""

from __future__ import annotations

from content import load
from engine import release_store
from kernel.work import Work, system_person
from tests.devices.conftest import ROOT


def test_a_pass_over_the_limit_becomes_a_clue_of_offsite_enforcement(road):
    with Work(road.node, system_person(440100, "01")).transaction() as work:
        release_store.store(work, load.tree(ROOT), ground="测试", effective_from=None)
    told = road.passing()
    assert [one.outcome for one in road.take(told, told)] == ["stored", "duplicate"]
    road.sweep()
    assert road.rows("select cause from incident") == []
    clues = road.rows("select * from clue")
    assert len(clues) == 1
    assert (clues[0]["plate_no"], clues[0]["plate_color"]) == ("粤AB8K62", "2")
    facts = clues[0]["facts"]
    assert (facts["check_no"], facts["gross_kg"]) == (told["previewCode"], 55000)
    assert facts["violation_place"] == "G105国道K2486+300"
    assert road.passes()[0]["subject_id"] == clues[0]["id"]
    assert [row["element"] for row in road.rows("select element from work_item where status = 'open'")] == [
        "review_first"
    ]
