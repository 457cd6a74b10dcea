"""Answers → checked facts. The server is the only judge: web, phone, portal and print render the same form.

Order of judgement: rights, known fields, types, visibility (to a fixed point, because fields hide one another), computed
fields, requirement, rows, the form's own checks. All that is wrong is said at once, per field, with the remedy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Any

import orjson

from content.elements import Element
from content.forms import Field, Form, Right, Section
from content.releases import Release
from engine.expressions import Facts, compiled, day_of, true
from kernel.errors import InvalidAnswers

_DRAFT_BYTES = 1_000_000
WHOLE_FORM = "_form"


def check(
    form: Form,
    answers: Mapping[str, Any],
    facts: Mapping[str, Any],
    roles: Iterable[str],
    release: Release,
    now: datetime,
    parameters: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """The facts that these answers make (element → JSON value, normalised; null: the fact is cleared).

    A field that is not answered keeps the fact the case has, one that is asked `anew` loses it. `parameters`: the values in force for the agency (default:
    the content's), `now`: the instant of the act. Raises `InvalidAnswers(fields)`: element (in tables
    `element.row.column`) → a Chinese sentence.
    """
    filled = _Filled(form, facts, frozenset(roles), release, now, parameters)
    filled.take(answers)
    filled.hide()
    filled.compute()
    filled.require()
    filled.judge()
    if filled.wrong:
        raise InvalidAnswers(filled.wrong)
    lost = dict.fromkeys(facts.keys() - filled.facts.keys())
    return {key: value for key, value in {**lost, **filled.given}.items() if key in facts or value is not None}


def filled(
    form: Form,
    answers: Mapping[str, Any],
    facts: Mapping[str, Any],
    roles: Iterable[str],
    release: Release,
    now: datetime,
    parameters: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """How a half-filled form stands, for the screen that shows it; nothing is refused and nothing is kept.

    {"visible": fields to show, "required": those that must be filled (cells of tables: `element.row.column`; hidden cells
    are in "hidden"), "computed": element → value, "wrong": place → sentence of what is given but wrong}. What is merely
    not filled in yet is not wrong here; `check` says that at the end.
    """
    seen = _Filled(form, facts, frozenset(roles), release, now, parameters)
    seen.take(answers)
    seen.hide()
    seen.compute()
    given = dict(seen.wrong)
    context = seen.context()
    required, hidden = [], []
    for key, one in form.fields.items():
        if key in seen.visible and _holds(release, one.required, context):
            required.append(key)
        if key in seen.visible and one.columns:
            for place, shown, needed in seen.cells(one, answers.get(key)):
                if not shown:
                    hidden.append(place)
                elif needed:
                    required.append(place)
    seen.judge(waiting=[k for k in form.fields if _empty(seen.given.get(k, seen.facts.get(k)))])
    return {
        "visible": [key for key in form.fields if key in seen.visible],
        "required": required,
        "hidden": hidden,
        "computed": {
            key: seen.given.get(key) for key, one in form.fields.items() if one.computed and key in seen.visible
        },
        "wrong": {**seen.wrong, **given},
    }


def so_far(
    form: Form,
    answers: Mapping[str, Any],
    facts: Mapping[str, Any],
    roles: Iterable[str],
    release: Release,
    now: datetime,
    parameters: Mapping[str, object] | None = None,
) -> dict[str, Any]:
    """The facts that a half-filled form would make as it stands; what is wrong is left out, nothing is demanded."""
    seen = _Filled(form, facts, frozenset(roles), release, now, parameters)
    seen.take(answers)
    seen.hide()
    seen.compute()
    return {k: v for k, v in seen.given.items() if k not in seen.wrong and (k in facts or v is not None)}


def check_facts(facts: Mapping[str, Any], release: Release) -> dict[str, Any]:
    """Facts that come without a form (with a message): each must be an element and of its type."""
    wrong: dict[str, str] = {}
    made: dict[str, Any] = {}
    for key, value in facts.items():
        if key not in release.elements:
            wrong[key] = "没有这个数据元,请删除此项"
        elif not _empty(value):
            try:
                made[key] = release.elements.parse(key, value, release.codes)
            except ValueError as error:
                wrong[key] = named(release.elements[key].name, error)
    if wrong:
        raise InvalidAnswers(wrong)
    return made


def check_draft(form: Form, answers: Mapping[str, Any], roles: Iterable[str]) -> dict[str, Any]:
    """A draft as it may be kept: only fields the person may edit, not too large; unfinished values are allowed."""
    held = frozenset(roles)
    wrong = {
        key: "表单中没有这个栏目,请删除此项" if key not in form.fields else "您无权填写这个栏目,请删除此项"
        for key in answers
        if key not in form.fields or form.fields[key].right(held) != "edit"
    }
    if wrong:
        raise InvalidAnswers(wrong)
    if len(orjson.dumps(answers)) > _DRAFT_BYTES:
        raise InvalidAnswers({WHOLE_FORM: "草稿超过 1 MB,请把大段材料作为证据上传"})
    return dict(answers)


def prefill(
    form: Form,
    facts: Mapping[str, Any],
    release: Release,
    now: datetime,
    me: str | None = None,
    *,
    whole: bool = False,
    beside: Mapping[str, object] = MappingProxyType({}),
) -> dict[str, Any]:
    """What the form shows at first: the case's facts, else the fields' defaults. `me`: the name of whoever is to fill it in
    (None: whoever looks is not that person). `whole`: also what is asked `anew` another time, because this is what was handed
    in then (it came back to be put right, or is only looked at). `beside`: what defaults may name besides (engine/prefilling.py);
    they also see what is asked anew, so that a default can be for the first time only."""
    known = facts if whole else _known(form, facts, frozenset({"system"}))
    shown = {key: known[key] for key in form.fields if known.get(key) is not None}
    seen = Facts(release.elements, {**release.parameter_values, **day_of(now), **beside, "me": me}, facts)
    for key, one in form.fields.items():
        if key not in shown and one.default:
            value = _stored(release, key, compiled(release.aliases, one.default).evaluate(seen))
            if value is not None:
                shown[key] = value
    return shown


def _known(form: Form, facts: Mapping[str, Any], roles: frozenset[str]) -> Mapping[str, Any]:
    """The facts of the case without those that this form asks people of these roles anew each time."""
    anew = {key for key, one in form.fields.items() if one.anew and one.right(roles) == "edit"}
    return {key: value for key, value in facts.items() if key not in anew} if anew else facts


class _Filled:
    """A form being filled: what was given, what is visible, what is wrong."""

    def __init__(
        self,
        form: Form,
        facts: Mapping[str, Any],
        roles: frozenset[str],
        release: Release,
        now: datetime,
        parameters: Mapping[str, object] | None,
    ) -> None:
        self.form, self.facts, self.roles, self.release = form, _known(form, facts, roles), roles, release
        self.known = {**(release.parameter_values if parameters is None else parameters), **day_of(now)}
        self.given: dict[str, Any] = {}
        self.wrong: dict[str, str] = {}
        self.visible: set[str] = set(form.fields)

    def context(self) -> Facts:
        """Facts of the case with the answers of visible fields over them; a field without either is null."""
        nothing = dict.fromkeys(self.form.fields)
        return Facts(self.release.elements, self.known, nothing, self.facts, self.given)

    def name(self, one: Field) -> str:
        """What a field is called on the form."""
        return one.label or self.release.elements[one.element].name

    def take(self, answers: Mapping[str, Any]) -> None:
        """Rights, known fields, types."""
        for key, value in answers.items():
            one = self.form.fields.get(key)
            if one is None:
                self.wrong[key] = "表单中没有这个栏目,请删除此项"
            elif one.right(self.roles) != "edit" or one.computed:
                if value != self.facts.get(key) and not (one.computed and _empty(value)):
                    self.wrong[key] = f"“{self.name(one)}”" + (
                        "由系统计算,不能填写,请删除此项" if one.computed else "您无权填写,请删除此项"
                    )
            else:
                self._parse(one, value)

    def _parse(self, one: Field, value: Any) -> None:
        if _empty(value):
            self.given[one.element] = None
            return
        try:
            self.given[one.element] = self.release.elements.parse(one.element, value, self.release.codes)
        except ValueError as error:
            self.wrong[one.element] = named(self.name(one), error)

    def hide(self) -> None:
        """Which fields are visible; a hidden field may hold no answer and is not read by the others' conditions."""
        answered = dict(self.given)
        for _ in range(len(self.form.fields) + 1):
            self.given = {key: value for key, value in answered.items() if key in self.visible}
            context = self.context()
            now = {one.element for section in self.form.sections for one in self._shown(section, context)}
            if now == self.visible:
                break
            self.visible = now
        for key in answered.keys() - self.given.keys():
            if answered[key] is not None:
                name = self.name(self.form.fields[key])
                self.wrong[key] = f"“{name}”在当前填写情况下不适用,请清空此项,或更正决定它是否适用的栏目"

    def _shown(self, section: Section, context: Facts) -> Iterable[Field]:
        if section.visible and not true(self.release.aliases, section.visible, context):
            return ()
        return [one for one in section.fields if not one.visible or true(self.release.aliases, one.visible, context)]

    def compute(self) -> None:
        """Computed fields, in the order of the form; each sees those before it."""
        for key, one in self.form.fields.items():
            if one.computed and key in self.visible:
                value = compiled(self.release.aliases, one.computed).evaluate(self.context())
                self.given[key] = _stored(self.release, key, value)

    def require(self) -> None:
        """Required fields and rows of those that are visible."""
        context = self.context()
        for key, one in self.form.fields.items():
            if key not in self.visible or key in self.wrong:
                continue
            value = self.given[key] if key in self.given else self.facts.get(key)
            if _empty(value):
                if _holds(self.release, one.required, context):
                    self.wrong[key] = _asked(self.name(one), one, self.roles)
            elif key in self.given and isinstance(value, list):
                self._rows(one, value, context)

    def _rows(self, one: Field, rows: list[Any], context: Facts) -> None:
        if len(rows) < one.least:
            self.wrong[one.element] = f"“{self.name(one)}”至少 {one.least} 项,现有 {len(rows)} 项"
        if one.most is not None and len(rows) > one.most:
            self.wrong[one.element] = f"“{self.name(one)}”最多 {one.most} 项,现有 {len(rows)} 项"
        for number, row in enumerate(rows):
            if not isinstance(row, dict):
                continue
            if all(_empty(cell) for cell in row.values()):
                self.wrong[one.element] = f"“{self.name(one)}”第 {number + 1} 行没有填写,请填写或者删除此行"
                continue
            within = self._within(one, row)
            for column in one.columns:
                self._cell(one, column, number, row, within)

    def _cell(self, one: Field, column: Field, number: int, row: Mapping[str, Any], within: Facts) -> None:
        place, name = f"{one.element}.{number}.{column.element}", self.name(column)
        if column.visible and not true(self.release.aliases, column.visible, within):
            if not _empty(row.get(column.element)):
                self.wrong[place] = f"第 {number + 1} 行“{name}”不适用,请清空"
        elif _empty(row.get(column.element)) and _holds(self.release, column.required, within):
            self.wrong[place] = f"第 {number + 1} 行请填写“{name}”"

    def cells(self, one: Field, rows: object) -> Iterable[tuple[str, bool, bool]]:
        """The cells of a table that the form says something about: place, is it shown, must it be filled."""
        for number, row in enumerate(rows if isinstance(rows, list) else []):
            if not isinstance(row, dict):
                continue
            within = self._within(one, row)
            for column in one.columns:
                shown = not column.visible or true(self.release.aliases, column.visible, within)
                needed = shown and _holds(self.release, column.required, within)
                yield f"{one.element}.{number}.{column.element}", shown, needed

    def _within(self, one: Field, row: Mapping[str, Any]) -> Facts:
        empty = dict.fromkeys(column.element for column in one.columns)
        return Facts(self.release.elements, self.known, self.facts, self.given, empty, row)

    def judge(self, *, waiting: Iterable[str] = ()) -> None:
        """The form's own checks: refused only when false, and only when nothing they read is already wrong (or, on a form
        that is still being filled in, not there yet: `waiting`)."""
        unknown = frozenset(waiting)
        context = self.context()
        for rule in self.form.checks:
            expression = compiled(self.release.aliases, rule.rule)
            if expression.reads & (self.wrong.keys() | unknown) or expression.evaluate(context) is not False:
                continue
            places = [key for key in rule.fields or sorted(expression.reads) if key in self.visible] or [WHOLE_FORM]
            for place in places:
                self.wrong.setdefault(place, rule.message)


def named(name: str, reason: object) -> str:
    """What is wrong with an answer, with its field's name once: some reasons begin with it."""
    return f"“{name}”{str(reason).removeprefix(name)}"


def _asked(name: str, one: Field, roles: frozenset[str]) -> str:
    if one.right(roles) != "edit" or one.computed:
        return f"“{name}”没有内容,须先由有权填写的人员补充"
    return f"请填写“{name}”" + (f"({one.hint})" if one.hint else "")


def _holds(release: Release, condition: bool | str, context: Facts) -> bool:
    return condition if isinstance(condition, bool) else true(release.aliases, condition, context)


def _empty(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def _stored(release: Release, key: str, value: Any) -> Any:
    """A FEEL answer as the fact is stored; what does not fit the element's type is no answer."""
    if value is None:
        return None
    plain = value.isoformat() if hasattr(value, "isoformat") else value
    try:
        return release.elements.parse(key, _rounded(release.elements[key], plain), release.codes)
    except ValueError:
        return None


def _rounded(element: Element, value: Any) -> Any:
    """Computed money is rounded to fen (half up, as accounts are kept); other values stay as they are."""
    if element.type != "money":
        return value
    return Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP) if isinstance(value, (int, Decimal)) else value


# ---------------------------------------------------------------------- for clients
_SCHEMA: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "string"},
    "longtext": {"type": "string"},
    "address": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
    "money": {"type": "string", "pattern": r"^-?\d+(\.\d{1,2})?$"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "duration": {"type": "string", "format": "duration"},
    "agency": {"type": "integer"},
    "violation": {"type": "string"},
    "signature": {"type": ["string", "object"]},
    "location": {
        "type": "object",
        "properties": {"lon": {"type": ["string", "number"]}, "lat": {"type": ["string", "number"]}},
        "required": ["lon", "lat"],
    },
}
_ID = {"type": "string", "format": "uuid"}


def json_schema(form: Form, release: Release, roles: Iterable[str] | None = None) -> dict[str, Any]:
    """JSON Schema 2020-12 of the answers: what a client can check alone.

    FEEL conditions stand beside it as `x-visible` and `x-required` (fields with them are not in `required`). With
    `roles`, fields that the person may not edit are left out.
    """
    editable = [one for one in form.fields.values() if not one.computed and _editable(one, roles)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:zhicheng:form:{form.key}",
        "title": form.name,
        "type": "object",
        "properties": {one.element: _property(one, release) for one in editable},
        "required": [one.element for one in editable if one.required is True and not one.visible],
        "additionalProperties": False,
    }


def _editable(one: Field, roles: Iterable[str] | None) -> bool:
    return roles is None or one.right(frozenset(roles)) == "edit"


def _property(one: Field, release: Release) -> dict[str, Any]:
    element = release.elements[one.element]
    made = {"title": one.label or element.name, **_kind(one, element, release)}
    for name, value in (("description", one.hint), ("x-unit", element.unit), ("x-check", element.check)):
        if value:
            made[name] = value
    for name, condition in (("x-visible", one.visible), ("x-required", one.required)):
        if isinstance(condition, str):
            made[name] = condition
    return made


def _kind(one: Field, element: Element, release: Release) -> dict[str, Any]:
    kind = element.type
    if kind in ("code", "codes"):
        codes = release.codes[element.codes]
        choice = {"oneOf": [{"const": c, "title": n} for c, n in codes.items.items() if c not in codes.retired]}
        return choice if kind == "code" else {"type": "array", "items": choice, "uniqueItems": True, **_items(one)}
    if kind in ("officers", "evidence"):
        return {"type": "array", "items": dict(_ID), "uniqueItems": True, **_items(one)}
    if kind == "table":
        row = {column.element: _property(column, release) for column in _columns(one, element)}
        needed = [column.element for column in one.columns if column.required is True and not column.visible]
        object_ = {"type": "object", "properties": row, "required": needed, "additionalProperties": False}
        return {"type": "array", "items": object_, **_items(one)}
    return {**_SCHEMA.get(kind, _ID), **_limits(element)}


def _columns(one: Field, element: Element) -> tuple[Field, ...]:
    """All columns of a table, those that the form says more about with what it says."""
    said = {column.element: column for column in one.columns}
    return tuple(said.get(key, Field(key)) for key in element.columns)


def _items(one: Field) -> dict[str, int]:
    return {name: n for name, n in (("minItems", one.least), ("maxItems", one.most)) if n}


def _limits(element: Element) -> dict[str, Any]:
    if element.type == "integer":
        limits = (("minimum", element.min), ("maximum", element.max))
    elif element.type in ("text", "longtext", "address"):
        limits = (("minLength", element.min), ("maxLength", element.max))
    else:
        return {}
    return {name: int(value) for name, value in limits if value is not None}


def describe(form: Form, roles: Iterable[str], release: Release) -> dict[str, Any]:
    """The form as a client draws it: sections, fields with name, type, codes and right of this person, and the schema."""
    held = frozenset(roles)
    sections = []
    for section in form.sections:
        shown = [(one, one.right(held)) for one in section.fields]
        fields = [_drawn(one, right, release) for one, right in shown if right != "hide"]
        if fields:
            sections.append({"name": section.name, "visible": section.visible, "hint": section.hint, "fields": fields})
    return {
        "key": form.key,
        "name": form.name,
        "sections": sections,
        "checks": [{"rule": rule.rule, "message": rule.message} for rule in form.checks],
        "json_schema": json_schema(form, release, held),
    }


def _drawn(one: Field, right: Right, release: Release) -> dict[str, Any]:
    element = release.elements[one.element]
    made: dict[str, Any] = {
        "element": one.element,
        "name": one.label or element.name,
        "type": element.type,
        "right": "read" if one.computed else right,
        "required": one.required,
        "visible": one.visible,
    }
    for name, value in (("hint", one.hint), ("unit", element.unit), ("personal", element.personal)):
        if value:
            made[name] = value
    if element.codes:
        codes = release.codes[element.codes]
        made["codes"] = [{"code": c, "name": n} for c, n in codes.items.items() if c not in codes.retired]
    if element.type == "table":
        made["columns"] = [_drawn(column, right, release) for column in _columns(one, element)]
    return made
