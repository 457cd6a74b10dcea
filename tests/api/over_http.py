"""The player of stories, with every act a request of an ordinary person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from engine import play, release_store
from kernel.errors import Refusal
from kernel.work import Node, Person, SettableClock
from tests.api.conftest import log_in


class OverHttp(play.Player):
    """Plays at this address; the node is only swept (as a worker does) and looked at. `hears` is told of each answer to whom."""

    def __init__(
        self,
        node: Node,
        clock: SettableClock,
        person: Callable[[str], Person],
        address: str,
        hears: Callable[[str, httpx.Response], None] | None = None,
    ) -> None:
        super().__init__(node, clock, person)
        self.address = address
        self.hears = hears

    def client(self, login: str) -> httpx.Client:
        """Logs in anew for each act: days pass between them."""
        client = log_in(self.address, login)
        if self.hears is not None:
            client.event_hooks["response"].append(lambda answer: self.hears(login, answer))
        return client

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

    def go_on(self, process_key: str, login: str, case_id: str) -> None:
        """Takes up a record that something else has begun."""
        self._process, self._first_login = process_key, login
        self._release = release_store.current(self._work(login))
        self.played.case_id = case_id

    def _act(self, line):
        if line.message is not None:
            body = {"message": line.message, "facts": self._people(line.facts)}
            return self.ask(line.by or "clerk_1", "POST", f"/cases/{self.played.case_id}/messages", body)
        if line.begin is not None:
            body = {"process": line.begin, "facts": self._people(line.facts)}
            return self.ask(line.by, "POST", f"/records/{self.played.case_id}/processes", body)
        if line.away is not None:
            return super()._act(line)
        view = self.ask(line.by, "GET", f"/records/{self.played.case_id}")
        found = [t["id"] for t in view["tasks"] if t["element"] == (line.step or line.sign)]
        if not found:
            raise Refusal(f"没有待办 {line.step},只有 {[t['element'] for t in view['tasks']]}")
        if line.sign is not None:
            return self.ask(line.by, "POST", f"/tasks/{found[0]}/sign", {"note": "", **line.answers})
        self.ask(line.by, "POST", f"/tasks/{found[0]}/claim")
        assert self.ask(line.by, "GET", f"/tasks/{found[0]}")["form"] is not None
        self.before(line.step, line.by, self.played.case_id)
        return self.ask(line.by, "POST", f"/tasks/{found[0]}/complete", {"answers": self._people(line.answers)})

    def ask(self, login: str, method: str, path: str, body: object = None) -> Any:
        """One request of one person; a problem is raised as a refusal."""
        client = self.client(login)
        try:
            answer = client.request(method, path, json=body, headers={"Idempotency-Key": f"{self.clock.at}-{path}"})
        finally:
            client.close()
        if answer.status_code >= 400:
            raise Refusal(answer.text)
        return answer.json()
