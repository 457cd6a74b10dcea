"""A collective discussion in the browser: every member signs his opinion, dissent is written down, a substitute signs as himself."""

from __future__ import annotations

from playwright.sync_api import expect

from kernel.work import Work
from registers import account
from tests.web.in_browser import InBrowser
from tests.web.looking import serious


class Discussion(InBrowser):
    """Looks at the page of whoever signs."""

    def _sign(self, one, line):
        task_id = self._task(self._work(line.by), line)
        one.page.goto(f"/cases/{self.played.case_id}/tasks/{task_id}")
        panel = one.page.locator("[data-part=signing]")
        expect(panel.locator("[data-act=sign]")).to_be_visible()
        expect(one.page.locator('[data-field="discussion_conclusion"]')).to_be_visible()
        panel.locator("[data-act=sign]").click()
        expect(panel.get_by_role("alert")).to_contain_text("请选择")
        if line.answers["opinion"] == "refuse":
            panel.locator('input[value="refuse"]').check()
            panel.locator("[data-act=sign]").click()
            expect(panel.get_by_role("alert")).to_contain_text("理由")
        panel.scroll_into_view_if_needed()
        one.shot(f"signing-{line.by}")
        one.fits()
        assert serious(one.page, "signing") == []
        one.opinion(**line.answers)
        return {}


def played(national, clock, officer, name, **how):
    player = Discussion(national, clock, lambda login: officer(login, **how))
    found = player.play_file("collective_discussion", name)
    assert found.faults == []
    work = Work(national, account.person_of_login(Work(national, account.STRANGER), "officer_1"))
    with work.transaction():
        [paper] = work.rows(
            "select context from document where case_id = %s and kind = 'E09' and state <> 'void'", (found.case_id,)
        )
    return player, paper["context"]


def test_a_dissent_is_written_down_and_the_majority_decides(national, clock, officer):
    player, context = played(national, clock, officer, "changed")
    name = {login: player.people[login].name for login in ("head_1", "head_2", "unit_head_1")}
    told = {row["name"]: (row["opinion"], row["note"]) for row in context["opinions"]}
    assert told == {
        name["head_1"]: ("同意", "/"),
        name["head_2"]: ("同意", "/"),
        name["unit_head_1"]: ("不同意", "应当维持原拟处理意见。"),
    }


def test_on_a_phone_a_substitute_signs_as_himself_and_both_are_named(national, clock, officer):
    player, context = played(national, clock, officer, "one_away", phone=True)
    name = {login: player.people[login].name for login in ("head_1", "head_2", "unit_head_1")}
    told = {row["name"]: row["note"] for row in context["opinions"]}
    assert told.keys() == {name["head_1"], name["unit_head_1"]}
    assert f"代{name['head_2']}会签" in told[name["head_1"]]
