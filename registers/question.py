"""The question bank (题库): versions that stay, a second person who checks, and snapshots from which papers are composed.

Keys are for those who keep the bank. Candidates are given what `composition.Item.shown` shows, and nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from kernel.errors import InvalidAnswers, NotFound, Problem, Refusal
from kernel.ids import uuid7
from kernel.work import Row, Work
from registers import composition, marking, sheet
from registers.composition import KINDS, LETTERS, OBJECTIVE

_FROZEN = ("question_no", "version", "kind", "category", "topic", "difficulty", "stem", "options", "answer", "basis")
MOST_ROWS = 5_000  # of one sheet


def checked(row: Mapping[str, Any]) -> dict[str, Any]:
    """One question, normalised. `InvalidAnswers` names every field that is wrong and how to mend it."""
    made = {key: str(row.get(key) or "").strip() for key in ("question_no", "kind", "topic", "stem", "answer", "basis")}
    wrong = {
        key: what
        for key, what in (
            ("question_no", "缺少题目编号"),
            ("topic", "缺少知识点"),
            ("stem", "缺少题干"),
            ("answer", "缺少答案"),
        )
        if not made[key]
    }
    wrong |= {
        k: f"最多 {most} 字" for k, most in (("question_no", 30), ("topic", 60), ("stem", 2000)) if len(made[k]) > most
    }
    kind = {name: code for code, name in KINDS.items()}.get(made["kind"], made["kind"])
    options = [text for one in row.get("options") or () if (text := str(one or "").strip())]
    if kind not in KINDS:
        wrong["kind"] = f"题型应为:{'、'.join(KINDS.values())}"
    elif kind in ("single", "multiple") and not 2 <= len(options) <= len(LETTERS):
        wrong["options"] = "选择题应有 2 至 8 个选项"
    elif kind in ("single", "multiple") and len(set(options)) != len(options):
        wrong["options"] = "选项内容重复"
    elif kind not in ("single", "multiple") and options:
        wrong["options"] = "判断题、案例题不应有选项"
    if "kind" not in wrong and "answer" not in wrong and (why := _answer(kind, made["answer"], len(options))):
        wrong["answer"] = why
    level = {"部级": "ministry", "省级": "province"}.get(
        str(row.get("bank_level")), row.get("bank_level") or "province"
    )
    if level not in ("ministry", "province"):
        wrong["bank_level"] = "题库级别应为部级或者省级"
    difficulty = str(row.get("difficulty") or "3").strip().removesuffix(".0")
    if difficulty not in ("1", "2", "3", "4", "5"):
        wrong["difficulty"] = "难度应为 1 至 5"
    category = str(row.get("category") or "").strip() or None
    if category is not None and category not in {f"0{n}" for n in range(1, 9)}:
        wrong["category"] = "执法门类应为 01 至 08 的代码,通用题不填"
    if wrong:
        raise InvalidAnswers(wrong)
    answer = marking.normal(kind, made["answer"]) if kind in OBJECTIVE else made["answer"]
    return {**made, "kind": kind, "answer": answer, "options": options, "bank_level": level, "category": category} | {
        "difficulty": int(difficulty)
    }


def _answer(kind: str, answer: str, options: int) -> str | None:
    """What is wrong with a key."""
    if kind not in OBJECTIVE:
        return "参考答案最多 4000 字" if len(answer) > 4000 else None
    try:
        letters = marking.normal(kind, answer)
    except InvalidAnswers as error:
        return next(iter(error.fields.values()))
    if kind == "judgement":
        return None
    if set(letters) - set(LETTERS[:options]):
        return f"答案 {answer} 不在选项之内"
    return "多选题的答案至少两项" if kind == "multiple" and len(letters) < 2 else None


def draft(work: Work, agency_id: int, given: Mapping[str, Any]) -> Row:
    """A new question, or a new version of one: it waits for a second person and stands on no paper until then."""
    row = checked(given)
    return work.rows(
        """insert into question (id, agency_id, question_no, version, kind, category, topic, difficulty, stem, options,
          answer, basis, bank_level, state, created_by, created_at)
        select %(id)s, %(agency)s, %(question_no)s, coalesce(max(version), 0) + 1, %(kind)s, %(category)s, %(topic)s,
          %(difficulty)s, %(stem)s, %(choices)s, %(answer)s, %(basis)s, %(bank_level)s, 'draft', %(by)s, %(now)s
        from question where agency_id = %(agency)s and question_no = %(question_no)s
        returning id, question_no, version, state""",
        row
        | {"id": uuid7(), "agency": agency_id, "choices": Jsonb(row["options"]), "by": work.person.id, "now": work.now},
    )[0]


def activate(work: Work, question_id: UUID) -> Row:
    """The second person's check: from now on papers may take it; the version before it goes out of use."""
    row = work.one("select * from question where id = %s for update", (question_id,))
    if row is None:
        raise NotFound("没有这道题目", remedy="请从列表中选择")
    if row["state"] != "draft":
        raise Refusal("只有待审核的题目可以审核", remedy="如需修改,请提交新版本")
    if row["created_by"] == work.person.id:
        raise Refusal("出题人不得审核自己的题目", remedy="请由另一名题库管理人员审核")
    work.execute(
        "update question set state = 'replaced' where agency_id = %s and question_no = %s and state = 'active'",
        (row["agency_id"], row["question_no"]),
    )
    return work.rows(
        """update question set state = 'active', checked_by = %s, checked_at = %s where id = %s
        returning id, question_no, version, state""",
        (work.person.id, work.now, question_id),
    )[0]


def retire(work: Work, question_id: UUID) -> Row:
    """No new paper takes it; papers that were composed keep it."""
    rows = work.rows(
        "update question set state = 'retired' where id = %s and state in ('draft', 'active')"
        " returning id, question_no, version, state",
        (question_id,),
    )
    if not rows:
        raise Refusal("没有这道题目,或者已经停用", remedy="请刷新题库")
    return rows[0]


def take_in(work: Work, agency_id: int, rows: Iterable[tuple[int, Mapping[str, Any]]]) -> dict[str, Any]:
    """Questions from a sheet, each with its line number: all of them or, when any is wrong, none – with every wrong line named."""
    good, faults = [], []
    seen: dict[str, int] = {}
    for line, given in rows:
        try:
            row = checked(given)
            if row["question_no"] in seen:
                fields = {"question_no": f"与第 {seen[row['question_no']]} 行的题目编号相同"}
                raise InvalidAnswers(fields)
            seen[row["question_no"]] = line
            good.append(row)
        except Problem as problem:
            faults.append({"line": line, "question_no": str(given.get("question_no") or ""), "fields": problem.fields})
    if not faults:
        for row in good:
            draft(work, agency_id, row)
    return {"imported": 0 if faults else len(good), "faults": faults}


HEADINGS = {
    "题目编号": "question_no", "题型": "kind", "执法门类": "category", "知识点": "topic", "难度": "difficulty", "题干": "stem",
    "答案": "answer", "依据": "basis", "题库级别": "bank_level", **{f"选项{letter}": letter for letter in LETTERS},
}  # fmt: skip


def of_sheet(data: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """The questions of a sheet with their line numbers, as `take_in` takes them. `InvalidAnswers` when it is no sheet."""
    if len(data) > sheet.MOST_BYTES:
        raise InvalidAnswers({"file": "文件过大(上限 20 MB),请分批导入"})
    for line, cells in sheet.rows(data, HEADINGS, MOST_ROWS):
        yield line, {**cells, "options": [cells.get(letter) for letter in LETTERS]}


def take_over(work: Work, agency_id: int, data: bytes, checked_by: UUID) -> dict[str, Any]:
    """A bank that was checked elsewhere, by whom is told: in use at once. Nothing happens when the agency has questions."""
    if work.rows("select 1 as found from question where agency_id = %s limit 1", (agency_id,)):
        return {"imported": 0, "faults": []}
    answer = take_in(work, agency_id, of_sheet(data))
    work.execute(
        "update question set state = 'active', checked_by = %s, checked_at = %s where agency_id = %s and state = 'draft'",
        (checked_by, work.now, agency_id),
    )
    return answer


def freeze(work: Work, agency_id: int) -> Row:
    """The bank as it stands: id, hash, count. The same bank gives the same snapshot, however often it is frozen."""
    rows = work.rows(
        f"select {', '.join(_FROZEN)}, bank_level from question where agency_id = %s and state = 'active'", (agency_id,)
    )
    if not rows:
        raise Refusal("题库中没有可用的题目", remedy="请先导入并审核题目")
    frozen = composition.in_order(rows)
    hashed = composition.snapshot_hash(frozen)
    work.execute(
        """insert into question_snapshot (id, agency_id, hash, questions, taken_at) values (%s, %s, %s, %s, %s)
        on conflict (agency_id, hash) do nothing""",
        (uuid7(), agency_id, hashed, Jsonb(frozen), work.now),
    )
    found = work.one("select id, hash from question_snapshot where agency_id = %s and hash = %s", (agency_id, hashed))
    return {**(found or {}), "count": len(frozen)}


def snapshot(work: Work, snapshot_id: UUID) -> list[Row]:
    """The frozen questions, with keys; refused when they are not what was hashed."""
    row = work.one("select hash, questions from question_snapshot where id = %s", (snapshot_id,))
    if row is None:
        raise NotFound("没有这个题库快照")
    if composition.snapshot_hash(row["questions"]) != row["hash"]:
        raise Refusal("题库快照与其摘要不符", remedy="请报告系统管理员和审计员")
    return list(row["questions"])


def listed(work: Work, *, state: str | None = None, limit: int = 50, after: tuple[str, int] | None = None) -> list[Row]:
    """The bank by number and version, keys included; `after` is (question_no, version) of the last row of the page before."""
    at: tuple[Any, Any] = after or (None, None)
    return work.rows(
        """select id, agency_id, question_no, version, kind, category, topic, difficulty, stem, options, answer, basis, bank_level,
          state, created_by, checked_by from question where agency_id = any(%s)
          and (%s::text is null or state = %s) and (%s::text is null or (question_no, version) > (%s::text, %s::int))
        order by question_no, version limit %s""",
        (list(work.person.scope), state, state, at[0], at[0], at[1], limit),
    )
