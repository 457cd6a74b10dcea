"""The law base's pure half: laws and articles by citation and date, what rests on them, and search terms of Chinese text.

Articles hold a one-line paraphrase, never the text. A citation is `法名#条号` (行政处罚法#54). A lookup always names the
day it is asked for. Search terms are pairs of neighbouring characters, so that no dictionary and no database extension is
needed. Reads no clock, no file and no database.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any

from engine.rulebook.discretion.book import fingerprint

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
RUNS = re.compile(f"[{CJK}]+|[a-z]+|[0-9]+")
NUMERALS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
TENS = {"十": 10, "百": 100, "千": 1000}
CITED = re.compile(
    r"^\s*《?(?P<law>[^《》第#]+?)》?\s*(?:\(\d{4}[^)]*\))?\s*(?:第|#)(?P<no>[0-9零〇一二两三四五六七八九十百千]+)条?"
)


class BadLaw(ValueError):
    """法规库内容或引用有误:说明是哪一部、哪一条、怎样改。"""


@dataclass(frozen=True, slots=True)
class Interval:
    """A version of a law: in force from `first` to `last` (None: still)."""

    first: date
    last: date | None
    label: str
    mark: str

    def covers(self, day: date) -> bool:
        """Whether the version was in force on the day."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Article:
    """One article. `first`/`last`: when its line holds; from the newest version on where the content says nothing."""

    law: str
    no: str
    text: str
    mark: str
    first: date
    last: date | None

    @property
    def citation(self) -> str:
        """The citation by which everything else names it."""
        return f"{self.law}#{self.no}"


@dataclass(frozen=True, slots=True)
class Law:
    """A law with its versions, newest first."""

    id: str
    name: str
    full_name: str
    kind: str
    aliases: tuple[str, ...]
    versions: tuple[Interval, ...]
    articles: Mapping[str, Article]

    def version_on(self, day: date) -> Interval | None:
        """The version in force on a day."""
        return next((v for v in self.versions if v.covers(day)), None)


@dataclass(frozen=True, slots=True)
class LawBase:
    """All laws by short name; `names` also knows full names and aliases."""

    laws: Mapping[str, Law]
    names: Mapping[str, str]
    version: str

    def find(self, name: str) -> Law | None:
        """A law by short name, full name or alias."""
        key = self.names.get(name.strip("《》 "))
        return self.laws[key] if key else None

    def article(self, citation: str, on: date) -> Article | None:
        """The article in force on a day, or None when law or article was not in force (or is not on file)."""
        name, _, no = citation.partition("#")
        law = self.find(name)
        if law is None or law.version_on(on) is None:
            return None
        found = law.articles.get(no)
        if found is None or on < found.first or (found.last is not None and on > found.last):
            return None
        return found

    def effective_from(self) -> dict[str, date]:
        """Law name → the day its newest version took effect, for `discretion(laws=…)`."""
        return {law.name: law.versions[0].first for law in self.laws.values()}

    def articles(self) -> Iterable[Article]:
        """Every article."""
        return (article for law in self.laws.values() for article in law.articles.values())


def load_laws(files: Iterable[Mapping[str, Any]]) -> LawBase:
    """The base from the mappings of `law/*.yaml`. Raises BadLaw naming law and article."""
    laws: dict[str, Law] = {}
    names: dict[str, str] = {}
    entries = [entry for mapping in files for entry in mapping.get("laws", [])]
    for entry in entries:
        law = _law(entry)
        for name in (law.name, law.full_name, *law.aliases):
            if names.get(name, law.name) != law.name:
                raise BadLaw(f"{law.name} 的名称“{name}”与 {names[name]} 重复")
            names[name] = law.name
        laws[law.name] = law
    return LawBase(laws, names, fingerprint(entries))


def _law(entry: Mapping[str, Any]) -> Law:
    name = str(entry.get("name") or "(无名)")
    for key in ("id", "name", "kind", "versions"):
        if not entry.get(key):
            raise BadLaw(f"{name}:缺少 {key}")
    versions = sorted((_interval(v, name) for v in entry["versions"]), key=lambda v: v.first, reverse=True)
    for newer, older in pairwise(versions):
        if older.last is None or older.last >= newer.first:
            raise BadLaw(f"{name}:{older.label} 与 {newer.label} 的效力期间重叠,请写明旧版本的 to")
    articles = {}
    for article in entry.get("articles", []):
        if not article.get("id") or not article.get("text") or article.get("mark") not in ("V", "K"):
            raise BadLaw(f"{name} 条文 {article.get('id')}:须有 id(条号)、text(要点)与 mark(V/K)")
        no = str(article["id"])
        articles[no] = Article(
            law=name,
            no=no,
            text=str(article["text"]),
            mark=str(article["mark"]),
            # numbers move between versions, so a line speaks only for the newest unless it says otherwise
            first=article.get("from") or versions[0].first,
            last=article.get("to"),
        )
    return Law(
        str(entry["id"]),
        name,
        str(entry.get("full_name") or name),
        str(entry["kind"]),
        tuple(map(str, entry.get("aliases", []))),
        tuple(versions),
        articles,
    )


def _interval(entry: Mapping[str, Any], name: str) -> Interval:
    first, last = entry.get("from"), entry.get("to")
    if type(first) is not date or (last is not None and (type(last) is not date or last < first)):
        raise BadLaw(f"{name}:versions 的 from、to 须为日期,且 to 不早于 from")
    if entry.get("mark") not in ("V", "K"):
        raise BadLaw(f"{name}:versions 须有 mark(施行日 V 已核、K 未核)")
    return Interval(first, last, str(entry.get("label", "")), str(entry["mark"]))


# ── citations ────────────────────────────────────────────────────────────────────────────────────────────────────────
def number(text: str) -> int:
    """Arabic or Chinese numerals as an integer (五十四 → 54). Raises BadLaw."""
    if text.isdecimal():
        return int(text)
    total = digit = 0
    for char in text:
        if char in NUMERALS:
            digit = NUMERALS[char]
        elif char in TENS:
            total += (digit or 1) * TENS[char]
            digit = 0
        else:
            raise BadLaw(f"“{text}”不是数字")
    return total + digit


def citation(text: str, base: LawBase) -> str:
    """A written citation (《中华人民共和国行政处罚法》第五十四条第二款) in our form (行政处罚法#54). Raises BadLaw."""
    found = CITED.match(unicodedata.normalize("NFKC", text))
    law = base.find(found["law"]) if found else None
    if found is None or law is None:
        raise BadLaw(f"无法识别引用“{text}”,请写成“法名第N条”")
    return f"{law.name}#{number(found['no'])}"


@dataclass(frozen=True, slots=True)
class Cited:
    """One citation in a text: law by short name, article, and what follows of it (第2款第(三)项; empty: the article only)."""

    law: str
    no: str
    paragraph: str


def cited_in(text: str, base: LawBase) -> list[Cited]:
    """Every article of a known law that a text cites, in order. An article without a name belongs to the law before it."""
    pattern = _citing(base.version, tuple(sorted(base.names, key=len, reverse=True)))
    found: list[Cited] = []
    law: Law | None = None
    for match in pattern.finditer(unicodedata.normalize("NFKC", text)):
        if match["law"]:
            law = base.find(match["law"])
        if match["no"] and law is not None:
            found.append(Cited(law.name, str(number(match["no"])), match["rest"] or ""))
    return found


def numeral(count: int) -> str:
    """1 to 9999 in Chinese numerals as articles are numbered (十二, 一百零六, 一千一百五十四)."""
    digits, text, gap = "零一二三四五六七八九", "", False
    for place, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, count = divmod(count, place)
        if digit:
            text += ("零" if gap and text else "") + digits[digit] + unit
        gap = not digit
    return text.removeprefix("一") if text.startswith("一十") else text


def formal(text: str, base: LawBase) -> str:
    """Citations as a decision prints them: 公路法第50条;公路安全保护条例第9、33条 becomes
    《中华人民共和国公路法》第五十条、《公路安全保护条例》第九条、第三十三条. What names no known law stays as it is.
    """
    return "、".join(_formal(part.strip(), base) for part in re.split("[;；]", text) if part.strip())


def _formal(part: str, base: LawBase) -> str:
    name = next((n for n in sorted(base.names, key=len, reverse=True) if part.startswith(n)), None)
    law = base.find(name) if name else None
    if name is None or law is None:
        return part
    return f"《{law.full_name}》" + _ARABIC.sub(_in_words, part.removeprefix(name))


_ARABIC = re.compile(r"第(?P<all>\d+(?:[、-]\d+)*)(?P<unit>[条款项])|第\((?P<item>[一二三四五六七八九十]+)\)项")


def _in_words(match: re.Match[str]) -> str:
    if match["item"]:
        return f"第（{match['item']}）项"
    unit, words = match["unit"], {"、": "、", "-": "至"}
    return "".join(words.get(one) or f"第{numeral(int(one))}{unit}" for one in re.split("([、-])", match["all"]))


@lru_cache(maxsize=8)
def _citing(version: str, names: tuple[str, ...]) -> re.Pattern[str]:
    digits = "[0-9零〇一二两三四五六七八九十百千]+"
    laws = "|".join(re.escape(unicodedata.normalize("NFKC", name)) for name in names)
    return re.compile(
        rf"(?:《?(?P<law>{laws})》?(?:\([^()]*\))?)?(?:第(?P<no>{digits})条(?P<rest>(?:第\(?{digits}\)?[款项目])*))?"
    )


def links(sources: Mapping[str, Iterable[tuple[str, Sequence[str]]]]) -> dict[str, dict[str, list[str]]]:
    """What rests on each article: {kind: [(id, citations)]} → {citation: {kind: [ids]}}."""
    found: dict[str, dict[str, list[str]]] = {}
    for kind, entries in sources.items():
        for key, citations in entries:
            for cited in citations:
                found.setdefault(cited, {}).setdefault(kind, []).append(key)
    return found


# ── search ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def terms(text: str) -> list[str]:
    """Search terms in order: pairs of neighbouring Chinese characters (a lone one by itself), words, numbers.

    Width and case are levelled; Chinese numerals before 条 also give the arabic number, so that 第五十四条 meets 54.
    """
    level = unicodedata.normalize("NFKC", text).lower()
    found: list[str] = []
    for run in RUNS.findall(level):
        if not run[0] >= "\u3400" or len(run) == 1:
            found.append(run)
        else:
            found.extend(run[n : n + 2] for n in range(len(run) - 1))
    found.extend(str(number(m)) for m in re.findall(r"第([零〇一二两三四五六七八九十百千]+)条", level))
    return found


def term_counts(text: str) -> dict[str, int]:
    """Term → how often, as the term table stores it."""
    return dict(Counter(terms(text)))


def query_terms(query: str, limit: int = 24) -> list[str]:
    """The distinct terms of a query, in order, at most `limit`."""
    return list(dict.fromkeys(terms(query)))[:limit]


def score(query: Sequence[str], document: Mapping[str, int]) -> float:
    """Between 0 and 1: how much of the query the document has; whole matches rank above repeated halves."""
    if not query:
        return 0.0
    hits = sum(1 for term in query if term in document)
    repeats = sum(min(document.get(term, 0), 3) for term in query)
    return round(hits / len(query) * 0.9 + repeats / (3 * len(query)) * 0.1, 4)


def search(base: LawBase, query: str, on: date, limit: int = 20) -> list[tuple[Article, float]]:
    """Articles in force on a day, best first. For the base on file; the database searches by its own term table."""
    wanted = query_terms(query)
    found = []
    for article in base.articles():
        if base.article(article.citation, on) is None:
            continue
        rank = score(wanted, term_counts(f"{article.law}第{article.no}条 {article.text}"))
        if rank > 0:
            found.append((article, rank))
    return sorted(found, key=lambda pair: (-pair[1], pair[0].citation))[:limit]


# ── import ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, slots=True)
class Difference:
    """One line of an import's difference list: `kind` is added, removed or changed."""

    kind: str
    what: str
    before: str
    after: str


def differences(before: LawBase, after: LawBase) -> list[Difference]:
    """What an import would change, for approval: laws, versions and articles, in order of citation."""
    found: list[Difference] = []
    for name in sorted(set(before.laws) | set(after.laws)):
        old, new = before.laws.get(name), after.laws.get(name)
        found.extend(_differ(name, _flat(old), _flat(new)))
    return found


def _flat(law: Law | None) -> dict[str, str]:
    if law is None:
        return {}
    flat = {law.name: law.full_name}
    flat.update({f"{law.name} {v.label}": f"{v.first}~{v.last or ''}" for v in law.versions})
    flat.update({article.citation: article.text for article in law.articles.values()})
    return flat


def _differ(name: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterable[Difference]:
    for key in sorted(set(old) | set(new)):
        if key not in old:
            yield Difference("added", key, "", new[key])
        elif key not in new:
            yield Difference("removed", key, old[key], "")
        elif old[key] != new[key]:
            yield Difference("changed", key, old[key], new[key])
