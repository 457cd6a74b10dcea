"""What crosses this door: bodies that come in (nothing unknown in them) and answers that go out."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Header, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.problems import FaultBody

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="每次提交生成一个新的随机键;断线后用同一键重发,得到原来的结果",
        examples=["0198f3a2-6a51-7cc3-9d0f-6d0d0c7f2b11"],
    ),
]
Limit = Annotated[int, Query(ge=1, le=200, description="每页条数")]
After = Annotated[str | None, Query(max_length=400, description="上一页的 next")]
Id = Annotated[UUID, Path(description="编号")]


class Body(BaseModel):
    """A body that comes in."""

    model_config = ConfigDict(extra="forbid")


class Reason(Body):
    """理由。"""

    reason: str = Field(
        min_length=1, max_length=2000, description="理由,记入审计和办理经过", examples=["当事人补交了材料"]
    )


class Answers(Body):
    """填写的内容:数据元 → 值。金额和小数为文字,如 "3000.00";时间带时区。"""

    answers: dict[str, Any] = Field(
        description="数据元 → 值", examples=[{"case_summary": "六轴车辆超限运输", "officers": []}]
    )


class HandOver(Reason):
    """转办给谁。"""

    to_officer_id: UUID = Field(description="受转人")


class HandOverAll(Body):
    """某人名下的任务转给哪些人。"""

    to_officer_ids: list[UUID] = Field(min_length=1, max_length=50, description="受转人;按岗位分给件数最少的一人")


class HandOverAllNow(HandOverAll, Reason):
    """批量转办,并写明理由。"""


class Return(Reason):
    """退回到哪一环节。"""

    target: str = Field(max_length=300, description="目标环节,取自“可退回的环节”", examples=["record_scene"])
    way: Literal["back_here", "through"] = Field(
        "back_here", description="back_here:办好后直接回到本环节;through:其后各环节重新办理"
    )


class Opinion(Body):
    """受委派人的意见。"""

    opinion: str = Field(min_length=1, max_length=1900, examples=["已核对过磅记录,数据一致"])


class CopyTo(Body):
    """抄送给谁。"""

    officer_id: UUID
    note: str = Field("", max_length=2000, description="附言")


class Bulk(Answers):
    """批量办结哪些任务,填写的内容相同。"""

    task_ids: list[UUID] = Field(min_length=1, max_length=100)


class Sign(Body):
    """会签意见。"""

    opinion: Literal["agree", "refuse"]
    note: str = Field("", max_length=2000, description="说明;不同意的必填")


class LessSigner(Reason):
    """减签谁。"""

    officer_id: UUID


class MoreSigner(LessSigner):
    """加签谁、在何处。"""

    way: Literal["before", "beside", "after"] = Field(description="在待签人员之前、与其同时,或者在现有人员之后")


class Start(Body):
    """启动一个流程。"""

    process: str = Field(max_length=64, pattern=r"^[a-z][a-z0-9_]*$", examples=["case_ordinary"])
    agency_id: int = Field(ge=0, le=2_147_483_647, description="办案机构", examples=[440100])
    category: str = Field(pattern=r"^0[1-8]$", description="执法门类", examples=["01"])
    facts: dict[str, Any] = Field(description="启动表单的内容", examples=[{"case_cause": "超限运输"}])


class StartBeside(Body):
    """在已有的案件、线索等记录中启动一个并行程序。"""

    process: str = Field(max_length=64, pattern=r"^[a-z][a-z0-9_]*$", examples=["case_suspension"])
    facts: dict[str, Any] = Field(default_factory=dict, description="启动表单的内容")


class Message(Body):
    """来件:陈述申辩、听证申请、缴款回单等。"""

    message: str = Field(max_length=64, pattern=r"^[a-z][a-z0-9_]*$", examples=["party_statement"])
    facts: dict[str, Any] = Field(default_factory=dict, description="来件带来的内容")


class Move(Body):
    """调整流程位置。"""

    targets: list[str] = Field(min_length=1, max_length=20, description="目标环节", examples=[["record_scene"]])
    cancel: Literal["conflict", "scope", "all"] = Field("conflict", description="取消哪些现有位置")
    siblings: Literal["reopen", "arrived"] = Field("reopen", description="并行的其他分支:重开,或视为已到")


class MoveNow(Move, Reason):
    """调整流程位置,并写明理由。"""


# ---------------------------------------------------------------------- answers
class Opened(BaseModel):
    """新产生的待办。"""

    id: UUID
    element: str
    name: str
    role: str


class PaperMade(BaseModel):
    """办结时制作的文书。"""

    kind: str = Field(examples=["D15"])
    number: str | None = Field(examples=["粤交罚〔2026〕00001号"])


class Stepped(BaseModel):
    """办理之后:案件走到哪里。"""

    case_id: UUID
    instance_id: UUID
    ended: bool
    tasks: list[Opened] = Field(description="新产生的待办")
    papers: list[PaperMade]


class Moved(Stepped):
    """调整之后。"""

    plan: dict[str, Any] = Field(default_factory=dict, description="所做的调整")


class ReturnPlan(BaseModel):
    """一种退回方式:会收回什么,或者为什么不能。"""

    plan: dict[str, Any] | None
    why_not: str | None


class ReturnTarget(BaseModel):
    """一个可退回的环节。"""

    target: str
    element: str
    name: str
    done_at: AwareDatetime
    done_by: UUID
    back_here: ReturnPlan = Field(description="办好后直接回到本环节")
    through: ReturnPlan = Field(description="其后各环节重新办理")


class HandedOver(BaseModel):
    """一项任务转给了谁,或者为什么不能转。"""

    id: UUID
    name: str
    title: str
    to: UUID | None
    to_name: str | None
    why_not: str | None


class AllHandedOver(BaseModel):
    """逐项结果;`more`:还有未列出的,请再办一次。"""

    items: list[HandedOver]
    more: bool


class Watching(BaseModel):
    """抄送、关注的结果;`fresh` 为假:此前已经如此。"""

    case_id: UUID
    fresh: bool


class Watched(BaseModel):
    """抄送给我或者我关注的一件案件。"""

    id: UUID
    case_id: UUID
    case_number: str | None
    title: str | None = Field(description="案由或者线索标题")
    note: str | None
    by: str
    added_at: AwareDatetime
    read_at: AwareDatetime | None


class WatchedPage(BaseModel):
    """一页;`next` 为空即最后一页。"""

    items: list[Watched]
    next: str | None


class Receipt(BaseModel):
    """抄送给谁、何时阅读。"""

    person_id: UUID
    name: str
    note: str | None
    added_at: AwareDatetime
    read_at: AwareDatetime | None


class BulkItem(BaseModel):
    """一项任务的结果,或者为什么不能办结。"""

    id: UUID
    result: Stepped | None
    why_not: str | None


class BulkDone(BaseModel):
    """批量办结的逐项结果。"""

    items: list[BulkItem]


class Signer(BaseModel):
    """一名会签人员和他的意见。"""

    person_id: UUID
    name: str
    position: int
    opinion: Literal["agree", "refuse"] | None
    note: str | None
    signed_at: AwareDatetime | None
    reason: str | None = Field(description="加签的理由")
    turn: bool = Field(description="轮到此人签署")


class Signing(BaseModel):
    """会签情况;`missing` 为空即可办结。"""

    id: UUID
    rule: dict[str, Any] | None = Field(description="rule:all、any、share、order;share;refusal:stops、counts")
    missing: str | None
    signers: list[Signer]


class Held(BaseModel):
    """流程此刻的状态。"""

    instance_id: UUID
    status: str


class Claimed(BaseModel):
    """谁在办。"""

    id: UUID
    claimed_by: UUID | None


class Drafted(BaseModel):
    """草稿的版本;下次保存时放入 If-Match。"""

    id: UUID
    version: int


class Period(BaseModel):
    """一个期限:名称、依据;`statutory` 为假时是机构可以设定的内部期限。"""

    name: str
    article: str
    statutory: bool
    holder: str


class Holding(BaseModel):
    """流程停在那里:其任务暂不能办结。"""

    state: Literal["suspended", "incident"] = Field(description="挂起;发生异常")
    at: AwareDatetime | None = Field(description="何时挂起")
    reason: str | None = Field(description="挂起理由")


class TaskItem(BaseModel):
    """待办列表的一行。"""

    id: UUID
    case_id: UUID
    instance_id: UUID
    agency_id: int
    category: str
    element: str
    name: str
    process_key: str
    title: str
    role: str
    status: Literal["open", "done", "cancelled"]
    claimed_by: UUID | None
    claimed_at: AwareDatetime | None
    due_at: AwareDatetime | None
    created_at: AwareDatetime
    closed_at: AwareDatetime | None
    version: int
    has_draft: bool
    owner_id: UUID | None = Field(None, description="已委派:任务仍属此人")
    note: str | None = Field(None, description="因何而来:退回、撤回的理由,受委派人的意见")
    case_number: str | None
    stands_for: str | None = Field(None, description="代何人办理:离岗同事的姓名")
    seen: bool = Field(False, description="本人打开过")
    own_date: date | None = Field(None, description="本人自定的日期")
    bulk: bool = Field(False, description="本环节可以批量办结")
    held: Holding | None = Field(None, description="所在流程挂起或发生异常")
    clock: Period | None = Field(description="due_at 所依据的期限")


class TaskPage(BaseModel):
    """一页待办;`next` 为空即最后一页。"""

    items: list[TaskItem]
    next: str | None


class Counts(BaseModel):
    """待办数;达到 `most` 即为“不少于”。"""

    mine: int
    unit: int
    sign: int = Field(description="待我会签的")
    cc: int = Field(description="抄送给我而未读的")
    news: int = Field(description="未读的通知")
    done: int | None = Field(None, description="我办结的(不随事件流变化,下同)")
    started: int | None = None
    follow: int | None = None
    most: int


class BoxFigures(BaseModel):
    """一类待办的缓急;`cut` 为真时实际不少于所列数目。"""

    over: int = Field(description="已超期")
    today: int = Field(description="今天到期")
    week: int = Field(description="七天内到期,含今天")
    unread: int
    alerts: int | None = Field(description="数据范围内未处理的预警;没有查看权限为空")
    cut: bool
    most: int


class MessageKind(BaseModel):
    """一种来件:名称和要登记的内容(表单)。"""

    name: str
    form: dict[str, Any]


class RecordKind(BaseModel):
    """一种记录:名称、状态的代码表。"""

    label: str
    codes: str


class Words(BaseModel):
    """代码的名称:岗位、代码表、文书、流程、来件、机构。"""

    release: str
    roles: dict[str, str]
    codes: dict[str, dict[str, str]]
    papers: dict[str, str]
    processes: dict[str, str]
    messages: dict[str, MessageKind]
    records: dict[str, RecordKind]
    verbs: dict[str, str] = Field(description="权限(审计记录的动作)")
    agencies: dict[str, str]


class Filled(BaseModel):
    """表单此刻的样子;只用于显示,提交时另行核对。"""

    visible: list[str] = Field(description="应显示的栏目")
    required: list[str] = Field(description="必填的栏目;表格为 栏目.行.列")
    hidden: list[str] = Field(description="表格中不适用的格")
    computed: dict[str, Any] = Field(description="系统计算的栏目 → 值")
    wrong: dict[str, str] = Field(description="已填而有误的栏目 → 哪里不对")


class ActionInput(BaseModel):
    """一项操作要问的内容。"""

    key: str
    name: str
    kind: Literal["text", "longtext", "officer", "choice"]
    required: bool = True
    role: str | None = Field(None, description="officer:限于承担此岗位的人")
    choices: list[dict[str, str]] = Field(default_factory=list, description="choice:{code, name}")


class Effect(BaseModel):
    """后果的一方面。"""

    about: str
    text: str


class Action(BaseModel):
    """任务的一项操作:向 `path` POST 所问的内容。"""

    key: str
    name: str
    path: str = Field(description="/api/staff 之下的地址")
    inputs: list[ActionInput]
    effects: list[Effect] = Field(description="操作对环节、文书、期限的后果,先说给操作的人;空的不必确认")
    plan: str | None = Field(None, description="/api/staff 之下的地址:GET 得到此时此地的具体后果")


class Ahead(BaseModel):
    """其后可能的环节。"""

    element: str
    name: str
    kind: str
    role: str | None
    clock: str | None


class Discretion(BaseModel):
    """裁量:显示在哪个栏目旁、阶次、幅度、建议金额(元)、理由、依据。"""

    field: str
    tier: str | None
    reason: str | None
    basis: str | None
    suggested: str | None
    min: str | None
    max: str | None


class RelatedCase(BaseModel):
    """同一当事人或车辆的案件。"""

    id: UUID
    case_number: str | None
    case_cause: str
    case_status: str
    created_at: AwareDatetime
    by: Literal["party", "vehicle"]


class Task(BaseModel):
    """一项任务和它的表单。"""

    id: UUID
    name: str
    element: str
    role: str
    status: str
    claimed_by: UUID | None
    owner_id: UUID | None = Field(None, description="已委派:任务仍属此人")
    note: str | None = Field(None, description="因何而来:退回、撤回的理由,受委派人的意见")
    stands_for: str | None = Field(None, description="代何人办理:离岗同事的姓名")
    due_at: AwareDatetime | None
    closed_at: AwareDatetime | None = None
    version: int
    case_id: UUID = Field(description="所属记录")
    subject_kind: str = Field(description="记录的种类:case 案件、clue 线索等")
    case_number: str | None
    title: str
    form: dict[str, Any] | None = Field(description="表单:sections、checks、json_schema")
    answers: dict[str, Any] = Field(description="由案件事实预填的内容")
    draft: dict[str, Any] | None
    clock: dict[str, Any] | None = Field(description="本环节的期限及其计算经过")
    papers: list[str] = Field(description="办结时制作的文书种类")
    agency_id: int
    category: str
    process: str
    instance_id: UUID
    actions: list[Action] = Field(description="办结以外可做的操作")
    discretion: Discretion | None = Field(description="裁量的结果和理由,显示在金额旁")
    following: list[Ahead] = Field(description="其后可能的环节,近的在前")
    final: list[Effect] = Field(description="办结后不能收回的后果,办结前须确认;没有则为空")


class Process(BaseModel):
    """可以启动的流程。"""

    key: str
    name: str
    used_when: str = Field(description="什么时候用它,一句话;没有写的为空")
    subject: str = Field(description="关于哪种记录:case 案件、clue 线索等")
    roles: list[str]
    form: str | None
    release: str


class BesideProcess(Process):
    """可以在一份记录中启动的并行程序。"""

    running: int = Field(description="此刻正在进行几个")
    single: bool = Field(description="同时只能有一个")


class StartForm(BaseModel):
    """启动表单。"""

    process: str
    form: dict[str, Any]
    answers: dict[str, Any]


class CaseItem(BaseModel):
    """案件列表的一行。"""

    id: UUID
    agency_id: int
    category: str
    case_number: str | None
    case_cause: str
    procedure_type: str
    case_status: str
    party_id: UUID | None
    vehicle_id: UUID | None
    fine_amount: str | None = Field(description="元")
    filed_at: AwareDatetime | None
    created_at: AwareDatetime


class CasePage(BaseModel):
    """一页案件。"""

    items: list[CaseItem]
    next: str | None


class Loose(BaseModel):
    """An answer with the fields named here and whatever else the engine tells."""

    model_config = ConfigDict(extra="allow")


class CaseHead(Loose):
    """案件的基本登记。"""

    id: UUID
    agency_id: int
    category: str
    case_number: str | None
    case_cause: str
    case_status: str
    version: int
    created_at: AwareDatetime


class Fact(Loose):
    """一项事实;`masked` 为真时个人信息已脱敏。"""

    key: str
    name: str
    type: str
    value: Any
    masked: bool


class Passed(Loose):
    """办理经过的一行。"""

    at: AwareDatetime
    element: str
    name: str
    kind: str
    event: str
    person_id: UUID
    person: str | None
    other: str | None = Field(description="转给、委派、抄送、加签的是谁")
    giver: str | None = Field(description="转办前在谁名下")


class Paper(Loose):
    """一份文书。"""

    id: UUID
    kind: str
    name: str
    number: str | None
    state: str


class EvidenceCopy(BaseModel):
    """由证据派生的一份副本;不代替原件。"""

    id: UUID
    form: Literal["thumbnail", "transcript", "crop", "other"]
    name: str
    media_type: str
    size: int
    note: str = Field(description="怎样得来")
    made_at: AwareDatetime


class EvidenceItem(Loose):
    """一份证据。"""

    taken_at: AwareDatetime | None = None
    place: str | None = None
    device: str | None = None
    taker_id: UUID | None = None
    witnesses: list[str] = []
    copies: list[EvidenceCopy] = []

    id: UUID
    kind: str
    name: str
    media_type: str
    size: int
    sha256: str
    sm3: str
    received_at: AwareDatetime


class Whole(BaseModel):
    """一份记录所知的一切。"""

    facts: list[Fact]
    instances: list[dict[str, Any]] = Field(description="流程实例;图见 /instances/{id}/diagram")
    position: list[dict[str, Any]] = Field(description="此刻停在图上的哪些环节")
    tasks: list[dict[str, Any]]
    messages: list[dict[str, Any]] = Field(description="此刻等待的来件")
    history: list[Passed]
    clocks: list[dict[str, Any]] = Field(description="期限及其计算经过:逐日计入与扣除、依据条款")
    documents: list[Paper]
    evidence: list[EvidenceItem]
    relatives: list[dict[str, Any]] = Field(description="来源记录(origin)和由它产生的记录(outcome)")


class CaseView(Whole):
    """案件全貌。"""

    case: CaseHead


class RecordView(Whole):
    """任何一种记录的全貌。"""

    record: dict[str, Any] = Field(description="登记栏")
    kind: str = Field(description="case 案件、clue 线索等")
    label: str


class Stamped(BaseModel):
    """盖章件已登记,文书已签发。"""

    id: UUID
    state: Literal["issued"]
    evidence_id: UUID = Field(description="盖章件作为证据的编号")


class Diagram(BaseModel):
    """流程图和走到哪里。"""

    process: str
    xml: str = Field(description="BPMN 2.0")
    active: list[str]
    done: list[str]
    waiting: list[str] = Field(description="在等来件、期限或系统的环节")


class Officer(BaseModel):
    """一名执法人员。"""

    id: UUID
    name: str
    agency_id: int
    agency: str = Field(description="单位名称")
    certificate_no: str | None = Field(description="执法证号;没有证件的为空")
    certificate: Literal[
        "normal", "uncovered", "early", "expired", "none", "lost", "suspended", "cancelled", "revoked"
    ] = Field(description="今日的证件状态;uncovered 为不含所问门类")


class Incident(Loose):
    """一个异常:原因和处理办法。"""

    id: UUID
    agency_id: int
    kind: str
    cause: str
    remedy: str
    status: str
    opened_at: AwareDatetime


class IncidentPage(BaseModel):
    """一页异常。"""

    items: list[Incident]
    next: str | None


class Handled(BaseModel):
    """异常处理的结果。"""

    id: UUID
    status: str


class ReleaseItem(Loose):
    """一个内容版本。"""

    hash: str
    effective_from: AwareDatetime
    ground: str
    published_by: UUID | None
    published_at: AwareDatetime
    own_content: bool = Field(description="由本节点上传发布,不是代码库的文件")
    files: int


class Published(BaseModel):
    """发布的结果。"""

    hash: str


class Difference(BaseModel):
    """与最近发布的一套相比:新增、修改、删除的文件。"""

    added: list[str]
    changed: list[str]
    removed: list[str]


class Examined(BaseModel):
    """只检查、不发布的结果;没有问题即可发布。"""

    hash: str
    files: int
    faults: list[FaultBody]
    difference: Difference


class ProposedFile(BaseModel):
    """一个文件两边各自的变化:added 新增、changed 修改、removed 删除,空为没有变化。"""

    path: str
    here: Literal["", "added", "changed", "removed"] = Field(description="本节点的变化")
    repository: Literal["", "added", "changed", "removed"] = Field(description="代码库的变化")


class Proposed(BaseModel):
    """代码库的文件对本节点内容的导入建议(三方差异)。"""

    rests_on: str = Field(description="本节点内容所依据的那一套代码库文件的散列")
    own_content: bool = Field(description="本节点是否发布过自己的内容")
    proposed: list[ProposedFile] = Field(description="只有代码库变了:可以照收")
    conflicts: list[ProposedFile] = Field(description="两边都变了且不同:须有人定夺")
    own: list[ProposedFile] = Field(description="只有本节点变了:保留")


class Verdict(BaseModel):
    """审计链核验的结论。"""

    entries: int
    linked: int
    head: str
    faults: list[str]
    ok: bool
