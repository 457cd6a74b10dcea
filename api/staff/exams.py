"""Exams: the candidate's desk, the room, the scripts, the bank and the templates."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentSession, CurrentWork, work_of
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed
from kernel.errors import InvalidAnswers

router = APIRouter(tags=["考试"])
Agency = Annotated[int, Field(ge=0, le=2_147_483_647, description="机构编号", examples=[440000])]
_MOST = 20 << 20
_SHEET: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class MySitting(BaseModel):
    """本人的一场考试;成绩在公布后才有。"""

    id: UUID
    exam_id: UUID
    seat: int
    state: str
    minutes: int
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    started_at: AwareDatetime | None
    due_at: AwareDatetime | None
    submitted_at: AwareDatetime | None
    published_at: AwareDatetime | None
    total_marks: Decimal | None
    passed: bool | None


class MySittings(BaseModel):
    """一页本人的考试。"""

    items: list[MySitting]
    next: str | None


class Desk(BaseModel):
    """考试状态;时间以服务器为准。"""

    id: UUID
    exam_id: UUID
    seat: int
    state: str
    due_at: AwareDatetime | None
    extended_minutes: int
    submitted_at: AwareDatetime | None
    seconds_left: int
    now: AwareDatetime


class Option(BaseModel):
    """一个选项。"""

    letter: str
    text: str


class PaperItem(BaseModel):
    """一道题;不含答案。"""

    item: int
    kind: str
    stem: str
    options: list[Option]
    marks: Decimal


class DeskWithPaper(Desk):
    """考试状态、试卷和已保存的作答。"""

    paper: list[PaperItem]
    answers: dict[str, str]


class SittingAnswers(wire.Body):
    """作答:题号 → 答案(选择题为字母,判断题为 T 或 F,案例题为文字)。"""

    answers: dict[Annotated[int, Field(ge=1, le=500)], Annotated[str, Field(max_length=10_000)]] = Field(
        max_length=500, examples=[{"1": "B", "2": "ACD", "3": "T"}]
    )


class Leaving(wire.Body):
    """离开考试页面。"""

    what: Annotated[str, Field(max_length=200, examples=["切换到其他窗口"])]


class Extension(wire.Reason):
    """延长答题时间。"""

    minutes: Annotated[int, Field(ge=1, le=120)]


class ExamItem(BaseModel):
    """一场考试。"""

    id: UUID
    agency_id: int
    category: str
    number: str | None
    title: str
    status: str = Field(description="代码表 EXAM_STATUS")
    opens_at: AwareDatetime | None
    closes_at: AwareDatetime | None
    published_at: AwareDatetime | None
    created_at: AwareDatetime


class Exams(BaseModel):
    """一页考试。"""

    items: list[ExamItem]
    next: str | None


class Seat(BaseModel):
    """考场名单中的一名考生。"""

    id: UUID
    seat: int
    officer_id: UUID
    name: str
    agency_id: int
    state: str
    started_at: AwareDatetime | None
    due_at: AwareDatetime | None
    extended_minutes: int
    submitted_at: AwareDatetime | None
    published_at: AwareDatetime | None
    total_marks: Decimal | None
    passed: bool | None


class Room(BaseModel):
    """一页考场名单。"""

    items: list[Seat]
    next: str | None


class Script(BaseModel):
    """一份待评的主观题答卷;只有编号,没有姓名。"""

    script_no: str
    item: int
    question_no: str
    stem: str
    reference: str
    answer: str
    maximum: Decimal
    marks: Decimal | None
    reason: str | None


class Scripts(BaseModel):
    """一页答卷。"""

    items: list[Script]
    next: str | None


class Question(wire.Body):
    """一道题目。"""

    question_no: Annotated[str, Field(max_length=30)]
    kind: Literal["single", "multiple", "judgement", "case"]
    category: Annotated[str | None, Field(description="执法门类;通用题不填")] = None
    topic: Annotated[str, Field(max_length=60, description="知识点")]
    difficulty: Annotated[int, Field(ge=1, le=5)] = 3
    stem: Annotated[str, Field(max_length=2000)]
    options: Annotated[list[str], Field(max_length=8, default_factory=list)]
    answer: Annotated[str, Field(max_length=4000)]
    basis: Annotated[str, Field(max_length=200)] = ""
    bank_level: Literal["ministry", "province"] = "province"


class NewQuestion(wire.Body):
    """新题目或新版本。"""

    agency_id: Agency
    question: Question


class StoredQuestion(Question):
    """题库中的一个版本,含答案。"""

    id: UUID
    agency_id: int
    version: int
    state: str
    created_by: UUID
    checked_by: UUID | None


class Bank(BaseModel):
    """一页题库。"""

    items: list[StoredQuestion]
    next: str | None


class QuestionState(BaseModel):
    """题目的版本和状态。"""

    id: UUID
    question_no: str
    version: int
    state: str


class QuestionSheetFault(BaseModel):
    """导入表格中有问题的一行。"""

    line: int
    question_no: str
    fields: dict[str, str]


class QuestionsImported(BaseModel):
    """导入结果;有任何一行有问题的,一行也不导入。"""

    imported: int
    faults: list[QuestionSheetFault]


class PaperRule(wire.Body):
    """组卷规则。"""

    kind: Literal["single", "multiple", "judgement", "case"]
    count: Annotated[int, Field(ge=1, le=200)]
    marks: Annotated[Decimal, Field(gt=0, le=200, decimal_places=1)]
    topic: Annotated[str | None, Field(max_length=60)] = None
    difficulty: Annotated[int | None, Field(ge=1, le=5)] = None
    bank_level: Literal["ministry", "province"] | None = None


class ShownRule(BaseModel):
    """模板里的一条组卷规则。"""

    kind: str
    count: int
    marks: Decimal
    topic: str | None
    difficulty: int | None
    bank_level: str | None


class NewTemplate(wire.Body):
    """试卷模板。"""

    agency_id: Agency
    template_no: Annotated[str, Field(min_length=1, max_length=30)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    rules: Annotated[list[PaperRule], Field(min_length=1, max_length=50)]
    minutes: Annotated[int, Field(ge=1, le=600)]
    pass_marks: Annotated[Decimal, Field(gt=0, le=999, decimal_places=1)]


class MadeTemplate(BaseModel):
    """新模板。"""

    id: UUID
    template_no: str
    full_marks: Decimal
    pass_marks: Decimal


class Template(MadeTemplate):
    """一个试卷模板。"""

    agency_id: int
    name: str
    rules: list[ShownRule]
    minutes: int


class Templates(BaseModel):
    """一页试卷模板。"""

    items: list[Template]
    next: str | None


# ---------------------------------------------------------------------- 考生
@router.get("/sittings", summary="我的考试", responses=responses(422), response_model=MySittings)
def list_my_sittings(work: CurrentWork, limit: wire.Limit = 50, after: wire.After = None) -> Any:
    """只有本人的,按开考时间。"""
    return engine.my_sittings(work, limit, after)


@router.post(
    "/sittings/{sitting_id}/begin", summary="进入考试", responses=responses(404, 409), response_model=DeskWithPaper
)
def begin_sitting(work: CurrentWork, sitting_id: wire.Id) -> Any:
    """第一次进入时开始计时;断线后再次进入,得到试卷、已保存的作答和剩余时间。"""
    return engine.begin_sitting(work, str(sitting_id))


@router.put(
    "/sittings/{sitting_id}/answers", summary="保存作答", responses=responses(404, 409, 422), response_model=Desk
)
def save_answers(work: CurrentWork, sitting_id: wire.Id, body: SittingAnswers) -> Any:
    """随答随存;时间到后不再接收。"""
    return engine.save_answers(work, str(sitting_id), body.answers)


@router.post(
    "/sittings/{sitting_id}/submission", summary="交卷", responses=responses(404, 409, 422), response_model=Desk
)
def submit_sitting(work: CurrentWork, sitting_id: wire.Id, body: SittingAnswers) -> Any:
    """重复交卷只算一次。"""
    return engine.submit_sitting(work, str(sitting_id), body.answers)


@router.post(
    "/sittings/{sitting_id}/leaving", summary="离开考试页面", responses=responses(404, 409), response_model=Desk
)
def note_leaving(work: CurrentWork, sitting_id: wire.Id, body: Leaving) -> Any:
    """只作记录。"""
    return engine.note_leaving(work, str(sitting_id), body.what)


# ---------------------------------------------------------------------- 组织与评卷
@router.post(
    "/sittings/{sitting_id}/extension", summary="延长答题时间", responses=responses(404, 409, 422), response_model=Desk
)
def extend_sitting(work: CurrentWork, sitting_id: wire.Id, body: Extension, key: wire.IdempotencyKey = None) -> Any:
    """写明理由(断电、断网等),记入经过。"""
    return engine.extend_sitting(work, str(sitting_id), body.minutes, body.reason, **keyed(key))


@router.get("/exams", summary="考试", responses=responses(422), response_model=Exams)
def list_exams(work: CurrentWork, limit: wire.Limit = 50, after: wire.After = None) -> Any:
    """本人数据范围内的考试,新的在前;考试管理、监考和评卷人员可见。"""
    return engine.exams_held(work, limit, after)


@router.get("/exams/{exam_id}/sittings", summary="考场名单", responses=responses(404, 422), response_model=Room)
def list_exam_sittings(work: CurrentWork, exam_id: wire.Id, limit: wire.Limit = 50, after: wire.After = None) -> Any:
    """按座位;成绩在公布后才有,作答从不在内。"""
    return engine.exam_sittings(work, str(exam_id), limit, after)


@router.get("/exams/{exam_id}/scripts", summary="待评答卷", responses=responses(404, 422), response_model=Scripts)
def list_scripts(
    work: CurrentWork,
    exam_id: wire.Id,
    round_: Annotated[int, Query(alias="round", ge=1, le=3, description="第几人评卷")] = 1,
    limit: wire.Limit = 50,
    after: wire.After = None,
) -> Any:
    """主观题答卷和参考答案;没有姓名,看不到他人的评分。"""
    return engine.exam_scripts(work, str(exam_id), round_, limit, after)


# ---------------------------------------------------------------------- 题库与模板
@router.get("/questions", summary="题库", responses=responses(422), response_model=Bank)
def list_questions(
    work: CurrentWork,
    state: Annotated[Literal["draft", "active", "retired", "replaced"] | None, Query(description="状态")] = None,
    limit: wire.Limit = 50,
    after: wire.After = None,
) -> Any:
    """按题目编号和版本;含答案,仅题库管理人员可见。"""
    return engine.questions(work, state, limit, after)


@router.post("/questions", summary="新增题目或新版本", responses=responses(422, 409), response_model=QuestionState)
def draft_question(work: CurrentWork, body: NewQuestion, key: wire.IdempotencyKey = None) -> Any:
    """待另一人审核后启用。"""
    return engine.draft_question(work, body.agency_id, body.question.model_dump(), **keyed(key))


@router.post(
    "/questions/import",
    summary="导入题目",
    responses=responses(422),
    response_model=QuestionsImported,
    openapi_extra=_SHEET,
)
async def import_questions(
    request: Request,
    session: CurrentSession,
    agency_id: Annotated[int, Query(ge=0, le=2_147_483_647, description="机构编号")],
) -> Any:
    """CSV(UTF-8 或 GB 18030)或 XLSX,第一行为列名;逐行指出问题,有问题的整份不导入。"""
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > _MOST:
            raise InvalidAnswers({"file": "文件过大(上限 20 MB),请分批导入"})
    return await run_in_threadpool(lambda: engine.import_questions(work_of(request, session), agency_id, bytes(data)))


@router.post(
    "/questions/{question_id}/activation",
    summary="审核启用",
    responses=responses(404, 409),
    response_model=QuestionState,
)
def activate_question(work: CurrentWork, question_id: wire.Id, key: wire.IdempotencyKey = None) -> Any:
    """由出题人以外的人审核;旧版本同时停用。"""
    return engine.activate_question(work, str(question_id), **keyed(key))


@router.post(
    "/questions/{question_id}/retirement",
    summary="停用题目",
    responses=responses(404, 409),
    response_model=QuestionState,
)
def retire_question(work: CurrentWork, question_id: wire.Id, key: wire.IdempotencyKey = None) -> Any:
    """此后组卷不再使用;已组成的试卷不变。"""
    return engine.retire_question(work, str(question_id), **keyed(key))


@router.get("/exam-templates", summary="试卷模板", responses=responses(422), response_model=Templates)
def list_templates(work: CurrentWork, limit: wire.Limit = 50, after: wire.After = None) -> Any:
    """按编号。"""
    return engine.templates(work, limit, after)


@router.post("/exam-templates", summary="新建试卷模板", responses=responses(409, 422), response_model=MadeTemplate)
def make_template(work: CurrentWork, body: NewTemplate, key: wire.IdempotencyKey = None) -> Any:
    """模板不作修改,改动的另编编号。"""
    given = body.model_dump()
    return engine.make_template(work, **given, **keyed(key))
