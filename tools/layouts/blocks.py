"""What a layout is made of: cells, tables, paragraphs, seals; and the parts that many papers share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One cell: its lines (a line that begins with `>` is set to the right), columns spanned, height in mm."""

    lines: tuple[str, ...] = ()
    span: int = 1
    label: bool = False
    align: str = "left"
    height: float = 7.5
    down: str = ""
    top: bool = False
    indent: int = 0
    size: float = 11.5


@dataclass(frozen=True)
class Repeat:
    """A row for each item of a field, below a head."""

    field: str
    head: tuple[Cell, ...]
    cells: tuple[Cell, ...]
    repeat_head: bool = False


@dataclass(frozen=True)
class Table:
    """A bordered table: column widths in mm (156 together) and rows."""

    widths: tuple[float, ...]
    rows: tuple[tuple[Cell, ...] | Repeat, ...]


@dataclass(frozen=True)
class Para:
    """Paragraphs of a letter; `when` is a condition such as `fine_amount is filled`; `gap` is between the lines, `after` below."""

    lines: tuple[str, ...]
    indent: int = 2
    size: float = 14
    align: str = "left"
    when: str = ""
    keep: bool = False
    bold: bool = False
    gap: float = 11
    after: float = 0


@dataclass(frozen=True)
class Lines:
    """Lines to sign on."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Note:
    """Small print below a table."""

    text: str


@dataclass(frozen=True)
class Blank:
    """Empty space of some points."""

    size: float = 8


@dataclass(frozen=True)
class Seal:
    """The agency's name, the place of its seal, the date."""

    keep: bool = True


@dataclass(frozen=True)
class Copies:
    """How many copies there are and who has them."""

    text: str


@dataclass(frozen=True)
class Heading:
    """Agency and title of a second part of the same paper (决定书 and 清单, 申请书 and 审批表), on a page of its own."""

    text: str


@dataclass(frozen=True)
class Cut:
    """A dashed line: what stands below it is torn off and sent back (回执)."""

    text: str


Block = Table | Para | Lines | Note | Blank | Seal | Copies | Heading | Cut


@dataclass(frozen=True)
class Paper:
    """One paper. `number` is the line on the right below the title."""

    title: str
    blocks: tuple[Block, ...]
    number: str = "案号：{{ case_number }}"


DAY = "    年    月    日"
TWO_COPIES = Copies("本文书一式两份：一份存根（入卷），一份交当事人或其代理人。")


def label(text: str, span: int = 1, **more: object) -> Cell:
    """A label cell."""
    return Cell(tuple(text.split("\n")), span, label=True, align="center", **more)  # type: ignore[arg-type]


def value(text: str, span: int = 1, **more: object) -> Cell:
    """A cell with a value."""
    return Cell(tuple(text.split("\n")), span, **more)  # type: ignore[arg-type]


def field(key: str, span: int = 1, **more: object) -> Cell:
    """A cell with one field."""
    return value(f"{{{{ {key} }}}}", span, **more)


def long(key: str, span: int = 1, height: float = 40) -> Cell:
    """A cell with long text from its top, indented by two characters."""
    return Cell((f"{{{{ {key} }}}}",), span, height=height, top=True, indent=2)


def signed(key: str, name: str = "签名") -> str:
    """A line `签名:… 日期`, open for a hand where nothing is recorded."""
    shown = f"{{{{ {key}.name }}}}{{% if {key}.name is filled %}}  {{% else %}}              {{% endif %}}"
    return f">{name}：{shown}{{% if {key}.date is filled %}}{{{{ {key}.date }}}}{{% else %}}{DAY}{{% endif %}}"


def opinion(text: str, key: str, label_span: int, span: int, height: float = 26) -> tuple[Cell, ...]:
    """A row with an opinion, who gave it and when."""
    shown = Cell((f"{{{{ {key}.opinion }}}}", signed(key)), span, height=height, top=True)
    return (label(text, label_span), shown)


def pair(a: str, ka: str, b: str, kb: str) -> tuple[Cell, ...]:
    """A row of two labelled fields in a table of four columns."""
    return (label(a), field(ka), label(b), field(kb))


def one(a: str, key: str, span: int = 3, height: float = 7.5) -> tuple[Cell, ...]:
    """A row with one labelled field in a table of four columns."""
    return (label(a), field(key, span, height=height))


FOUR = (28, 50, 28, 50)
# The person and the organisation, side by side as the official form has them.
PARTY_WIDTHS = (11, 14, 24, 41, 24, 42)
PARTY = (
    (
        label("当\n事\n人", down="start"),
        label("个\n人", down="start"),
        label("姓名"),
        field("party_name"),
        label("身份证件号"),
        field("party_id_no", size=10.5),
    ),
    (
        label("", down="more"),
        label("", down="more"),
        label("住址"),
        field("party_address"),
        label("联系电话"),
        field("party_phone"),
    ),
    (
        label("", down="more"),
        label("单\n位", down="start"),
        label("名称"),
        field("org_name"),
        label("法定代表人"),
        field("org_legal_representative"),
    ),
    (
        label("", down="more"),
        label("", down="more"),
        label("地址"),
        field("org_address"),
        label("联系电话"),
        field("org_phone"),
    ),
    (
        label("", down="more"),
        label("", down="more"),
        label("统一社会\n信用代码", height=11),
        field("org_uscc", 3),
    ),
)
OFFICERS = (
    pair("执法人员", "officer1_name", "执法证号", "officer1_cert_no"),
    pair("执法人员", "officer2_name", "执法证号", "officer2_cert_no"),
)
CONTACT = Para(
    (
        "联系地址：{{ agency_address }}    邮编：{{ agency_zip }}",
        "联系人：{{ agency_contact }}    联系电话：{{ agency_phone }}",
    ),
    indent=0,
    size=12,
    keep=True,
)
TO_PARTY = Para(("{{ party_display_name }}：",), indent=0, keep=True)


def six(text: str, key: str, height: float = 7.5) -> tuple[Cell, ...]:
    """A labelled field in the six-column table that holds the party."""
    return (label(text, 2), field(key, 4, height=height))


def six_long(text: str, key: str, height: float = 40) -> tuple[Cell, ...]:
    """As `six`, for long text."""
    return (label(text, 2), long(key, 4, height))


def six_opinion(text: str, key: str, height: float = 26) -> tuple[Cell, ...]:
    """An opinion in the six-column table."""
    return opinion(text, key, 2, 4, height)


def column_table(key: str, columns: tuple[tuple[str, str], ...], spans: tuple[int, ...]) -> Repeat:
    """A `Repeat` with one head cell per column."""
    return Repeat(
        key,
        tuple(label(head, span) for (head, _), span in zip(columns, spans, strict=True)),
        tuple(
            field(f"row.{name}", span, align="left" if name in ("name", "unit_position", "remark") else "center")
            for (_, name), span in zip(columns, spans, strict=True)
        ),
    )


def listing(key: str, columns: tuple[tuple[str, str, float], ...], *, closed: bool = True) -> Table:
    """A list in a table of its own (head, column, width in mm): the head stands on every page, the list ends with 以下空白,
    so that nothing can be added after it is signed."""
    wide = ("name", "spec", "remark", "item_condition", "item_place", "unit_position")
    rows: tuple[tuple[Cell, ...] | Repeat, ...] = (
        Repeat(
            key,
            tuple(label(head, size=10.5) for head, _, _ in columns),
            tuple(
                field(f"row.{name}", align="left" if name in wide else "center", size=10.5) for _, name, _ in columns
            ),
            repeat_head=True,
        ),
    )
    if closed:
        rows = (*rows, (value("（以下空白）", len(columns), align="center", size=10.5),))
    return Table(tuple(width for _, _, width in columns), rows)


def party(case_number: bool = True) -> Table:
    """The party as the official forms have it; with `case_number`, the case number beside its type."""
    first = (label("当事人类型", 2), field("party_type", 2))
    if case_number:
        return Table(PARTY_WIDTHS, ((*first, label("案号"), field("case_number", size=10)), *PARTY))
    return Table(PARTY_WIDTHS, ((label("当事人类型", 2), field("party_type", 4)), *PARTY))


def three_opinions(prefix: str = "", height: float = 26) -> tuple[tuple[Cell, ...], ...]:
    """承办人, 承办机构负责人, 执法部门负责人, in the table that holds the party."""
    return (
        six_opinion("承办人意见", f"{prefix}handler_opinion", height),
        six_opinion("承办机构\n负责人意见", f"{prefix}unit_head_opinion", height),
        six_opinion("执法部门\n负责人意见", f"{prefix}agency_head_opinion", height),
    )


def hand(text: str, key: str) -> str:
    """A line to sign on, with its day."""
    return f"{text}：{{{{ {key} }}}}\t{DAY}"


PARTY_AND_OFFICERS = Lines(
    (
        hand("当事人或其代理人签名", "party_signature"),
        "拒绝签名的注明：{{ refusal_remark }}",
        hand("执法人员签名", "officer_signatures"),
    )
)
ITEMS = (
    ("序号", "seq", 12.0),
    ("名称", "name", 42.0),
    ("规格型号", "spec", 34.0),
    ("数量", "quantity", 16.0),
    ("单位", "unit", 14.0),
)
WITH_CONDITION = (*ITEMS, ("状态", "item_condition", 38.0))
WITH_PLACE = (*ITEMS, ("保存地点", "item_place", 38.0))
WITH_REMARK = (*ITEMS, ("备注", "remark", 38.0))
