"""The player of stories, with every act of the story's own lines done on the screen by the person it names."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from content import load
from engine import play, stories
from kernel.settings import ROOT
from kernel.work import Person, Work
from registers import account
from tests.web.browsing import Officer, aside


class InBrowser(play.Player):
    """As `play.Player`; `desk` opens a person's browser, `pictures` are steps to take a picture of, filled in."""

    def __init__(self, node: Any, clock: Any, desk: Callable[..., Officer], pictures: Collection[str] = ()) -> None:
        super().__init__(node, clock, self._known)
        self.desk, self.pictures = desk, pictures
        self.desks: dict[str, Officer] = {}
        self.people: dict[str, Person] = {}
        self.names: dict[str, str] = {}
        self.driven: set[str] = set()
        self.refusals: list[str] = []
        self._line, self._taken = 0, 0

    def _known(self, login: str) -> Person:
        if login not in self.people:
            found = account.person_of_login(Work(self.node, account.STRANGER), login)
            self.people[login] = found
            self.names[str(found.id)] = found.name
        return self.people[login]

    def play_file(self, process_key: str, name: str) -> play.Played:
        """A story of this process by its file's name."""
        path = f"processes/national/{process_key}/stories/{name}.yaml"
        files = load.tree(ROOT)
        story = stories.read(path, files[path], files)
        self._taken = story.taken
        for login in {line.by for line in story.steps if line.by} | {"officer_1", "officer_2"}:
            self._known(login)
        return self.play(story.begins, story)

    def at_desk(self, login: str) -> Officer:
        """The person's browser, with the day of the story."""
        if login not in self.desks:
            self.desks[login] = self.desk(login)
        one = self.desks[login]
        one.names = self.names
        one.at(self.clock.at)
        one.come_back()
        return one

    def begin(self, process_key: str, story: stories.Story) -> None:
        if story.taken:  # what another story tells goes by the verbs
            aside(lambda: play.Player.begin(self, process_key, story))
            return
        begin = story.start
        self._process, self._first_login = process_key, begin.by
        self.until(begin.at)
        self._release = play.release_store.current(self._work(begin.by))
        one = self.at_desk(begin.by)
        one.page.goto(f"/start/{process_key}")
        one.page.select_option("select[name=category]", begin.category)
        one.page.wait_for_selector(".form")
        one.fill(self._people(begin.facts))
        one.page.click("[data-act=begin]")
        one.page.wait_for_url("**/cases/*/tasks/*")
        self.played.case_id = one.page.url.split("/cases/")[1].split("/")[0]
        work = self._work(begin.by)
        with work.transaction():
            row = work.one("select id from process_instance where subject_id = %s", (self.played.case_id,))
        assert row is not None
        self.played.instance_id = str(row["id"])
        self.settle()

    def settle(self) -> None:
        aside(lambda: play.Player.settle(self))

    def until(self, at: Any) -> None:
        aside(lambda: play.Player.until(self, at))

    def _refused(self, line: stories.Line, problem: Any) -> None:
        if not line.refused:
            raise AssertionError(f"{line.label}: {problem.detail} {problem.fields}")
        play.Player._refused(self, line, problem)

    def _act(self, line: stories.Line) -> dict[str, Any]:
        self._line += 1
        # A step met again (a second interview, a second service) goes by the verbs: its screen has been driven already.
        if self._line <= self._taken or (line.step in self.driven and not line.refused):
            return aside(lambda: play.Player._act(self, line))
        one = self.at_desk(line.by or "clerk_1")
        if line.message is not None:
            one.page.goto(f"/cases/{self.played.case_id}")
            one.page.click(f'[data-message="{line.message}"]')
            one.fill(self._people(line.facts), within=".el-dialog .form")
            one.page.click("[data-act=send-message]")
            one.page.wait_for_selector("[data-part=done]")
            return {}
        if line.begin is not None:
            return self._begin_beside(one, line)
        if line.away is not None:
            return aside(lambda: play.Player._act(self, line))
        if line.sign is not None:
            return self._sign(one, line)
        self.driven.add(line.step or "")
        task_id = self._task(self._work(line.by or ""), line)
        assert task_id, f"{line.step} is not waiting, but {self._open_elements(self._work(line.by or ''))}"
        one.open_task(self.played.case_id, task_id)
        one.fill(self._people(line.answers))
        one.fits()
        if line.step in self.pictures:
            one.shot(f"{'phone-' if one.phone else ''}step-{line.step}", full=True)
        if not line.refused:
            one.complete()
            return {}
        one.try_complete()
        self.refusals += one.page.locator(".refusal").all_inner_texts()
        one.shot(f"refused-{line.step}")
        one.page.goto("/inbox")  # lets go of the draft
        return aside(lambda: play.Player._act(self, line))

    def _sign(self, one: Officer, line: stories.Line) -> dict[str, Any]:
        """One's opinion on a step that somebody else does."""
        task_id = self._task(self._work(line.by or ""), line)
        assert task_id, f"{line.sign} is not waiting"
        one.page.goto(f"/cases/{self.played.case_id}/tasks/{task_id}")
        one.opinion(**line.answers)
        return {}

    def _begin_beside(self, one: Officer, line: stories.Line) -> dict[str, Any]:
        one.page.goto(f"/cases/{self.played.case_id}")
        link = one.page.locator(f'a[href*="/start/{line.begin}?record="]')
        one.page.locator("details.panel").filter(has=link).locator("summary").click()
        link.click()
        one.page.wait_for_selector("[data-act=begin]:not([disabled])")
        one.fill(self._people(line.facts))
        one.page.click("[data-act=begin]")
        one.page.wait_for_url(f"**/cases/{self.played.case_id}**")
        return {}
