"""What the law says about one violation: version in force, tier, range, suggested amount, grounds and triggers.

`discretion` never decides: it finds and explains. What it cannot know it lists (`missing`, `undecided`); what rests on
unverified content it lists (`unconfirmed`). The same inputs give the same answer years later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from engine.rulebook.discretion.answer import Charge, Factor, Finding, Fired, Law, plain
from engine.rulebook.discretion.book import BadDiscretion, Book, Ground, Item, Range, Step, Trigger, Version
from engine.rulebook.expressions import expression, holds, missing

__all__ = ["Charge", "Factor", "Finding", "Fired", "Law", "discretion", "plain"]

CENT = Decimal("0.01")
PHASES = ("damage", "refusal", "severe", "overdue")  # the gravest that applies takes the place of the first range


def discretion(
    book: Book,
    item: str | Item,
    circumstances: Mapping[str, Any],
    act_date: date,
    as_of: date,
    *,
    laws: Mapping[str, date] | None = None,
) -> Finding:
    """Find for one violation. `circumstances`: facts by key; `laws`: law name → day the verified version took effect.

    Beside the facts of `circumstances.yaml` the caller may give `proposed_amount` and `proposed_kinds`, on which the
    triggers are then judged instead of on the suggestion. Raises BadDiscretion for unknown items and unusable facts.
    """
    found = book.items.get(item) if isinstance(item, str) else item
    if found is None:
        raise BadDiscretion(f"没有编号为 {item} 的违法行为")
    if as_of < act_date:
        raise BadDiscretion(f"裁量日期 {as_of} 早于违法行为发生日 {act_date}")
    return _Search(book, found, _facts(book, circumstances), act_date, as_of, laws or {}).finding()


class _Search:
    """The notes taken while one finding is worked out."""

    def __init__(
        self,
        book: Book,
        item: Item,
        facts: dict[str, Any],
        act_date: date,
        as_of: date,
        laws: Mapping[str, date],
    ) -> None:
        self.book, self.item, self.facts = book, item, facts
        self.act_date, self.as_of, self.laws = act_date, as_of, laws
        self.missing: list[str] = []
        self.undecided: list[str] = []
        self.unconfirmed: list[str] = []
        self.parameters: dict[str, str] = {}

    # ── the answer ───────────────────────────────────────────────────────────────────────────────────────────────
    def finding(self) -> Finding:
        law = self._law()
        self._marks(law)
        self._computed_inputs(law)
        factors = tuple(self._factor(ground) for ground in self.book.grounds)
        charges = tuple(self._charges(law, factors))
        confiscate = self._confiscate()
        fired = self._triggers(charges, confiscate)
        none = tuple(f for f in factors if f.effect == "no_penalty" and f.present)
        present = [f for f in factors if f.present]
        articles = [law.basis, *(f.article for f in present), *(t.article for step in fired.values() for t in step)]
        if confiscate is not None:
            articles.append(self.book.bases["confiscation"])
        return Finding(
            item=self.item.id,
            name=self.item.name,
            act_date=self.act_date,
            as_of=self.as_of,
            law=law,
            charges=charges,
            no_penalty=none,
            factors=factors,
            confiscate=confiscate,
            hearing=fired["hearing"],
            legal_review=fired["legal_review"],
            collective_discussion=fired["collective_discussion"],
            articles=tuple(dict.fromkeys(articles)),
            bases=self.book.bases,
            versions={"item": self.item.version, "book": self.book.version, **self.parameters},
            missing=tuple(dict.fromkeys(self.missing)),
            undecided=tuple(dict.fromkeys(self.undecided)),
            unconfirmed=tuple(dict.fromkeys(self.unconfirmed)),
        )

    # ── which law ────────────────────────────────────────────────────────────────────────────────────────────────
    def _law(self) -> Law:
        versions = self.item.versions
        if not versions:
            return self._unversioned()
        then, now = _at(versions, self.act_date), _at(versions, self.as_of)
        if then is None or now is None:
            reason = f"违法行为发生于 {self.act_date},早于已录入的依据,须由法制人员确定当时的规定"
            self.undecided.append(reason)
            return Law(self.item.basis, None, current=False, reason=reason, unresolved=True)
        if then is now:
            return self._chosen(then, f"{then.first} 起施行的规定,行为时与处理时相同")
        old, new = self._span(then), self._span(now)
        if new[1] < old[1] and new[0] > old[0]:
            self.undecided.append("新旧规定上下限互有轻重,须经法制审核确定适用")
        if (new[1], new[0]) < (old[1], old[0]):
            return self._chosen(now, f"新规定({now.first} 起)处罚较轻,适用新规定({self.book.bases['retroactivity']})")
        return self._chosen(then, f"新规定不比行为时规定轻,适用行为时规定({self.book.bases['retroactivity']})")

    def _unversioned(self) -> Law:
        for citation in self.item.law:
            since = self.laws.get(citation.split("#", maxsplit=1)[0])
            if since is not None and self.act_date < since:
                self.unconfirmed.append(
                    f"违法行为早于{citation.split('#', maxsplit=1)[0]}现行文本施行日({since}),须核对旧规定并从旧兼从轻"
                )
        return Law(self.item.basis, None, current=True, reason="现行规定")

    def _chosen(self, version: Version, reason: str) -> Law:
        low, high = (None, None) if version.current else (version.minimum, version.maximum)
        return Law(version.basis, version.first, version.current, reason, low, high)

    def _span(self, version: Version) -> tuple[Decimal, Decimal]:
        if version.current:
            main = self.item.ranges[0]
            return main.minimum, main.maximum
        return version.minimum or Decimal(0), version.maximum or Decimal(0)

    def _marks(self, law: Law) -> None:
        item = self.item
        if item.mark == "K" or not item.range_verified:
            self.unconfirmed.append(f"{item.id} 的依据或幅度未核对到条文,使用前须由法制人员核对")
        if law.current and item.tiers and item.illustrative:
            self.unconfirmed.append("阶次为示例,须以本省公布的裁量基准替换后方可据以裁量")
        elif law.current and item.tiers and item.tiers_mark == "K":
            self.unconfirmed.append("阶次未核对到公布的裁量基准")

    # ── charges ──────────────────────────────────────────────────────────────────────────────────────────────────
    def _charges(self, law: Law, factors: tuple[Factor, ...]) -> Iterable[Charge]:
        if law.unresolved:
            return
        if not law.current:
            yield self._old_charge(law)
            return
        if not self.item.ranges:
            yield self._charge(None, self.item.tiers.get("none", ()), law, factors)
            return
        targets = dict.fromkeys(r.target for r in self.item.ranges)
        for target in targets:
            chosen = self._range_for(target)
            if chosen is not None:
                yield self._charge(chosen, self.item.tiers.get(chosen.id, ()), law, factors)

    def _range_for(self, target: str) -> Range | None:
        """The range of this target that applies: the gravest phase that holds, else the first."""
        party = self.facts.get("party_type")
        wanted = {"单位": "organization", "个人": "person"}.get(target)
        if wanted is not None and party is None:
            self.missing.append("party_type")
        if wanted is not None and party is not None and party != wanted:
            return None
        ranges = {r.phase: r for r in self.item.ranges if r.target == target}
        for phase in PHASES:
            special = ranges.get(phase)
            if special is None:
                continue
            applies = self._holds(special.when)
            if applies:
                return special
            if applies is None:
                self.missing.extend(missing(special.when, self.facts, self.book.aliases))
        return ranges.get("first")

    def _charge(self, r: Range | None, steps: tuple[Step, ...], law: Law, factors: tuple[Factor, ...]) -> Charge:
        reasons: list[str] = []
        met = self._precondition(r, reasons)
        low, high, multiple = self._bounds(r, reasons)
        step = self._tier(steps) if met is not False else None
        tier_low, tier_high = self._tier_bounds(r, step, multiple=multiple)
        suggested = self._suggest(step, tier_low, tier_high, factors, reasons)
        if r is not None and not steps:
            reasons.append("该幅度没有公布阶次,金额由承办人填写并说明理由")
        elif step is None and steps and met is not False:
            reasons.append("现有事实没有落入任何阶次,须补充事实或说明理由后人工确定")
        return Charge(
            range=r.id if r else "none",
            target=r.target if r else "当事人",
            phase=r.phase if r else "first",
            basis=law.basis,
            minimum=low,
            maximum=high,
            tier=step.tier if step else "",
            tier_text=step.text if step else "",
            tier_minimum=tier_low,
            tier_maximum=tier_high,
            penalty=step.penalty if step else "",
            suggested=suggested if met is not False else None,
            optional=r.optional if r else False,
            precondition=r.precondition if r else "",
            met=met,
            illustrative=self.item.illustrative,
            reasons=tuple(reasons),
        )

    def _old_charge(self, law: Law) -> Charge:
        return Charge(
            range="main",
            target="当事人",
            phase="first",
            basis=law.basis,
            minimum=law.minimum,
            maximum=law.maximum,
            tier="",
            tier_text="",
            tier_minimum=None,
            tier_maximum=None,
            penalty="",
            suggested=None,
            optional=False,
            precondition="",
            met=None,
            illustrative=False,
            reasons=("适用旧规定,现行阶次不适用,金额由承办人在旧幅度内填写并说明理由",),
        )

    def _precondition(self, r: Range | None, reasons: list[str]) -> bool | None:
        if r is None or not r.requires:
            return True
        met = self._holds(r.requires)
        if met is False:
            reasons.append(f"未满足前置条件“{r.precondition}”,只责令改正,不得罚款")
        elif met is None:
            self.missing.extend(missing(r.requires, self.facts, self.book.aliases))
            reasons.append(f"须先查明前置条件“{r.precondition}”")
        return met

    def _bounds(self, r: Range | None, reasons: list[str]) -> tuple[Decimal | None, Decimal | None, bool]:
        """The statutory range in yuan, and whether an income multiple applies."""
        if r is None:
            return None, None, False
        if r.type == "fixed":
            return r.minimum, r.maximum, False
        base = self.facts.get(r.base)
        if base is None:
            self.missing.append(r.base)
            reasons.append(f"缺少“{self.book.names.get(r.base, r.base)}”,无法计算幅度")
            return None, None, False
        if r.type == "income":
            passes = _passes(r, base)
            reasons.append(_income_reason(r, base, passes=passes))
            if passes and r.mult_min is not None and r.mult_max is not None:
                return _cents(base * r.mult_min), _cents(base * r.mult_max), True
            return r.minimum, r.maximum, False
        factor = base / 100 if r.type == "percent" else base
        return _cents(factor * r.minimum), _cents(factor * r.maximum), False

    def _tier(self, steps: tuple[Step, ...]) -> Step | None:
        """The gravest tier whose condition holds; what would be graver but is unknown is noted."""
        for index in range(len(steps) - 1, -1, -1):
            step = steps[index]
            answer = self._holds(step.when)
            if answer:
                # where the grounds for no penalty are all there, the lightest fine is not taken instead (处罚法33)
                lower = steps[0]
                spared = index == 1 and lower.penalty.startswith("不予") and self._holds(lower.when)
                return lower if spared else step
            if answer is None:
                lacking = missing(step.when, self.facts, self.book.aliases)
                names = "、".join(self.book.names.get(key, key) for key in lacking)
                self.undecided.append(f"阶次“{step.tier}”({step.text}):尚缺 {names}")
        return None

    def _tier_bounds(
        self, r: Range | None, step: Step | None, *, multiple: bool
    ) -> tuple[Decimal | None, Decimal | None]:
        if step is None or r is None:
            return None, None
        if step.formula:
            amount = self._formula(step.formula)
            return amount, amount
        low, high = (step.mult_min, step.mult_max) if multiple else (step.minimum, step.maximum)
        if low is None or high is None:
            return None, None
        base = self.facts.get(r.base)
        if multiple or r.type in ("percent", "multiple"):
            if base is None:
                return None, None
            factor = base / 100 if r.type == "percent" else base
            return _cents(factor * low), _cents(factor * high)
        return low.quantize(CENT), high.quantize(CENT)

    def _formula(self, name: str) -> Decimal | None:
        computed = self.item.computed
        if computed is None:
            raise BadDiscretion(f"{self.item.id}:阶次引用了计算式 {name},但没有 computed")
        key = str(self._parameter(computed.parameter)) if computed.parameter else name
        text = computed.formulas.get(key)
        if text is None:
            raise BadDiscretion(f"{self.item.id}:没有名为 {key} 的计算式,可用 {'、'.join(computed.formulas)}")
        value = expression(text, self.book.aliases, self.item.id).evaluate(
            {**dict.fromkeys(computed.inputs), **self.facts}
        )
        number = value if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
        return None if number is None else _cents(Decimal(number))

    def _computed_inputs(self, law: Law) -> None:
        """Fines of other items that this one adds up (大件运输未按许可行驶)."""
        if self.item.computed is None or not law.current:
            return
        for fact, code in self.item.computed.uses.items():
            if self.facts.get(fact) is None:
                other = discretion(self.book, code, self.facts, self.act_date, self.as_of).main
                if other is not None and other.tier:
                    self.facts[fact] = other.suggested or Decimal(0)

    def _suggest(
        self,
        step: Step | None,
        low: Decimal | None,
        high: Decimal | None,
        factors: tuple[Factor, ...],
        reasons: list[str],
    ) -> Decimal | None:
        if step is None or low is None or high is None:
            return None
        if step.formula:
            reasons.append("按公式计算")
            return low
        effects = {f.effect for f in factors if f.present}
        kind = "general"
        if ("lighter" in effects) is not ("heavier" in effects):
            kind = "lighter" if "lighter" in effects else "heavier"
        position = self._parameter(f"{kind}_position")
        if not isinstance(position, Decimal):
            return None
        reasons.append(f"在阶次幅度 {low}~{high} 元内取 {(position * 100).normalize():f}% 处")
        return _cents(low + (high - low) * position)

    def _confiscate(self) -> Decimal | None:
        """Illegal income is confiscated whatever its amount (处罚法28)."""
        income = self.facts.get("illegal_income")
        return income if isinstance(income, Decimal) and income > 0 else None

    # ── grounds and triggers ─────────────────────────────────────────────────────────────────────────────────────
    def _factor(self, ground: Ground) -> Factor:
        present = self._holds(ground.when)
        if present and ground.mark == "K":
            self.unconfirmed.append(f"情形“{ground.name}”未核对到条文")
        return Factor(ground.id, ground.name, present, ground.effect, ground.must, ground.law, ground.mark, ground.then)

    def _triggers(self, charges: tuple[Charge, ...], confiscate: Decimal | None) -> dict[str, tuple[Fired, ...]]:
        """Every trigger is judged for each charge by itself: a person in charge has the amounts of persons."""
        fired: dict[str, list[Fired]] = {"hearing": [], "legal_review": [], "collective_discussion": []}
        for charge in charges or (None,):
            facts = self._trigger_facts(charge, first=not charges or charge is charges[0], confiscate=confiscate)
            for trigger in self.book.triggers:
                answer = holds(trigger.when, facts, self.book.aliases, trigger.id)
                self._note_trigger(trigger, facts, answer)
                if answer:
                    fired[trigger.step].append(Fired(trigger.id, trigger.name, trigger.law, trigger.mark))
        return {step: tuple(dict.fromkeys(entries)) for step, entries in fired.items()}

    def _trigger_facts(self, charge: Charge | None, *, first: bool, confiscate: Decimal | None) -> dict[str, Any]:
        facts = dict(self.facts)
        proposed = facts.get("proposed_amount") if first else None
        facts["amount"] = proposed if proposed is not None or charge is None else charge.suggested
        if facts["amount"] is None and charge is not None and (charge.penalty or charge.met is False):
            facts["amount"] = Decimal(0)
        if charge is not None and charge.range.startswith("persons"):
            facts["party_type"] = "person"
        facts["confiscated"] = confiscate if confiscate is not None else Decimal(0)
        facts.setdefault("proposed_kinds", [charge.penalty] if charge is not None and charge.penalty else [])
        for parameter in self.book.parameters.values():
            if not parameter.fills:
                facts[parameter.id] = parameter.value
            elif parameter.party == facts.get("party_type"):
                facts[parameter.fills] = parameter.value
        return facts

    def _note_trigger(self, trigger: Trigger, facts: Mapping[str, Any], answer: bool | None) -> None:
        reads = expression(trigger.when, self.book.aliases).reads
        if answer is None and "amount" in reads:
            lacking = missing(trigger.when, facts, self.book.aliases)
            names = "、".join(self.book.names.get(k, {"amount": "拟处罚款金额"}.get(k, "当事人类型")) for k in lacking)
            self.undecided.append(f"{trigger.name}:尚缺 {names}")
        for parameter in self.book.parameters.values():
            mine = parameter.id in reads or (parameter.fills in reads and parameter.party == facts.get("party_type"))
            if mine and answer is not None:
                self._use(parameter.id)
        if answer and trigger.mark == "K":
            self.unconfirmed.append(f"触发条件“{trigger.name}”未核对到条文,以机构规定为准")

    def _parameter(self, key: str) -> Decimal | str:
        if key not in self.book.parameters:
            raise BadDiscretion(f"缺少裁量参数 {key}")
        self._use(key)
        return self.book.parameters[key].value

    def _use(self, key: str) -> None:
        parameter = self.book.parameters[key]
        self.parameters[f"parameter:{key}"] = str(parameter.value)
        if not parameter.confirmed:
            self.unconfirmed.append(f"参数“{parameter.name}”({parameter.value})为缺省值,须由机构写明依据后确认")

    def _holds(self, text: str) -> bool | None:
        return holds(text, self.facts, self.book.aliases, self.item.id)


def _facts(book: Book, circumstances: Mapping[str, Any]) -> dict[str, Any]:
    """Facts with numbers as Decimal; booleans and texts as they are. Refuses floats and numbers that are none."""
    facts: dict[str, Any] = {}
    for key, value in circumstances.items():
        kind = book.types.get(key, "number" if key == "proposed_amount" else "")
        if value is None or kind not in ("integer", "number", "money"):
            facts[key] = value
            continue
        if isinstance(value, bool | float):
            raise BadDiscretion(f"{book.names.get(key, key)} 应为整数或十进制数字符串,现为 {value}")
        try:
            facts[key] = Decimal(str(value))
        except InvalidOperation:
            raise BadDiscretion(f"{book.names.get(key, key)} 不是数:{value}") from None
        if facts[key] < 0:
            raise BadDiscretion(f"{book.names.get(key, key)} 不能小于 0")
    return facts


def _at(versions: tuple[Version, ...], day: date) -> Version | None:
    return next((v for v in versions if v.first <= day and (v.last is None or day <= v.last)), None)


def _passes(r: Range, base: Decimal) -> bool:
    """Whether the income reaches the multiples; exactly at the threshold the item's wording decides."""
    if r.threshold is None:
        return False
    return base > r.threshold if r.threshold_op == "gt" else base >= r.threshold


def _income_reason(r: Range, base: Decimal, *, passes: bool) -> str:
    word = "超过" if r.threshold_op == "gt" else "达到"
    if passes:
        return f"违法所得 {base} 元,{word} {r.threshold} 元,按 {r.mult_min}~{r.mult_max} 倍"
    return f"违法所得 {base} 元,未{word} {r.threshold} 元,按 {r.minimum}~{r.maximum} 元"


def _cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)
