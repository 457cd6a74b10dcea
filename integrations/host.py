"""The host of the counterparts: finds their folders, tries and tries again, records every conversation, decides nothing.

Out: jobs that the engine wrote are taken, the folder's mapping makes the request, its transport speaks, the answer is
kept. In: bytes whose sender the door knows are read by the mapping, judged against what we told, kept once, and given to
the case by the engine. Files: fetched on the hour, compared line by line; what does not fit is an alert, and of money a difference for people (ADR 14).
What fails is tried again as the manifest says and becomes an incident in the end.
"""

from __future__ import annotations

import functools
import importlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson

import engine
from integrations.wire import Body, DayFile, Difference, Received, Refused, Response, Unreadable
from kernel import audit, log, sm3
from kernel import manifest as manifests
from kernel.errors import DeliveryFailed, Fault, InvalidAnswers, NotFound, Problem, Refusal, Unavailable
from kernel.manifest import Manifest
from kernel.settings import declared
from kernel.work import LOCAL, SYSTEM_ID, Grant, Node, Person, Row, Work, system_person
from registers import agency, exchange

_log = log.logger("integrations.host")
HERE = Path(__file__).parent
KIND = "counterpart"
_CATEGORIES = tuple(f"{n:02}" for n in range(1, 9))
_HIDDEN = "(已隐去)"
_BREAKER_AFTER, _BREAKER_FOR = 10, 60.0


@dataclass(frozen=True)
class Counterpart:
    """One folder, ready to speak. `sends`: messages; `receives`: message → {delivers, about}; `fetches`: name → {every, due, compares}."""

    manifest: Manifest
    mapping: Any
    transport: Any

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.manifest.name

    @property
    def sends(self) -> tuple[str, ...]:
        """What it is told."""
        return tuple(self.manifest.told.get("sends") or ())

    @property
    def receives(self) -> Mapping[str, Mapping[str, str]]:
        """What it sends."""
        return dict(self.manifest.told.get("receives") or {})

    @property
    def fetches(self) -> Mapping[str, Mapping[str, str]]:
        """What is fetched from it."""
        return dict(self.manifest.told.get("fetches") or {})

    @property
    def jobs(self) -> list[str]:
        """The messages of its jobs."""
        return [*self.sends, *(f"fetch.{self.name}.{name}" for name in self.fetches)]

    @property
    def seconds(self) -> float:
        """How long a call may take."""
        return manifests.length(self.manifest.told.get("timeout", "30s")).total_seconds()

    def settings(self) -> dict[str, str]:
        """What the operator has set."""
        return declared(self.manifest.settings)

    def missing(self) -> list[str]:
        """Settings that are empty."""
        return [name for name, value in self.settings().items() if not value]

    def secret(self) -> str:
        """What signs requests both ways; empty while not set."""
        name = self.manifest.told.get("secret", "")
        return self.settings().get(name, "")

    def wait(self, tries: int, since: timedelta, key: str) -> timedelta | None:
        """How long until the next try after this many, `since` the first; None: give up. Spread by a fifth, so that what
        failed together does not come back together."""
        retry = self.manifest.told["retry"]
        if since >= manifests.length(retry["give_up_after"]):
            return None
        factor = float(retry.get("factor", 2)) ** min(tries - 1, 60)
        plain = min(manifests.length(retry["first"]) * factor, manifests.length(retry.get("longest", "12h")))
        spread = 0.8 + 0.4 * (sm3.digest(f"{key}{tries}".encode())[0] / 255)
        return plain * spread


@functools.cache
def counterparts(root: Path = HERE) -> Mapping[str, Counterpart]:
    """Every folder, by name."""
    return {
        manifest.name: Counterpart(
            manifest,
            importlib.import_module(f"integrations.{manifest.name}.mapping"),
            importlib.import_module(f"integrations.{manifest.name}.transport"),
        )
        for manifest in manifests.folders(root, KIND)
    }


def ready() -> list[Counterpart]:
    """The counterparts whose every setting is there; the others are off and what is for them waits."""
    return [one for one in counterparts().values() if not one.missing()]


# ---------------------------------------------------------------------- one turn of the worker
class Speaker:
    """One counterpart's turn at a worker. Ten failures in a row, and it is left in peace for a minute."""

    def __init__(self, node: Node, counterpart: Counterpart) -> None:
        self.node, self.counterpart = node, counterpart
        self._failures = 0
        self._quiet_until = 0.0
        self._looked: dict[str, str] = {}

    def turn(self) -> bool:
        """Plans what is to be fetched, takes what is due, tries each; True when there was something."""
        if time.monotonic() < self._quiet_until:
            return False
        for name, fetch in self.counterpart.fetches.items():
            self._plan(name, fetch)
        due = engine.take_exchanges(self.node, self.counterpart.jobs)
        for job in due:
            self._try(job)
        return bool(due)

    def _plan(self, name: str, fetch: Mapping[str, str]) -> None:
        every = manifests.length(fetch["every"]).total_seconds()
        period = str(int(self.node.clock().timestamp() // every))
        if self._looked.get(name) == period:
            return
        work = _at_home(self.node, self.counterpart)
        with work.transaction():
            engine.plan_fetch(work, f"{self.counterpart.name}.{name}", period, _home(work))
        self._looked[name] = period

    def _try(self, job: Row) -> None:
        work = Work(self.node, system_person(job["agency_id"], job["category"]), request_id=f"job:{job['id']}")
        try:
            if job["kind"].startswith("exchange:fetch."):
                _fetch(self.node, self.counterpart, job["kind"].rpartition(".")[2])
                with work.transaction():
                    engine.exchange_done(work, job)
            else:
                _tell(work, self.counterpart, job)
            self._failures = 0
        except Unavailable:
            raise
        except Exception as error:
            self._failed(work, job, error)

    def _failed(self, work: Work, job: Row, error: Exception) -> None:
        problem = error if isinstance(error, Problem) else Fault(f"{type(error).__name__}: {error}")
        if not isinstance(error, Problem):
            _log.error("exchange_failed", counterpart=self.counterpart.name, exc_info=error)
        permanent = isinstance(problem, Refusal) or bool(getattr(problem, "permanent", False))
        if not permanent:
            self._failures += 1
            if self._failures >= _BREAKER_AFTER:
                self._quiet_until = time.monotonic() + _BREAKER_FOR
                self._failures = 0
        since = self.node.clock() - job["created_at"]
        wait = None if permanent else self.counterpart.wait(job["attempts"], since, str(job["id"]))
        after = getattr(error, "retry_after", None)
        if wait is not None and after:
            wait = max(wait, timedelta(seconds=after))
        with work.transaction():
            engine.exchange_failed(work, job, problem, wait)
            if wait is None and "exchange" in job["payload"]:
                exchange.settle(work, UUID(job["payload"]["exchange"]), "given_up", {"cause": problem.detail})


class _Later(DeliveryFailed):
    """They ask for patience."""

    def __init__(self, detail: str, retry_after: int | None) -> None:
        super().__init__(detail, remedy="对端暂时不受理;系统会自动重试")
        self.retry_after = retry_after


def _tell(work: Work, counterpart: Counterpart, job: Row) -> None:
    """One try of telling. What was said and answered is recorded whatever comes of it; told already means done."""
    with work.transaction():
        row = exchange.get(work, UUID(job["payload"]["exchange"]))
        if row["status"] == "done":
            engine.exchange_done(work, job)
            return
    request = counterpart.mapping.request(row["message"], row["body"])
    shown = {
        "method": request.method,
        "path": request.path,
        "key": row["key"],
        "body": _shown(counterpart, request.body),
    }
    try:
        response = counterpart.transport.send(counterpart.settings(), request, row["key"], counterpart.seconds)
    except DeliveryFailed as error:
        _record(work, row, "failed", shown, {"error": error.detail})
        raise
    answered = {"status": response.status, "body": _shown(counterpart, response.body)}
    try:
        answer = _answered(counterpart, row["message"], response)
    except DeliveryFailed as error:
        _record(work, row, "refused" if error.permanent else "failed", shown, answered)
        raise
    with work.transaction():
        exchange.add_try(work, row, "delivered", shown, answered)
        exchange.settle(work, row["id"], "done", answer, counterpart.name)
        engine.exchange_done(work, job)


def _answered(counterpart: Counterpart, message: str, response: Response) -> dict[str, Any]:
    """Their answer in our words. 5xx, 408, 425 and 429 may pass; whatever else is no acceptance will not."""
    if response.status >= 500 or response.status in (408, 425, 429):
        raise _Later(f"对端答复 HTTP {response.status}", response.retry_after)
    if response.status in (401, 403):
        text = f"对端不认可本系统的签名(HTTP {response.status})"
        raise DeliveryFailed(text, permanent=True, remedy="核对双方密钥和时钟后在“异常”中重试")
    try:
        answer: dict[str, Any] = counterpart.mapping.answer(message, response)
    except Refused as error:
        raise DeliveryFailed(str(error), permanent=True, remedy="按对端所述更正后在“异常”中重试") from error
    return answer


def _record(work: Work, row: Row, outcome: exchange.Outcome, request: Body, response: Body) -> None:
    with work.transaction():
        exchange.add_try(work, row, outcome, request, response)


def _shown(counterpart: Counterpart, raw: bytes) -> Any:
    """Bytes as a record may show them: JSON with the fields that the manifest hides struck out; else their length and SM3."""
    try:
        return struck(orjson.loads(raw), frozenset(counterpart.manifest.told.get("hides") or ()))
    except orjson.JSONDecodeError:
        return {"bytes": len(raw), "sm3": sm3.hexdigest(raw)}


def struck(value: Any, hides: frozenset[str], depth: int = 0) -> Any:
    """A JSON value with some fields struck out; long texts cut, deep nesting left out."""
    if depth > 20:
        return "…"
    if isinstance(value, dict):
        return {
            str(k)[:100]: _HIDDEN if k in hides else struck(v, hides, depth + 1) for k, v in list(value.items())[:200]
        }
    if isinstance(value, list):
        return [struck(one, hides, depth + 1) for one in value[:200]]
    return value.replace("\x00", "")[:500] if isinstance(value, str) else value


# ---------------------------------------------------------------------- coming in
def known_sender(name: str) -> Counterpart:
    """The counterpart of this name that is switched on; `NotFound` looks the same for a stranger and for one that is off."""
    found = counterparts().get(name)
    if found is None or not found.secret():
        raise NotFound("没有这个对端,或尚未启用", remedy="请核对地址,或由运维人员完成对端设置")
    return found


class Conflict(Refusal):
    """The same number came with other content."""

    code = "exchange_conflict"
    title = "同一编号内容不一致"


def receive(node: Node, name: str, message: str, raw: bytes) -> dict[str, Any]:
    """Takes in what a counterpart sent (its signature is checked already). Repeated: the same answer and `duplicate`.

    `held`: it is kept, but does not fit and waits for people. Raises `InvalidAnswers`, `NotFound`, `Conflict`.
    """
    counterpart = known_sender(name)
    rule = counterpart.receives.get(message)
    if rule is None:
        raise NotFound(
            f"对端 {name} 没有约定来件 {message}", remedy=f"可发送:{'、'.join(counterpart.receives) or '无'}"
        )
    try:
        got: Received = counterpart.mapping.received(message, raw)
    except Unreadable as error:
        raise InvalidAnswers({"body": str(error)}, f"来件无法识别:{error}") from error
    key = f"in:{name}:{message}:{got.business_key}"
    asking = _at_home(node, counterpart)
    with asking.transaction():
        sent = exchange.owner(asking, message=rule["about"], business_key=got.about)
        first = exchange.owner(asking, key=key)
        place = first or sent or _home(asking)
    work = Work(node, system_person(place["agency_id"], place["category"]), request_id=key[:200])
    with work.transaction():
        return _take_in(work, counterpart, message, rule, got, key, sent, raw)


def _take_in(
    work: Work,
    counterpart: Counterpart,
    message: str,
    rule: Mapping[str, str],
    got: Received,
    key: str,
    sent: Row | None,
    raw: bytes,
) -> dict[str, Any]:
    body = {"delivers": rule["delivers"], "facts": dict(got.facts), "record": dict(got.record)}
    shown = {"message": message, "body": _shown(counterpart, raw)}
    earlier = exchange.owner(work, key=key)
    if earlier is not None:
        return _again(work, counterpart, earlier, body, shown)
    # Receipts of one notice come in one after another: each sees the one before it.
    told = exchange.get(work, sent["id"], lock=True) if sent else None
    before = exchange.records_about(work, counterpart.name, message, got.about) if told else []
    difference: Difference | None = counterpart.mapping.judge(
        got, told["body"] if told else None, [row["body"]["record"] for row in before]
    )
    place = told or _home(work)
    subject = told["subject_id"] if told and told["subject_id"] else uuid5(NAMESPACE_URL, key)
    id_ = engine.take_in(
        work, place, subject, counterpart=counterpart.name, message=message, business_key=got.business_key, key=key,
        body=body, about=got.about, day=got.day, differing=difference is not None,
    )  # fmt: skip
    if id_ is None:  # it came twice at once: the other one was first
        return {"accepted": True, "duplicate": True, "held": False}
    audit.record(work, "exchange.receive", subject=("exchange", id_), detail={"counterpart": counterpart.name})
    exchange.add_try(work, {**place, "id": id_}, "received", shown, {"held": difference.kind if difference else None})
    if difference is not None:
        _alert(work, counterpart, place, subject, difference, exchange_id=id_, day=got.day)
    return {"accepted": True, "duplicate": False, "held": difference is not None}


def _again(work: Work, counterpart: Counterpart, earlier: Row, body: Body, shown: Body) -> dict[str, Any]:
    same = bytes(earlier["digest"]) == exchange.digest(body)
    exchange.add_try(work, earlier, "duplicate" if same else "conflict", shown, {})
    if same:
        return {"accepted": True, "duplicate": True, "held": earlier["status"] == "differing"}
    text = f"{counterpart.manifest.told['name']}以同一编号 {earlier['business_key']} 发来内容不同的来件,按先到的办理"
    difference = Difference("conflict", earlier["business_key"], text)
    _alert(work, counterpart, earlier, earlier["subject_id"], difference)
    return {"accepted": False, "conflict": True}


def _alert(
    work: Work,
    counterpart: Counterpart,
    place: Row,
    subject: UUID,
    difference: Difference,
    *,
    exchange_id: UUID | None = None,
    day: date | None = None,
) -> None:
    """An alert to the case; of a counterpart that handles money (`books: money`) a difference for the finance people too."""
    if counterpart.manifest.told.get("books") == "money":
        engine.keep_difference(
            work, place, counterpart=counterpart.name, kind=difference.kind, key=difference.key, text=difference.text,
            act=difference.act, about=difference.about, day=day, exchange_id=exchange_id,
        )  # fmt: skip
    rule = f"EXCHANGE:{counterpart.name}:{difference.kind}:{difference.key}"
    engine.raise_difference(work, place, subject, rule, difference.text, action=difference.act)


# ---------------------------------------------------------------------- files
def _fetch(node: Node, counterpart: Counterpart, name: str) -> None:
    """Looks for new files, compares each; says so when yesterday's should be there and is not."""
    work = _everywhere(node, counterpart)
    with work.transaction():
        known = exchange.known_files(work, counterpart.name)
    for file, data in counterpart.transport.fetch(counterpart.settings(), name, counterpart.seconds * 10):
        stored = node.files.put(data)
        if stored.sha256 not in known.get(file, set()):
            _take_file(work, counterpart, name, file, data, stored)
    _overdue(work, counterpart, name)


def _take_file(work: Work, counterpart: Counterpart, name: str, file: str, data: bytes, stored: Any) -> None:
    try:
        read: DayFile = counterpart.mapping.read_file(file, data)
    except Unreadable as error:
        with work.transaction():
            home = _home(work)
            if exchange.add_file(
                work, counterpart.name, file, stored, day=None, status="rejected", report={"why": str(error)}
            ):
                text = f"文件 {file} 整份不予核对:{error}"
                _alert(
                    work, counterpart, home, uuid5(NAMESPACE_URL, file),
                    Difference("file_rejected", f"{file}:{stored.sm3.hex()[:8]}", text, act="请对端重新提供完整的文件"),
                )  # fmt: skip
        return
    with work.transaction():
        found, places = _differences(work, counterpart, name, read)
        report = {"lines": len(read.lines), "differences": [[one.kind, one.key] for one in found]}
        if exchange.add_file(work, counterpart.name, file, stored, day=read.day, status="reconciled", report=report):
            for one in found:
                place = places.get(one.about) or _home(work)
                subject = place.get("subject_id") or uuid5(NAMESPACE_URL, one.key)
                _alert(work, counterpart, place, subject, one, day=read.day)
            if counterpart.manifest.told.get("books") == "money":
                engine.book_bank_day(work, counterpart.name, file, read.day, read.lines, places, _home(work))


def _differences(
    work: Work, counterpart: Counterpart, name: str, read: DayFile
) -> tuple[list[Difference], dict[str, Row]]:
    message = counterpart.fetches[name]["compares"]
    about = counterpart.receives[message]["about"]
    heard = exchange.of_day(work, counterpart.name, message, read.day)
    keys = {str(line["trade_no"]) for line in read.lines} - {row["business_key"] for row in heard}
    heard += [r for r in exchange.of_business(work, "in", message, keys) if r["counterpart"] == counterpart.name]
    notices = {str(line["notice_no"]) for line in read.lines} | {str(row["about"]) for row in heard}
    sent = {row["business_key"]: row for row in exchange.of_business(work, "out", about, notices)}
    found = counterpart.mapping.reconcile(
        read, [row["body"]["record"] for row in heard], {key: row["body"] for key, row in sent.items()}
    )
    return list(found), sent


def _overdue(work: Work, counterpart: Counterpart, name: str) -> None:
    due = counterpart.fetches[name].get("due")
    now = work.node.clock().astimezone(LOCAL)
    if due is None or now.time() < time_of_day.fromisoformat(due):
        return
    day: date = now.date() - timedelta(days=1)
    with work.transaction():
        there = work.one(
            "select 1 as found from exchange_file where counterpart = %s and day = %s and status = 'reconciled'",
            (counterpart.name, day),
        )
        if there is None:
            text = f"{counterpart.manifest.told['name']}{day:%Y-%m-%d} 的对账文件过了 {due} 仍未收到"
            difference = Difference("file_missing", day.isoformat(), text, act="联系对端补送;补到后自动核对")
            _alert(work, counterpart, _home(work), uuid5(NAMESPACE_URL, f"{counterpart.name}:{day}"), difference)


# ---------------------------------------------------------------------- whose it is when nobody's
def _at_home(node: Node, counterpart: Counterpart) -> Work:
    """The system at work for the agency that deals with what belongs to no case."""
    name = counterpart.manifest.told.get("agency", "")
    text = counterpart.settings().get(name, "")
    if not text.isdigit():
        raise Fault(f"设置 ZC_{name} 应为机构编号", remedy="由运维人员填写后重试")
    return Work(node, system_person(int(text), _CATEGORIES[0]), request_id=f"exchange:{counterpart.name}")


def _home(work: Work) -> Row:
    return {"agency_id": work.person.agency_id, "category": _CATEGORIES[0]}


def _everywhere(node: Node, counterpart: Counterpart) -> Work:
    """The system at work for the whole node: a bank's file is about every agency's cases."""
    home = _at_home(node, counterpart)
    with home.transaction():
        ids = frozenset(row["id"] for row in agency.tree(home))
    grant = Grant("system", home.person.agency_id, ids, frozenset(_CATEGORIES))
    return Work(node, Person(SYSTEM_ID, "系统", home.person.agency_id, (grant,)), request_id=home.request_id)


# ---------------------------------------------------------------------- what an operator asks
def check_config(node: Node) -> list[dict[str, Any]]:
    """Each counterpart: on or off, what is missing, what waits and since when, its last files."""
    work = Work(node, Person(SYSTEM_ID, "系统", 0))
    with work.transaction():
        counts = exchange.counts(work)
        files = {name: exchange.files(work, name, 5) for name in counterparts()}
    return [_state(one, counts, files[one.name]) for one in counterparts().values()]


def _state(one: Counterpart, counts: list[Row], files: Any) -> dict[str, Any]:
    own = [r for r in counts if r["counterpart"] == one.name or (r["direction"] == "out" and r["message"] in one.sends)]
    waiting = [r for r in own if r["status"] == "waiting"]
    return {
        "counterpart": one.name,
        "name": one.manifest.told["name"],
        "owner": one.manifest.told["owner"],
        "on": not one.missing(),
        "missing": [f"ZC_{name}({one.manifest.settings[name]})" for name in one.missing()],
        "waiting": sum(r["number"] for r in waiting),
        "oldest": min((r["oldest"] for r in waiting), default=None),
        "differing": sum(r["number"] for r in own if r["status"] == "differing"),
        "given_up": sum(r["number"] for r in own if r["status"] == "given_up"),
        "done": sum(r["number"] for r in own if r["status"] == "done"),
        "files": list(files),
        "faults": [*faults(one)],
    }


def faults(one: Counterpart) -> Iterator[str]:
    """What is wrong with a folder: its manifest, its functions, examples that do not come out as they say."""
    yield from manifests.faults(one.manifest, ("retry",))
    told = one.manifest.told
    try:
        one.wait(1, timedelta(0), "x")
        yield from (
            f"fetches {name} 的 compares 不在 receives 中"
            for name, f in one.fetches.items()
            if manifests.length(f["every"]) and f["compares"] not in one.receives
        )
    except (KeyError, ValueError, TypeError) as error:
        yield f"retry 或 fetches 有误:{error}"
    yield from (
        f"{key} 所写的 {told[key]} 不在 settings 中"
        for key in ("secret", "agency")
        if key in told and told[key] not in one.manifest.settings
    )
    yield from (
        f"receives {m} 缺少 delivers 或 about" for m, r in one.receives.items() if not {"delivers", "about"} <= set(r)
    )
    needed = {"request", "answer"} if one.sends else set()
    needed |= {"received", "judge"} if one.receives else set()
    needed |= {"read_file", "reconcile"} if one.fetches else set()
    yield from (f"mapping.py 缺少 {name}" for name in sorted(needed) if not hasattr(one.mapping, name))
    seen: set[str] = set()
    for file, example in one.manifest.examples():
        seen.add(str(example.get("message") or example.get("fetch")))
        yield from (f"examples/{file}:{text}" for text in replay(one, example))
    yield from (f"没有 {m} 的例子(examples/)" for m in [*one.sends, *one.receives, *one.fetches] if m not in seen)
    others = [c.name for c in counterparts().values() if c.name != one.name and set(c.sends) & set(one.sends)]
    yield from (f"与 {other} 约定了同一外发内容" for other in others)


def replay(one: Counterpart, example: Mapping[str, Any]) -> Iterator[str]:
    """Plays one example through the mapping; yields what comes out differently.

    `{message, body, request: {…}}` · `{message, response: {status, body}, answer | refused}` ·
    `{message, raw, received | unreadable, sent?, earlier?, difference?}` · `{fetch, text, heard?, sent?, differences | unreadable}`
    (in `text` the word `{SM3}` stands for that of every byte before its line).
    """
    try:
        got = _played(one.mapping, example)
    except Refused as error:
        got = {"refused": str(error)}
    except Unreadable as error:
        got = {"unreadable": str(error)}
    except Exception as error:
        got = {"error": f"{type(error).__name__}: {error}"}
    wanted = {
        key: example[key]
        for key in ("request", "answer", "refused", "received", "unreadable", "difference", "differences")
        if key in example
    }
    if not wanted:
        yield "例子没有写明结果"
    for key, value in wanted.items():
        if not _fits(value, got.get(key)):
            yield f"{key} 应为 {value!r},实为 {got.get(key, got)!r}"


def _fits(wanted: Any, got: Any) -> bool:
    """A mapping fits when every named key does; a text of a refusal when it is contained."""
    if isinstance(wanted, dict) and isinstance(got, Mapping):
        return all(_fits(value, got.get(key)) for key, value in wanted.items())
    if isinstance(wanted, str) and isinstance(got, str):
        return wanted in got
    return bool(wanted == got)


def _played(mapping: Any, example: Mapping[str, Any]) -> dict[str, Any]:
    if "fetch" in example:
        read = mapping.read_file("example", with_digest(example["text"]))
        found = mapping.reconcile(read, example.get("heard", []), example.get("sent", {}))
        return {"differences": [[one.kind, one.key] for one in found]}
    message = example["message"]
    if "raw" in example:
        got = mapping.received(message, str(example["raw"]).encode())
        difference = mapping.judge(got, example.get("sent"), example.get("earlier", []))
        return {"received": vars(got), "difference": difference.kind if difference else None}
    if "response" in example:
        response = Response(example["response"]["status"], str(example["response"]["body"]).encode())
        return {"answer": mapping.answer(message, response)}
    made = mapping.request(message, example["body"])
    return {"request": {"method": made.method, "path": made.path, "body": orjson.loads(made.body)}}


def with_digest(text: str) -> bytes:
    """The bytes of an example's file: the word `{SM3}` becomes the SM3 of every byte before its line."""
    before, mark, after = text.partition("{SM3}")
    if not mark:
        return text.encode()
    return f"{before}{sm3.hexdigest(before[: before.rfind(chr(10)) + 1].encode())}{after}".encode()
