"""Tasks: lists, claiming, the form, the draft, completing, handing over."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import BadRequest, responses
from api.staff import wire
from api.staff.keyed import keyed

router = APIRouter(prefix="/tasks", tags=["待办"])
PaperCode = Annotated[str, Path(pattern=r"^[A-Z][A-Z0-9_]{0,15}$", description="文书代码", examples=["D15"])]


class PaperDraft(BaseModel):
    """一份文书的草稿。"""

    code: str
    name: str
    docx: str = Field(description="DOCX,Base64;缺少的内容标为【待填】")
    missing: list[str] = Field(description="制作前还须补齐的,逐项说明")


@router.get("", summary="待办列表", responses=responses(), response_model=wire.TaskPage)
def list_tasks(
    work: CurrentWork,
    box: Annotated[
        Literal["mine", "unit", "done", "sign"], Query(description="我签收的、本单位待签收的、我办结的、待我会签的")
    ] = "mine",
    limit: wire.Limit = 50,
    after: wire.After = None,
    term: Annotated[
        str | None, Query(max_length=100, description="案号、当事人、车牌等,完整的或者开头三个字以上")
    ] = None,
    process: Annotated[str | None, Query(max_length=80, pattern=r"^[a-z][a-z0-9_]*$", description="流程")] = None,
    due: Annotated[
        Literal["over", "today", "week"] | None, Query(description="已超期、今天到期、七天内到期(含今天)")
    ] = None,
    unread: Annotated[bool, Query(description="只要未读的")] = False,
) -> Any:
    """按期限从急到缓;翻页用上一页的 `next`。"""
    return engine.tasks(work, box, limit, after, term, process=process, due=due, unread=unread)


@router.get("/counts", summary="待办数", responses=responses(), response_model=wire.Counts)
def count_tasks(work: CurrentWork) -> Any:
    """各类待办的数目。"""
    return engine.counts(work)


@router.get("/figures", summary="待办的缓急", responses=responses(), response_model=wire.BoxFigures)
def figure_tasks(
    work: CurrentWork,
    box: Annotated[Literal["mine", "unit", "sign"], Query(description="我签收的、本单位待签收的、待我会签的")] = "mine",
) -> Any:
    """一类待办中已超期、今天到期、七天内到期、未读的数目,和范围内未处理的预警。"""
    return engine.task_figures(work, box)


@router.get("/of-cases", summary="几件案件在他人手中的任务", responses=responses(), response_model=wire.TaskPage)
def list_others_tasks(
    work: CurrentWork,
    case_id: Annotated[list[UUID], Query(min_length=1, max_length=100, description="哪些案件,可重复")],
) -> Any:
    """他人在办或者待签收的任务,先到期的在前;用于按案件催办。至多一百项。"""
    return engine.others_tasks(work, [str(one) for one in case_id])


@router.post("/complete-all/plan", summary="预演批量办结", responses=responses(422), response_model=wire.BulkDone)
def plan_complete_all(work: CurrentWork, body: wire.Bulk) -> Any:
    """逐项试办后撤销:会产生什么待办和文书,哪些不能办结;不改变任何事。"""
    return engine.plan_complete_all(work, [str(one) for one in body.task_ids], body.answers)


@router.post("/complete-all", summary="批量办结", responses=responses(422), response_model=wire.BulkDone)
def complete_all(work: CurrentWork, body: wire.Bulk, key: wire.IdempotencyKey = None) -> Any:
    """只限流程允许批量办结的环节;各项分别核对、分别记录,一项被拒绝不影响其他。"""
    return engine.complete_all(work, [str(one) for one in body.task_ids], body.answers, **keyed(key))


@router.get("/{task_id}", summary="任务和表单", responses=responses(404), response_model=wire.Task)
def get_task(work: CurrentWork, task_id: wire.Id, response: Response) -> Any:
    """表单、预填内容、草稿、期限;`ETag` 是草稿版本。"""
    found = engine.task(work, str(task_id))
    response.headers["ETag"] = f'"{found["version"]}"'
    return found


@router.post("/{task_id}/claim", summary="签收", responses=responses(404, 409), response_model=wire.Claimed)
def claim_task(work: CurrentWork, task_id: wire.Id, key: wire.IdempotencyKey = None) -> Any:
    """签收本单位的任务;再次签收自己的任务不改变任何事。"""
    return engine.claim(work, str(task_id), **keyed(key))


@router.post("/{task_id}/release", summary="退回待办", responses=responses(404, 409), response_model=wire.Claimed)
def release_task(work: CurrentWork, task_id: wire.Id, key: wire.IdempotencyKey = None) -> Any:
    """退回本单位;草稿保留。"""
    return engine.release(work, str(task_id), **keyed(key))


@router.put(
    "/{task_id}/draft", summary="保存草稿", responses=responses(404, 409, 412, 428), response_model=wire.Drafted
)
def save_draft(
    work: CurrentWork,
    task_id: wire.Id,
    body: wire.Answers,
    response: Response,
    if_match: Annotated[str | None, Header(max_length=40, description="读到的版本(ETag)", examples=['"3"'])] = None,
) -> Any:
    """宽松检查,随时保存。版本不符(他处改过)即拒绝。"""
    saved = engine.save_draft(work, str(task_id), body.answers, _version(if_match))
    response.headers["ETag"] = f'"{saved["version"]}"'
    return saved


@router.post("/{task_id}/form", summary="表单此刻的样子", responses=responses(404, 409), response_model=wire.Filled)
def fill_form(work: CurrentWork, task_id: wire.Id, body: wire.Answers) -> Any:
    """按所填内容算出应显示、必填、计算的栏目和已填而有误之处;不保存。"""
    return engine.filled(work, str(task_id), body.answers)


@router.post(
    "/{task_id}/papers/{paper}/draft", summary="文书草稿", responses=responses(404, 409), response_model=PaperDraft
)
def draft_paper(work: CurrentWork, task_id: wire.Id, paper: PaperCode, body: wire.Answers) -> Any:
    """办结前按所填内容预览文书:缺少的内容在文中标出;不保存、不编号。"""
    found = engine.draft_paper(work, str(task_id), paper, body.answers)
    return {**found, "docx": base64.b64encode(found["docx"]).decode()}


@router.post("/{task_id}/complete", summary="办结", responses=responses(404, 409), response_model=wire.Stepped)
def complete_task(work: CurrentWork, task_id: wire.Id, body: wire.Answers, key: wire.IdempotencyKey = None) -> Any:
    """核对填写、核对守卫,案件走到下一处停顿。不合法的一律拒绝并说明条款和办法。"""
    return engine.complete(work, str(task_id), body.answers, **keyed(key))


@router.post("/{task_id}/hand-over", summary="转办", responses=responses(404, 409), response_model=wire.Claimed)
def hand_over_task(work: CurrentWork, task_id: wire.Id, body: wire.HandOver, key: wire.IdempotencyKey = None) -> Any:
    """转给承担同一岗位的同事;两人都留在记录中。"""
    return engine.hand_over(work, str(task_id), str(body.to_officer_id), body.reason, **keyed(key))


@router.get(
    "/{task_id}/return-targets",
    summary="可退回的环节",
    responses=responses(404, 409),
    response_model=list[wire.ReturnTarget],
)
def list_return_targets(work: CurrentWork, task_id: wire.Id) -> Any:
    """本环节之前办过的环节,以及两种退回方式各会收回什么、为什么不能;不改变任何事。"""
    return engine.return_targets(work, str(task_id))


@router.post("/{task_id}/return", summary="退回", responses=responses(404, 409, 422), response_model=wire.Moved)
def return_task(work: CurrentWork, task_id: wire.Id, body: wire.Return, key: wire.IdempotencyKey = None) -> Any:
    """退回到之前办过的环节,由原经办人重新办理;文书已经送达的不能退回到制作它之前。"""
    return engine.return_task(work, str(task_id), body.target, body.reason, body.way, **keyed(key))


@router.get(
    "/{task_id}/withdraw-plan", summary="预演撤回", responses=responses(404, 409), response_model=dict[str, Any]
)
def plan_withdraw(work: CurrentWork, task_id: wire.Id) -> Any:
    """撤回会收回什么;不能撤回的说明原因。不改变任何事。"""
    return engine.plan_withdraw(work, str(task_id))


@router.post("/{task_id}/withdraw", summary="撤回", responses=responses(404, 409), response_model=wire.Moved)
def withdraw_task(work: CurrentWork, task_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None) -> Any:
    """下一环节签收之前,收回本人刚办结的任务。"""
    return engine.withdraw(work, str(task_id), body.reason, **keyed(key))


@router.post("/{task_id}/delegate", summary="委派", responses=responses(404, 409), response_model=wire.Claimed)
def delegate_task(work: CurrentWork, task_id: wire.Id, body: wire.HandOver, key: wire.IdempotencyKey = None) -> Any:
    """请同事起草,交回后由本人办结;两人都留在记录中。"""
    return engine.delegate(work, str(task_id), str(body.to_officer_id), body.reason, **keyed(key))


@router.post("/{task_id}/give-back", summary="交回委派", responses=responses(404, 409), response_model=wire.Claimed)
def give_back_task(work: CurrentWork, task_id: wire.Id, body: wire.Opinion, key: wire.IdempotencyKey = None) -> Any:
    """受委派人写明意见,连同草稿交回委派人。"""
    return engine.give_back_delegated(work, str(task_id), body.opinion, **keyed(key))


@router.post("/{task_id}/recall", summary="收回委派", responses=responses(404, 409), response_model=wire.Claimed)
def recall_task(work: CurrentWork, task_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None) -> Any:
    """委派人在交回之前收回任务;已起草的内容保留。"""
    return engine.recall_delegated(work, str(task_id), body.reason, **keyed(key))


@router.get("/{task_id}/signing", summary="会签情况", responses=responses(404), response_model=wire.Signing)
def get_signing(work: CurrentWork, task_id: wire.Id) -> Any:
    """规则、会签人员和各自意见、轮到谁、还缺什么。"""
    return engine.signing_of(work, str(task_id))


@router.post("/{task_id}/sign", summary="签署意见", responses=responses(404, 409, 422), response_model=wire.Signing)
def sign_task(work: CurrentWork, task_id: wire.Id, body: wire.Sign, key: wire.IdempotencyKey = None) -> Any:
    """轮到本人时签署一次;不同意的写明理由。"""
    return engine.sign(work, str(task_id), body.opinion, body.note, **keyed(key))


@router.post("/{task_id}/signers", summary="加签", responses=responses(404, 409, 422), response_model=wire.Signing)
def add_signer(work: CurrentWork, task_id: wire.Id, body: wire.MoreSigner, key: wire.IdempotencyKey = None) -> Any:
    """经办人增加一名会签人员:之前、同时或者之后。"""
    return engine.add_signer(work, str(task_id), str(body.officer_id), body.way, body.reason, **keyed(key))


@router.post("/{task_id}/signers/remove", summary="减签", responses=responses(404, 409), response_model=wire.Signing)
def remove_signer(work: CurrentWork, task_id: wire.Id, body: wire.LessSigner, key: wire.IdempotencyKey = None) -> Any:
    """经办人减去尚未签署的会签人员;已签的意见保留。"""
    return engine.remove_signer(work, str(task_id), str(body.officer_id), body.reason, **keyed(key))


def _version(if_match: str | None) -> int:
    if if_match is None:
        raise BadRequest(428, "缺少 If-Match", "请带上读取任务时得到的 ETag,以免覆盖他处的修改")
    text = if_match.removeprefix("W/").strip('" ')
    if not text.isdigit() or len(text) > 9:
        raise BadRequest(400, "If-Match 应为读取任务时得到的 ETag", '例如 If-Match: "3"')
    return int(text)
