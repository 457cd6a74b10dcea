"""The ordinary case from clue to archive through the front door: ordinary officers, each with a session of his own."""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest

import engine
from content import load
from engine import play, release_store, stories
from kernel.errors import Refusal
from kernel.work import Node, Work, system_person
from registers import account
from tests.api.conftest import ROOT, log_in, serving

STORIES = ROOT / "processes/national/case_ordinary/stories"


class OverHttp(play.Player):
    """The player of stories, with every act a request."""

    address = ""

    def client(self, login: str) -> httpx.Client:
        """Logs in anew for each act: days pass between them."""
        return log_in(self.address, login)

    def begin(self, process_key, story):
        begin = story.start
        self._process, self._first_login = process_key, begin.by
        self.until(begin.at)
        work = self._work(begin.by)
        self._release = release_store.current(work)
        body = {
            "process": process_key,
            "agency_id": work.person.agency_id,
            "category": begin.category,
            "facts": self._people(begin.facts),
        }
        answer = self.ask(begin.by, "POST", "/cases", body)
        self.played.case_id, self.played.instance_id = answer["case_id"], answer["instance_id"]
        self.settle()

    def _act(self, line):
        if line.message is not None:
            body = {"message": line.message, "facts": self._people(line.facts)}
            return self.ask(line.by or "clerk_1", "POST", f"/cases/{self.played.case_id}/messages", body)
        view = self.ask(line.by, "GET", f"/cases/{self.played.case_id}")
        found = [t["id"] for t in view["tasks"] if t["element"] == line.step]
        if not found:
            raise Refusal(f"没有待办 {line.step},只有 {[t['element'] for t in view['tasks']]}")
        self.ask(line.by, "POST", f"/tasks/{found[0]}/claim")
        assert self.ask(line.by, "GET", f"/tasks/{found[0]}")["form"] is not None
        self.before(line.step, line.by, self.played.case_id)
        return self.ask(line.by, "POST", f"/tasks/{found[0]}/complete", {"answers": self._people(line.answers)})

    def ask(self, login, method, path, body=None):
        """One request of one person; a problem is raised as a refusal."""
        client = self.client(login)
        try:
            answer = client.request(method, path, json=body, headers={"Idempotency-Key": f"{self.clock.at}-{path}"})
        finally:
            client.close()
        if answer.status_code >= 400:
            raise Refusal(answer.text)
        return answer.json()


@pytest.fixture
def national(make_node, clock) -> Iterator[Node]:
    """A node with the demo's people and the national content."""
    node = make_node("demo")
    work = Work(node, system_person(440000, "01"))
    with work.transaction():
        release_store.store(work, load.tree(ROOT), ground="测试", effective_from=None)
    return node


@pytest.mark.parametrize("name", ["paid_in_time", pytest.param("hearing_paid_late", marks=pytest.mark.long)])
def test_a_story_of_the_ordinary_case(national, clock, name):
    path: Path = STORIES / f"{name}.yaml"
    story = stories.read(f"processes/national/case_ordinary/stories/{name}.yaml", path.read_bytes())
    with serving(national) as address:
        player = OverHttp(
            national, clock, lambda login: account.person_of_login(Work(national, account.STRANGER), login)
        )
        player.address = address
        played = player.play("case_ordinary", story)
        assert played.faults == []
        assert played.status == "archived"
        archivist = log_in(address, "archivist_1")
        view = archivist.get(f"/cases/{played.case_id}").json()
        assert all(d["state"] in ("issued", "served", "superseded") for d in view["documents"])
        paper = archivist.get(
            f"/cases/{played.case_id}/documents/{view['documents'][0]['id']}", params={"format": "docx"}
        )
        assert zipfile.ZipFile(BytesIO(paper.content)).testzip() is None
        dossier = archivist.get(f"/cases/{played.case_id}/dossier")
        archivist.close()
    target = national.settings.var / "dossier.zip"
    target.write_bytes(dossier.content)
    assert engine.verify(target).faults == []
