"""A process as process.yaml has it: its law, lanes, parameters, and what each step of the diagram asks and sets off."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from content import load
from content.reader import Reader, under
from kernel.errors import BadContent

PATH: Final = re.compile(r"processes/(national|provinces/\d{6})/([a-z][a-z0-9_]*)/process\.yaml\Z")


# What a step may book in the ledger: the decision (应缴), instalments, the charge for late payment, a receipt, cash on its way.
POSTS: Final = ("obligation", "instalments", "surcharge", "redecision", "receipt", "cash", "handed_in", "banked")


@dataclass(frozen=True)
class Law:
    """A provision the process rests on: `行政处罚法#54`, with its mark (V verified, K from memory)."""

    article: str
    mark: str | None


@dataclass(frozen=True)
class Parameter:
    """A value that an agency or province may set. `value` is text, bool, int or `Decimal`; `least`/`most` bound it."""

    name: str
    value: Any
    mark: str | None
    source: str
    locked: bool = False
    unit: str = ""


@dataclass(frozen=True)
class ClockStart:
    """A period begins: of `rule`, from the day in the element `from_`, from the last day of the period `after` (neither: now;
    both: from the later, and where the element has no value yet from `after`).

    `record`: it belongs to the record and runs on when the process that started it is over.
    """

    rule: str
    from_: str | None
    after: str | None = None
    record: bool = False


@dataclass(frozen=True)
class ClockPause:
    """A period stands still, or runs on, for a reason that its rule knows.

    `notice`: the element with the day on which the party was told in writing, for reasons that count only then.
    """

    rule: str
    reason: str
    notice: str | None = None


@dataclass(frozen=True)
class ClockExtension:
    """A period is lengthened by as many of its units as the element `count` holds (nothing when it is empty), for `reason`."""

    rule: str
    count: str
    reason: str


@dataclass(frozen=True)
class Signing:
    """会签、或签、比例、顺序: who signs a step (`signers`: an element with officers, or a role) and when it may be completed.

    `rule`: all, any, share (at least `share` of them), order (one after the other, all). `refusal`: whether one refusal
    `stops` the step or merely `counts` as no agreement. `everyone`: nobody's opinion may be missing, also where fewer agree.
    """

    rule: str
    signers: str
    share: Decimal | None = None
    refusal: str = "stops"
    everyone: bool = False


@dataclass(frozen=True)
class StepConfig:
    """What process.yaml says of one human (or service) step. Names are those of contracts and docs/howto/add-a-process.md."""

    element: str
    form: str | None = None
    roles: tuple[str, ...] = ()
    status: str | None = None
    step_role: str | None = None
    papers: tuple[str, ...] = ()
    number: str | None = None
    starts: tuple[ClockStart, ...] = ()
    stops: tuple[str, ...] = ()
    pauses: tuple[ClockPause, ...] = ()
    resumes: tuple[ClockPause, ...] = ()
    extends: tuple[ClockExtension, ...] = ()
    serves: tuple[str, ...] = ()
    hands_over: str = (
        ""  # FEEL: when it is true, the papers that this step makes and that ask for service are handed over at once
    )
    clock: str | None = None
    effects: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    signing: Signing | None = None
    posts: tuple[str, ...] = ()  # what is booked in the ledger of the case's money (docs/howto/take-payments.md)
    bulk: bool = False  # several such tasks may be completed with the same answers in one act, where the law allows it
    line: int = 0


@dataclass(frozen=True)
class Start:
    """Who may start the process, what it asks first, and what that sets off."""

    roles: tuple[str, ...] = ()
    form: str | None = None
    step_role: str | None = None
    effects: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """What a service step asks for: the action's name and its other parameters."""

    action: str
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Process:
    """One process. `steps` and `services` go by the diagram's element ids; `ends`: end event → case status."""

    key: str
    name: str
    subject: str
    law: tuple[Law, ...]
    lanes: Mapping[str, str]
    start: Start
    parameters: Mapping[str, Parameter]
    steps: Mapping[str, StepConfig]
    services: Mapping[str, Service]
    ends: Mapping[str, str]
    messages: Mapping[str, tuple[str, ...]]
    version_note: str
    file: str
    used_when: str = ""  # in one line, for who chooses among processes: when this one is the right one
    locked: bool = False
    beside: bool = False  # runs on a record that exists, beside its other processes
    single: bool = False  # a second one is refused while one runs on the same record
    apart: bool = False  # several may run on one record at once: what each of them writes stays its own


def path_of(key: str) -> str:
    """Where a process's configuration is."""
    return f"processes/national/{key}/process.yaml"


def read(file: str, data: bytes) -> Process:
    """One process.yaml. Raises `BadContent`."""
    top = Reader.of(file, data)
    match = PATH.match(file)
    key = top.identifier("key")
    if match is None or match.group(2) != key:
        raise top.bad(f"key“{key}”应与所在文件夹同名", "key")
    made = Process(
        key=key,
        name=top.text("name", most=60),
        subject=top.identifier("subject"),
        law=tuple(_law(reader) for reader in top.blocks("law")),
        lanes=_words(top, "lanes"),
        start=_start(top.block_of("start")),
        parameters={name: _parameter(reader) for name, reader in top.named("parameters").items()},
        steps={name: _step(name, reader) for name, reader in top.named("steps", may_be_empty=True).items()},
        services={name: _service(reader) for name, reader in top.named("services").items()},
        ends=_words(top, "ends"),
        messages=_messages(top),
        version_note=top.text("version_note", ""),
        used_when=top.text("used_when", "", most=60),
        file=file,
        locked=top.flag("locked"),
        beside=top.flag("beside"),
        single=top.flag("single"),
        apart=top.flag("apart"),
    )
    top.raw("base")
    top.close()
    return made


def _law(reader: Reader) -> Law:
    made = Law(reader.text("article"), reader.mark())
    reader.close()
    return made


def _words(top: Reader, key: str) -> dict[str, str]:
    """A mapping of text to text; `{status: x}` is allowed in the place of `x`."""
    found = {}
    for name, value in top.pairs(key).items():
        word = value.get("status") if isinstance(value, dict) else value
        if not isinstance(word, str) or not word:
            raise top.bad(f"{key} 中“{name}”应为文字", key)
        found[name] = word
    return found


def _start(reader: Reader | None) -> Start:
    if reader is None:
        return Start()
    made = Start(
        reader.texts("roles"),
        reader.identifier("form") if reader.has("form") else None,
        reader.identifier("step_role") if reader.has("step_role") else None,
        _effects(reader),
    )
    reader.close()
    return made


def _parameter(reader: Reader) -> Parameter:
    made = Parameter(
        name=reader.text("name", most=100),
        value=reader.raw("value"),
        mark=reader.mark(),
        source=reader.text("source", ""),
        locked=reader.flag("locked"),
        unit=reader.text("unit", ""),
    )
    least, most = reader.number("min"), reader.number("max")
    if isinstance(made.value, (list, dict)):
        raise reader.bad("value 应为单个值", "value")
    counted = bool(made.unit) or least is not None or most is not None
    if (
        counted
        and made.value is not None
        and (isinstance(made.value, bool) or not isinstance(made.value, (int, Decimal)))
    ):
        raise reader.bad(f"写了 unit、min 或 max 的参数,value 应为数字(不带单位、不加引号),现为“{made.value}”", "value")
    if made.value is not None and (
        (least is not None and made.value < least) or (most is not None and made.value > most)
    ):
        raise reader.bad(f"value 不在 min 与 max 之间({least} 至 {most})", "value")
    reader.close()
    return made


def _step(element: str, reader: Reader) -> StepConfig:
    made = StepConfig(
        element=element,
        form=reader.identifier("form") if reader.has("form") else None,
        roles=reader.texts("roles"),
        status=reader.text("status") if reader.has("status") else None,
        step_role=reader.identifier("step_role") if reader.has("step_role") else None,
        papers=reader.texts("papers"),
        number=reader.one_of("number", ("case_number",)) if reader.has("number") else None,
        starts=tuple(_clock_start(item) for item in reader.blocks("starts")),
        stops=reader.texts("stops"),
        pauses=tuple(_clock_pause(item) for item in reader.blocks("pauses")),
        resumes=tuple(_clock_pause(item) for item in reader.blocks("resumes")),
        extends=tuple(_clock_extension(item) for item in reader.blocks("extends")),
        serves=reader.texts("serves"),
        hands_over=reader.text("hands_over", ""),
        clock=reader.text("clock") if reader.has("clock") else None,
        effects=_effects(reader),
        signing=_signing(reader.block_of("signing")),
        posts=_posts(reader),
        bulk=reader.flag("bulk"),
        line=reader.block.line,
    )
    reader.close()
    return made


def _posts(reader: Reader) -> tuple[str, ...]:
    told = reader.texts("posts")
    unknown = [word for word in told if word not in POSTS]
    if unknown:
        raise reader.bad(f"posts 中没有“{'、'.join(unknown)}”这种记账;可用的有:{'、'.join(POSTS)}", "posts")
    return told


def _signing(reader: Reader | None) -> Signing | None:
    if reader is None:
        return None
    rule = reader.one_of("rule", ("all", "any", "share", "order"))
    share = reader.number("share")
    if (rule == "share") != (share is not None) or (share is not None and not 0 < share <= 1):
        raise reader.bad("规则为 share 时须写 share,大于 0、不大于 1;其他规则不写", "share")
    refusal = reader.one_of("refusal", ("stops", "counts"), "stops")
    made = Signing(rule, reader.identifier("signers"), share, refusal, reader.flag("everyone"))
    reader.close()
    return made


def _clock_start(reader: Reader) -> ClockStart:
    from_ = reader.identifier("from") if reader.has("from") else None
    after = reader.text("after") if reader.has("after") else None
    made = ClockStart(reader.text("rule"), from_, after, reader.flag("record"))
    reader.close()
    return made


def _clock_pause(reader: Reader) -> ClockPause:
    notice = reader.identifier("notice") if reader.has("notice") else None
    made = ClockPause(reader.text("rule"), reader.text("reason"), notice)
    reader.close()
    return made


def _clock_extension(reader: Reader) -> ClockExtension:
    made = ClockExtension(reader.text("rule"), reader.identifier("count"), reader.identifier("reason"))
    reader.close()
    return made


def _effects(reader: Reader) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for subject, values in reader.pairs("effects").items():
        if not isinstance(values, dict):
            raise reader.bad(f"effects.{subject} 应为“栏: 值”的形式", "effects")
        found[subject] = dict(values)
    return found


def _service(reader: Reader) -> Service:
    parameters = {}
    for name, value in reader.block.items():
        reader.raw(name)
        if name not in ("action", "note", "source", "mark", "law"):
            if isinstance(value, (list, dict)):
                raise reader.bad(f"参数 {name} 应为单个值", name)
            parameters[name] = "" if value is None else str(value)
    return Service(reader.identifier("action"), parameters)


def _messages(top: Reader) -> dict[str, tuple[str, ...]]:
    """Message → elements that it may bring."""
    found = {}
    for name, reader in top.named("messages", may_be_empty=True).items():
        found[name] = reader.texts("facts")
        reader.text("name", "")
        reader.close()
    return found


def shared_parameters(files: Mapping[str, bytes]) -> dict[str, Parameter]:
    """The parameters of the rulebook, which belong to no single process. Raises `BadContent`."""
    found: dict[str, Parameter] = {}
    for path in under(files, "rules/national/parameters/"):
        top = Reader.of(path, files[path])
        found.update({name: _parameter(reader) for name, reader in top.named("parameters").items()})
        top.raw("base")
        top.close()
    return found | _amounts(files)


def _amounts(files: Mapping[str, bytes]) -> dict[str, Parameter]:
    """The amounts of discretion that conditions of flows and guards read too (`fills`): they stand in one place, there."""
    path = "rules/national/discretion/parameters.yaml"
    entries = load.document(path, files[path]).get("parameters") if path in files else None
    return {
        str(entry["id"]): Parameter(
            name=str(entry["name"]),
            value=Decimal(str(entry["value"])),
            mark=entry.get("mark"),
            source=str(entry.get("source", "")),
            unit=str(entry.get("unit", "")),
        )
        for entry in entries or []
        if entry.get("fills")
    }


def keys(files: Mapping[str, bytes]) -> list[str]:
    """The processes of a set of effective files: every folder that has a diagram or a configuration."""
    found = set()
    for path in files:
        parts = path.split("/")
        if len(parts) == 4 and parts[:2] == ["processes", "national"] and parts[3] in ("process.bpmn", "process.yaml"):
            found.add(parts[2])
    return sorted(found)


def diagram_of(files: Mapping[str, bytes], key: str) -> bytes:
    """The diagram's bytes. Raises `BadContent` when there is none."""
    path = f"processes/national/{key}/process.bpmn"
    if path not in files:
        raise BadContent(path, 0, "缺少流程图,请用流程设计器画好后放在这里")
    return files[path]
