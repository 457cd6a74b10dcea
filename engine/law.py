"""The law base in the database, and the rulebook's answers for whoever asks without a case.

At each publication laws, articles, search terms and violation items are brought into step with the content. Search is by
pairs of characters with `=` only; every lookup names its day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson

from content.releases import Release
from engine import calendars, confirmations, release_store
from engine.rulebook import deadlines
from engine.rulebook.discretion.book import BadDiscretion
from engine.rulebook.discretion.entries import Item
from engine.rulebook.discretion.finding import discretion as find
from engine.rulebook.lawbase import BadLaw, Law, LawBase, citation, query_terms, term_counts
from engine.rulebook.risk import numbers
from engine.rules import rules
from kernel import permissions, sm3
from kernel.command import command
from kernel.errors import InvalidAnswers, NotFound
from kernel.work import LOCAL, Row, Work
from registers import law as register

_FIRST_DAY = date(1949, 10, 1)  # where the content names no first day


# ---------------------------------------------------------------------- in step with the content
def sync(work: Work, release: Release) -> None:
    """Laws, articles, terms and violation items of a release into their tables; what is unchanged is not touched."""
    book = rules(release)
    _sync_laws(work, book.laws)
    items = [_stored(item, book.laws) for item in book.discretion.items.values()]
    known = {row["code"]: row["source_hash"] for row in work.rows("select code, source_hash from violation_item")}
    fresh = [item for item in items if known.get(item["code"]) != _fingerprint(item)]
    if fresh:
        register.sync(work, fresh)


def _sync_laws(work: Work, base: LawBase) -> None:
    known = register.known_laws(work)
    wanted = {law.id: law for law in base.laws.values()}
    changed = False
    gone = sorted(set(known) - set(wanted))
    if gone and wanted:
        register.drop_laws(work, gone)
        changed = True
    for law in wanted.values():
        row, articles = _rows(law)
        if known.get(law.id) != row["source_hash"]:
            register.put_law(work, row, articles)
            changed = True
    if changed:
        register.count_terms(work)


def _rows(law: Law) -> tuple[Row, list[Row]]:
    newest = law.versions[0]
    articles: list[Row] = []
    for article in law.articles.values():
        last = min((d for d in (article.last, newest.last) if d is not None), default=None)
        text = f"{law.name} {law.full_name} 第{article.no}条 {article.text}"
        articles.append(
            {
                "no": article.no,
                "text": article.text,
                "mark": article.mark,
                "valid_from": article.first,
                "valid_to": last,
                "terms": term_counts(text),
            }
        )
    versions = [
        {"from": v.first.isoformat(), "to": v.last.isoformat() if v.last else None, "label": v.label, "mark": v.mark}
        for v in law.versions
    ]
    row: Row = {
        "id": law.id,
        "name": law.name,
        "full_name": law.full_name,
        "kind": law.kind,
        "aliases": law.aliases,
        "versions": versions,
    }
    return {**row, "source_hash": _fingerprint([row, articles])}, articles


def _fingerprint(value: object) -> str:
    return sm3.hexdigest(orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS))


def _stored(item: Item, laws: LawBase) -> dict[str, Any]:
    """An item as a row: in force since its first version, or since the newest version of the law it rests on."""
    firsts = [version.first for version in item.versions]
    if not firsts:
        law = next((found for c in item.law if (found := laws.find(c.partition("#")[0])) is not None), None)
        firsts = [law.versions[0].first if law is not None else _FIRST_DAY]
    return {
        "code": item.id,
        "category": item.category,
        "name": item.name,
        "valid_from": min(firsts).isoformat(),
        "national_code": item.codes.get("national"),
        "provincial_code": item.codes.get("provincial"),
        "violated": item.violated,
        "basis": item.basis,
        "law": list(item.law),
        "kinds": list(item.kinds),
        "mark": item.mark,
        "illustrative": item.illustrative,
        "version": item.version,
    }


# ---------------------------------------------------------------------- asking
def search(work: Work, query: str, on: date | None = None, limit: int = 20) -> list[Row]:
    """Articles in force on a day (today), best first."""
    permissions.demand(work, "law.read")
    terms = query_terms(query)
    if not terms:
        raise InvalidAnswers({"q": "请输入要检索的词,如“超限 罚款”,或“法名第几条”"})
    with work.transaction(hot=True):
        base = rules(release_store.current(work)).laws
        day = on or work.today
        found = register.search_articles(work, terms, day, limit)
        named = _cited(work, base, query, day)
    return [*named, *(row for row in found if row["citation"] not in {n["citation"] for n in named})][:limit]


def _cited(work: Work, base: LawBase, query: str, on: date) -> list[Row]:
    """The article that the query names by law and number (法名第几条), which goes before all others."""
    try:
        name, _, no = citation(query, base).partition("#")
    except BadLaw:
        return []
    row = register.article(work, name, no, on)
    return [{**row, "score": 1.0}] if row is not None else []


def article(work: Work, citation: str, on: date | None = None) -> dict[str, Any]:
    """One article as of a day, with what in the rulebook rests on it and whether it is a favourite."""
    permissions.demand(work, "law.read")
    name, _, no = citation.partition("#")
    with work.transaction(hot=True):
        row = register.article(work, name, no, on or work.today)
        if row is None:
            raise NotFound(
                f"{(on or work.today):%Y年%m月%d日}没有有效的条文 {citation}",
                remedy="引用写成“法名#条号”;请核对条号和日期",
            )
        marked = work.one(
            "select 1 as one from law_favourite where officer_id = %s and citation = %s",
            (work.person.id, row["citation"]),
        )
        release = release_store.current(work)
    return {**row, "favourite": marked is not None, "cited_by": rules(release).cited.get(row["citation"], {})}


def items(work: Work, category: str | None = None, on: date | None = None, code: str | None = None) -> list[Row]:
    """Violation items in force on a day (today), of one enforcement category or all; the one of a `code` alone."""
    permissions.demand(work, "law.read")
    with work.transaction():
        return [
            {**row["data"], "valid_from": row["valid_from"], "valid_to": row["valid_to"]}
            for row in register.items(work, on or work.today, category, code)
        ]


def compute_discretion(
    work: Work,
    item: str,
    circumstances: Mapping[str, Any],
    act_date: date,
    as_of: date | None = None,
    agency_id: int | None = None,
) -> dict[str, Any]:
    """The finding for one violation with its whole explanation; changes nothing."""
    permissions.demand(work, "law.read")
    with work.transaction():
        book = rules(release_store.current(work))
        own = confirmations.discretion_book(work, book, agency_id or work.person.agency_id)
        today = work.today
    if item not in own.items:
        raise InvalidAnswers({"item": f"没有编号为 {item} 的违法行为事项,请在违法行为事项中查找"})
    try:
        return find(
            own, item, numbers(dict(circumstances)), act_date, as_of or today, laws=book.laws.effective_from()
        ).as_dict()
    except BadDiscretion as error:
        raise InvalidAnswers({"circumstances": str(error)}) from error


def due(
    work: Work,
    rule: str,
    started: str,
    pauses: Sequence[Mapping[str, Any]],
    as_of: date | None = None,
    agency_id: int | None = None,
) -> dict[str, Any]:
    """The end of one deadline with every counted, skipped and paused day; changes nothing."""
    permissions.demand(work, "law.read")
    with work.transaction():
        book = rules(release_store.current(work))
        settings = confirmations.deadline_settings(work, book, agency_id or work.person.agency_id)
        calendar = calendars.of_agency(work, book, agency_id or work.person.agency_id)
        now = work.now
    if rule not in book.deadlines:
        raise NotFound(f"没有编号为 {rule} 的期限", remedy="请在期限列表中查找")
    try:
        stood = tuple(
            deadlines.Pause(str(p["reason"]), p["start"], p.get("end"), p.get("notice_served")) for p in pauses
        )
        clock = deadlines.Clock(book.deadlines[rule], _started(started), stood, (), settings.get(rule))
        return deadlines.due(clock, calendar, as_of or now).as_dict()
    except ValueError as error:
        raise InvalidAnswers({"started": f"{error}"}) from error


def _started(text: str) -> date | datetime:
    try:
        if len(text) <= 10:
            return date.fromisoformat(text)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidAnswers({"started": "应为日期(2026-03-02)或带时区的时刻(2026-03-02T09:00:00+08:00)"}) from None
    return at if at.tzinfo else at.replace(tzinfo=LOCAL)


# ---------------------------------------------------------------------- favourites
@command(may="law.read")
def add_favourite(work: Work, citation: str) -> dict[str, Any]:
    """Keeps an article among one's own; again changes nothing."""
    name, _, no = citation.partition("#")
    row = register.article(work, name, no, work.today)
    if row is None:
        raise NotFound(f"没有现行有效的条文 {citation}")
    work.execute(
        "insert into law_favourite (officer_id, citation, added_at) values (%s, %s, %s) on conflict do nothing",
        (work.person.id, row["citation"], work.now),
    )
    return {"citation": row["citation"], "favourite": True}


@command(may="law.read")
def drop_favourite(work: Work, citation: str) -> dict[str, Any]:
    """Takes an article out of one's own."""
    work.execute("delete from law_favourite where officer_id = %s and citation = %s", (work.person.id, citation))
    return {"citation": citation, "favourite": False}


def favourites(work: Work) -> list[Row]:
    """One's own articles, newest first."""
    permissions.demand(work, "law.read")
    with work.transaction():
        return work.rows(
            """select f.citation, f.added_at, a.text, a.mark from law_favourite f join law l on l.name = split_part(f.citation, '#', 1)
            join lateral (select * from law_article a where a.law_id = l.id and a.no = split_part(f.citation, '#', 2)
              order by a.valid_from desc limit 1) a on true where f.officer_id = %s order by f.added_at desc limit 200""",
            (work.person.id,),
        )
