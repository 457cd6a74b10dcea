"""Violation items (违法行为事项) with their intervals of validity, kept in step with the content of a release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import orjson
from psycopg.types.json import Jsonb

from kernel import sm3
from kernel.errors import BadContent, NotFound
from kernel.work import Row, Work


def sync(work: Work, items: Iterable[Mapping[str, Any]]) -> int:
    """Brings the table to these items; returns how many rows are new or changed. Safe to repeat.

    An item: `code`, `category`, `name`, `valid_from` (date or ISO text), optional `valid_to`, `national_code`,
    `provincial_code`; all of it is kept in `data`. Several versions of one code have different `valid_from`. Versions that
    the content no longer has stay: old cases rest on them.
    """
    rows = [_row(item) for item in items]
    changed = 0
    for row in rows:
        changed += len(
            work.rows(
                """insert into violation_item (code, valid_from, valid_to, category, name, national_code, provincial_code,
                  data, source_hash) values (%(code)s, %(valid_from)s, %(valid_to)s, %(category)s, %(name)s,
                  %(national_code)s, %(provincial_code)s, %(data)s, %(source_hash)s)
                on conflict (code, valid_from) do update set valid_to = excluded.valid_to, category = excluded.category,
                  name = excluded.name, national_code = excluded.national_code,
                  provincial_code = excluded.provincial_code, data = excluded.data, source_hash = excluded.source_hash
                where violation_item.source_hash <> excluded.source_hash returning code""",
                row,
            )
        )
    return changed


def _row(item: Mapping[str, Any]) -> dict[str, object]:
    try:
        code, category, name = str(item["code"]), str(item["category"]), str(item["name"])
        valid_from, valid_to = _day(item["valid_from"]), _day(item.get("valid_to"))
    except (KeyError, ValueError, TypeError) as error:
        raise BadContent(f"违法行为事项 {item.get('code', '?')}", 0, f"缺少或无法识别:{error}") from error
    if valid_from is None or (valid_to is not None and valid_to < valid_from):
        raise BadContent(f"违法行为事项 {code}", 0, "有效期须有起始日,且止日不早于起始日")
    text = orjson.dumps(item, default=str, option=orjson.OPT_SORT_KEYS)
    return {
        "code": code,
        "category": category,
        "name": name,
        "valid_from": valid_from,
        "valid_to": valid_to,
        "national_code": item.get("national_code"),
        "provincial_code": item.get("provincial_code"),
        "data": Jsonb(orjson.loads(text)),
        "source_hash": sm3.hexdigest(text),
    }


def _day(value: object) -> date | None:
    if value is None or isinstance(value, date):
        return value
    return date.fromisoformat(str(value))


def item(work: Work, code: str, on: date) -> Row:
    """The item as it stood on the day of the act (both ends included); `NotFound` names code and day."""
    row = work.one(
        """select * from violation_item where code = %s and valid_from <= %s and (valid_to is null or valid_to >= %s)
        order by valid_from desc limit 1""",
        (code, on, on),
    )
    if row is None:
        raise NotFound(f"{on:%Y年%m月%d日}没有有效的违法行为事项 {code}", remedy="请核对违法行为代码和违法行为发生日期")
    return row


def items(work: Work, on: date, category: str | None = None, code: str | None = None) -> list[Row]:
    """All items in force on that day (of one category; the one of a code), by code."""
    return work.rows(
        """select * from violation_item where valid_from <= %(on)s and (valid_to is null or valid_to >= %(on)s)
        and (%(category)s::text is null or category = %(category)s) and (%(code)s::text is null or code = %(code)s)
        order by code, valid_from""",
        {"on": on, "category": category, "code": code},
    )


# ---------------------------------------------------------------------- laws and articles
_LAW = """insert into law (id, name, full_name, kind, aliases, versions, source_hash)
values (%(id)s, %(name)s, %(full_name)s, %(kind)s, %(aliases)s, %(versions)s, %(source_hash)s)
on conflict (id) do update set name = excluded.name, full_name = excluded.full_name, kind = excluded.kind,
  aliases = excluded.aliases, versions = excluded.versions, source_hash = excluded.source_hash"""
_ARTICLES = """insert into law_article (law_id, no, text, mark, valid_from, valid_to)
select %s, * from unnest(%s::text[], %s::text[], %s::text[], %s::date[], %s::date[]) returning id, no, valid_from"""
_TERMS = (
    """insert into law_term (term, article_id, count) select * from unnest(%s::text[], %s::bigint[], %s::smallint[])"""
)
_COUNTS = """insert into law_term_count (term, articles) select term, count(*) from law_term group by term
on conflict (term) do update set articles = excluded.articles where law_term_count.articles <> excluded.articles"""
# Each statement reads one table along one index, so that no missing statistics can make a bad plan of it.
_HOW_COMMON = "select term, articles from law_term_count where term = any(%s)"
_WHOLE = """select article_id, count(*)::int as hits, sum(least(count, 3))::int as often from law_term where term = any(%s)
group by article_id order by 2 desc, 3 desc, 1 limit %s"""
_BEST_OF = """select article_id, 1 as hits, least(count, 3)::int as often from law_term where term = %s
order by term, count desc, article_id limit %s"""
_PROBE = """select t.article_id, count(*)::int as hits, sum(least(t.count, 3))::int as often
from unnest(%s::text[]) as q(term) cross join unnest(%s::bigint[]) as f(id) join law_term t on t.term = q.term and t.article_id = f.id
group by 1"""
_FOUND = """select l.name as law, l.full_name, a.no, a.text, a.mark, a.valid_from, a.valid_to, l.name || '#' || a.no as citation, a.id
from law_article a join law l on l.id = a.law_id
where a.id = any(%(ids)s) and a.valid_from <= %(on)s and (a.valid_to is null or a.valid_to >= %(on)s)"""
_COMMON = 4_000  # so many postings are read whole; of a query of common terms only the best of the rarest
_CANDIDATES = 80


def known_laws(work: Work) -> dict[str, str]:
    """Law id → fingerprint of its content as stored."""
    return {row["id"]: row["source_hash"] for row in work.rows("select id, source_hash from law")}


def put_law(work: Work, law: Mapping[str, Any], articles: Sequence[Mapping[str, Any]]) -> None:
    """Stores one law with its articles anew. An article: no, text, mark, valid_from, valid_to, terms {term: how often}.

    `count_terms` must follow once all laws are stored.
    """
    work.execute(_LAW, {**law, "aliases": list(law["aliases"]), "versions": Jsonb(law["versions"])})
    work.execute("delete from law_article where law_id = %s", (law["id"],))
    if not articles:
        return
    columns = [[a[key] for a in articles] for key in ("no", "text", "mark", "valid_from", "valid_to")]
    ids = {(row["no"], row["valid_from"]): row["id"] for row in work.rows(_ARTICLES, (law["id"], *columns))}
    terms = [
        (term, ids[a["no"], a["valid_from"]], min(count, 32_000))
        for a in articles
        for term, count in a["terms"].items()
    ]
    work.execute(_TERMS, tuple(list(column) for column in zip(*terms, strict=True)))


def drop_laws(work: Work, ids: Sequence[str]) -> None:
    """Laws the content no longer has."""
    work.execute("delete from law_article where law_id = any(%s)", (list(ids),))
    work.execute("delete from law where id = any(%s)", (list(ids),))


def count_terms(work: Work) -> None:
    """Brings the counts of terms up to date."""
    work.execute("delete from law_term_count c where not exists (select 1 from law_term t where t.term = c.term)")
    work.execute(_COUNTS)


def search_articles(work: Work, terms: Sequence[str], on: date, limit: int) -> list[Row]:
    """Articles in force on a day that have the query's terms, best first; in an open transaction.

    The rarest terms find the candidates, all terms rank them: the list of a common pair of characters is never read whole.
    """
    counts = {row["term"]: row["articles"] for row in work.rows(_HOW_COMMON, (list(terms),))} if terms else {}
    if not counts:
        return []
    rare = _rarest(counts)
    if rare:
        found = work.rows(_WHOLE, (rare, max(_CANDIDATES, 2 * limit)))
    else:
        rare = [min(counts, key=lambda term: (counts[term], term))]
        found = work.rows(_BEST_OF, (rare[0], 2 * max(_CANDIDATES, limit)))
    hits = {row["article_id"]: [row["hits"], row["often"]] for row in found}
    common = [term for term in counts if term not in rare]
    if common and hits:
        for row in work.rows(_PROBE, (common, list(hits))):
            had = hits[row["article_id"]]
            had[0], had[1] = had[0] + row["hits"], had[1] + row["often"]
    score = {id_: _score(had[0], had[1], len(terms)) for id_, had in hits.items()}
    ranked = sorted(hits, key=lambda id_: (-score[id_], id_))[: max(_CANDIDATES, 2 * limit)]
    rows = [{**row, "score": score[row.pop("id")]} for row in work.rows(_FOUND, {"ids": ranked, "on": on})]
    return sorted(rows, key=lambda row: (-row["score"], row["citation"]))[:limit]


def _rarest(counts: Mapping[str, int]) -> list[str]:
    """The rarest terms whose postings together are few enough to be read whole."""
    chosen, total = [], 0
    for term in sorted(counts, key=lambda term: (counts[term], term)):
        total += counts[term]
        if total > _COMMON:
            break
        chosen.append(term)
    return chosen


def _score(hits: int, often: int, wanted: int) -> float:
    """Nine tenths for the terms there are, one tenth for how often (three times is often)."""
    return round(hits / wanted * 0.9 + often / (3 * wanted) * 0.1, 4)


def article(work: Work, law: str, no: str, on: date) -> Row | None:
    """One article of a law (short name, full name or alias) as of a day."""
    return work.one(
        """select l.name as law, l.full_name, l.kind, l.versions, a.no, a.text, a.mark, a.valid_from, a.valid_to,
        l.name || '#' || a.no as citation from law l join law_article a on a.law_id = l.id
        where (l.name = %(law)s or l.full_name = %(law)s or %(law)s = any(l.aliases)) and a.no = %(no)s
        and a.valid_from <= %(on)s and (a.valid_to is null or a.valid_to >= %(on)s) order by a.valid_from desc limit 1""",
        {"law": law, "no": no, "on": on},
    )
