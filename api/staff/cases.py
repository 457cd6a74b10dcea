"""Cases: starting, searching, the whole view, what comes in; processes that can be started; colleagues."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed
from kernel import permissions
from kernel.errors import InvalidAnswers
from registers import case as cases
from registers import officer as officers

router = APIRouter()
Key = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]*$", max_length=64, description="流程")]
Term = Annotated[str | None, Query(max_length=200)]


@router.get(
    "/processes", tags=["立案"], summary="可启动的流程", responses=responses(409), response_model=list[wire.Process]
)
def list_processes(work: CurrentWork) -> Any:
    """本人岗位可以启动的流程。"""
    return engine.startable(work)


@router.get(
    "/processes/{process}/form",
    tags=["立案"],
    summary="启动表单",
    responses=responses(404, 409),
    response_model=wire.StartForm,
)
def get_start_form(
    work: CurrentWork,
    process: Key,
    record: Annotated[UUID | None, Query(description="在这份记录中启动:预填它已知的内容")] = None,
) -> Any:
    """流程的启动表单。"""
    return engine.start_form(work, process, str(record) if record else None)


@router.post(
    "/processes/{process}/form",
    tags=["立案"],
    summary="启动表单此刻的样子",
    responses=responses(404, 409),
    response_model=wire.Filled,
)
def fill_start_form(
    work: CurrentWork,
    process: Key,
    body: wire.Answers,
    record: Annotated[UUID | None, Query(description="在这份记录中启动")] = None,
) -> Any:
    """按所填内容算出应显示、必填、计算的栏目和已填而有误之处;不保存。"""
    return engine.filled_start(work, process, body.answers, str(record) if record else None)


@router.post(
    "/cases",
    tags=["立案"],
    summary="启动案件",
    status_code=201,
    responses=responses(404, 409),
    response_model=wire.Stepped,
)
def start_case(work: CurrentWork, body: wire.Start, key: wire.IdempotencyKey = None) -> Any:
    """以启动表单的内容开始一个流程,案件走到第一处停顿。"""
    return engine.start(work, body.process, body.facts, agency_id=body.agency_id, category=body.category, **keyed(key))


@router.get("/cases", tags=["案件"], summary="检索案件", responses=responses(), response_model=wire.CasePage)
def search_cases(
    work: CurrentWork,
    number: Annotated[str | None, Query(max_length=100, description="案号或文书号,须完整")] = None,
    party: Annotated[str | None, Query(max_length=100, description="当事人姓名、名称或证件号,须完整")] = None,
    plate: Annotated[str | None, Query(max_length=20, description="车牌号")] = None,
    text: Annotated[str | None, Query(max_length=200, description="以上任何一种,可用空格隔开多个")] = None,
    status: Annotated[str | None, Query(max_length=40, description="案件状态")] = None,
    category: Annotated[str | None, Query(pattern=r"^0[1-8]$", description="执法门类")] = None,
    started: Annotated[bool, Query(description="只要本人启动的")] = False,
    limit: wire.Limit = 50,
    after: wire.After = None,
) -> Any:
    """只含本人数据范围内的案件,新的在前。"""
    permissions.demand(work, "case.search")
    if started:
        text = f"{text or ''} @{work.person.id}"
    with work.transaction(hints=cases.HINTS):
        page = cases.search(
            work,
            number=number,
            party=party,
            plate=plate,
            text=text,
            status=status,
            category=category,
            limit=limit,
            after=after,
        )
    for row in page["items"]:
        row["fine_amount"] = _yuan(row["fine_amount"])
    return page


def _yuan(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"


@router.get(
    "/cases/{case_id}", tags=["案件"], summary="案件全貌", responses=responses(404), response_model=wire.CaseView
)
def get_case(work: CurrentWork, case_id: wire.Id) -> Any:
    """事实、位置、经过、期限的计算、文书、证据。查看留下审计记录。"""
    found = engine.case(work, str(case_id))
    found["case"]["fine_amount"] = _yuan(found["case"]["fine_amount"])
    return found


@router.get(
    "/cases/{case_id}/related",
    tags=["案件"],
    summary="关联案件",
    responses=responses(404),
    response_model=list[wire.RelatedCase],
)
def list_related(work: CurrentWork, case_id: wire.Id) -> Any:
    """同一当事人、同一车辆的其他案件,新的在前。"""
    return engine.related(work, str(case_id))


@router.get(
    "/records/{record_id}", tags=["案件"], summary="记录全貌", responses=responses(404), response_model=wire.RecordView
)
def get_record(work: CurrentWork, record_id: wire.Id) -> Any:
    """案件、线索等任何一种记录:登记栏、事实、经过、期限、文书、证据。查看留下审计记录。"""
    return engine.record(work, str(record_id))


@router.get(
    "/records/{record_id}/actions",
    tags=["案件"],
    summary="可对案件做的操作",
    responses=responses(404),
    response_model=list[wire.Action],
)
def list_actions(work: CurrentWork, record_id: wire.Id) -> Any:
    """关注、抄送、挂起和恢复其流程;各项对环节、文书、期限的后果。"""
    return engine.acts_on_record(work, str(record_id))


@router.get(
    "/records/{record_id}/processes",
    tags=["立案"],
    summary="可在记录中启动的程序",
    responses=responses(404, 409),
    response_model=list[wire.BesideProcess],
)
def list_beside(work: CurrentWork, record_id: wire.Id) -> Any:
    """本人岗位可以在这份记录中启动的并行程序(查封扣押、回避、中止等),以及正在进行几个。"""
    return engine.beside(work, str(record_id))


@router.post(
    "/records/{record_id}/processes",
    tags=["立案"],
    summary="启动并行程序",
    status_code=201,
    responses=responses(404, 409),
    response_model=wire.Stepped,
)
def start_beside(work: CurrentWork, record_id: wire.Id, body: wire.StartBeside, key: wire.IdempotencyKey = None) -> Any:
    """在已有记录中启动一个程序,与正在进行的程序并行,共用记录的事实。"""
    return engine.start_beside(work, str(record_id), body.process, body.facts, **keyed(key))


@router.post(
    "/cases/{case_id}/messages",
    tags=["案件"],
    summary="登记来件",
    responses=responses(404, 409),
    response_model=wire.Stepped,
)
def receive_message(work: CurrentWork, case_id: wire.Id, body: wire.Message, key: wire.IdempotencyKey = None) -> Any:
    """陈述申辩、听证申请、缴款回单等;没有环节等待它、或者什么都没有填写时拒绝。"""
    asked = engine.words(work)["messages"].get(body.message)
    fields = [one["element"] for section in asked["form"]["sections"] for one in section["fields"]] if asked else []
    if fields and not any(value not in (None, "", [], {}) for value in body.facts.values()):
        # it would move the case on, and nobody could say what came
        raise InvalidAnswers({fields[0]: "还没有填写来件的内容,请至少填写一栏后登记"})
    return engine.receive(work, str(case_id), body.message, body.facts, **keyed(key))


@router.get("/words", tags=["人员"], summary="代码的名称", responses=responses(), response_model=wire.Words)
def list_words(work: CurrentWork) -> Any:
    """岗位、代码表、文书、流程、来件、数据范围内的机构:键 → 名称。"""
    return engine.words(work)


@router.get(
    "/officers", tags=["人员"], summary="可承担某岗位的同事", responses=responses(), response_model=list[wire.Officer]
)
def list_officers(
    work: CurrentWork,
    agency_id: Annotated[int, Query(ge=0, le=2_147_483_647)],
    category: Annotated[str, Query(pattern=r"^0[1-8]$")],
    role: Annotated[
        str | None,
        Query(pattern=r"^[a-z][a-z_]*$", max_length=40, description="岗位;空为任何岗位", examples=["officer"]),
    ] = None,
) -> Any:
    """今日在岗、对该机构和门类承担该岗位的人(转办、选择执法人员用)。"""
    permissions.demand(work, "task.claim")
    with work.transaction(hot=True):
        return officers.with_role(work, role, agency_id, category, work.today)
