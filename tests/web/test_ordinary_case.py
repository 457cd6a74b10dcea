"""An ordinary case from clue to archive in the browser: every form filled by its controls, every person at his own desk."""

from __future__ import annotations

from engine import play, stories
from kernel.settings import ROOT
from kernel.work import Work
from registers import account
from tests.web.browsing import Officer, aside

PICTURES = ("collect_evidence", "finalize_proposal", "sign_decision", "archive_case")
STORIES = ROOT / "processes/national/case_ordinary/stories"


class InBrowser(play.Player):
    """The player of stories, with every act done on the screen."""

    def __init__(self, *args, desk, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.desk = desk
        self.desks: dict[str, Officer] = {}
        self.names: dict[str, str] = {}
        self.driven: set[str] = set()

    def at_desk(self, login: str) -> Officer:
        """The person's browser, with the day of the story."""
        if login not in self.desks:
            self.desks[login] = self.desk(login)
        one = self.desks[login]
        one.names = self.names
        one.at(self.clock.at)
        one.come_back()
        return one

    def _begin(self, process_key, story):
        begin = story.start
        self._process, self._first_login = process_key, begin.by
        self._until(begin.at)
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
        self.played.instance_id = str(row["id"])
        self.settle()

    def settle(self):
        aside(lambda: play.Player.settle(self))

    def _until(self, at):
        aside(lambda: play.Player._until(self, at))

    def _refused(self, line, problem):
        raise AssertionError(f"{line.label}: {problem.detail} {problem.fields}")

    def _act(self, line):
        # A step met again (a second interview, a second service) goes by the verbs: its screen has been driven already.
        if line.step in self.driven:
            return super()._act(line)
        self.driven.add(line.step)
        one = self.at_desk(line.by)
        if line.message is not None:
            one.page.goto(f"/cases/{self.played.case_id}")
            one.page.click(f'[data-message="{line.message}"]')
            one.fill(self._people(line.facts), within=".el-dialog .form")
            one.page.click("[data-act=send-message]")
            one.page.wait_for_selector("[data-part=done]")
            return {}
        task_id = self._task(self._work(line.by), line.step)
        assert task_id, f"{line.step} is not waiting, but {self._open_elements(self._work(line.by))}"
        one.open_task(self.played.case_id, task_id)
        one.fill(self._people(line.answers))
        if line.step in PICTURES:
            one.shot(f"step-{line.step}", full=True)
        one.complete()
        return {}


def test_an_ordinary_case_goes_from_clue_to_archive_in_the_browser(national, clock, officer):
    path = STORIES / "hearing_paid_late.yaml"
    story = stories.read(str(path.relative_to(ROOT)), path.read_bytes())
    people = {}

    def person(login):
        if login not in people:
            people[login] = account.person_of_login(Work(national, account.STRANGER), login)
            player.names[str(people[login].id)] = people[login].name
        return people[login]

    player = InBrowser(national, clock, person, desk=officer)
    for login in {line.by for line in story.steps if line.by} | {"officer_1", "officer_2"}:
        person(login)
    played = player.play("case_ordinary", story)
    assert played.status == "archived"
    assert len(player.desks) >= 7
