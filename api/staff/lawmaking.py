"""The law base changes: files of laws and items come in, differ, and wait for a second person; provinces publish their days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel, Field, ValidationError
from starlette.datastructures import UploadFile

import engine
from api import nodes
from api.people import CurrentSession, CurrentWork, work_of
from api.problems import responses, sentence
from api.staff import wire
from api.staff.keyed import keyed
from kernel import permissions
from kernel.errors import InvalidAnswers
from kernel.work import Work

router = APIRouter(tags=["法规与日历"])
State = Literal["open", "approved", "rejected"]
Division = Annotated[str, Path(pattern=r"^[1-9]\d0000$", description="省级行政区划代码", examples=["440000"])]
Ground = Annotated[str, Field(min_length=1, max_length=2000, description="公布文件:名称、文号")]


class Import(wire.Body):
    """随文件提交的说明。"""

    kind: Literal["law", "item"] = Field(description="law 法规,item 违法行为事项")
    ground: Ground
    effective_from: AwareDatetime | None = Field(None, description="批准后何时起适用;不填为批准时")


class LawDifference(BaseModel):
    """一处差异。"""

    change: Literal["new", "changed", "repealed"] = Field(description="新增、修改、失效")
    what: str
    before: str
    after: str


class LawImported(BaseModel):
    """已收下、待另一人批准的导入。"""

    id: UUID
    state: State
    differences: list[LawDifference]


class LawImportItem(BaseModel):
    """导入列表的一行。"""

    id: UUID
    state: State
    changes: int = Field(description="差异多少处")
    kind: Literal["law", "item"]
    path: str = Field(description="文件名")
    base_release: str = Field(description="导入时的内容版本")
    effective_from: AwareDatetime | None
    ground: str
    imported_by: UUID
    imported_at: AwareDatetime
    decided_by: UUID | None
    decided_at: AwareDatetime | None
    reason: str | None = Field(description="退回理由")
    release: str | None = Field(description="批准后成为的内容版本")


class LawImport(LawImportItem):
    """一次导入和它的差异清单。"""

    differences: list[LawDifference]


class LawImports(BaseModel):
    """一页导入。"""

    items: list[LawImportItem]
    next: str | None


class LawApproved(BaseModel):
    """批准的结果。"""

    id: UUID
    state: State
    release: str
    effective_from: AwareDatetime


class LawRejected(BaseModel):
    """退回的结果。"""

    id: UUID
    state: State


class OwnDay(wire.Body):
    """本省的一天。"""

    day: date = Field(examples=["2026-04-20"])
    working: bool = Field(description="true 上班,false 休息")
    name: Annotated[str, Field(min_length=1, max_length=60, examples=["三月三"])]
    source: Annotated[str, Field(min_length=1, max_length=200, description="依据文件")]


class OwnYear(wire.Body):
    """本省一年的休息日、工作日;代替同年的上一版。"""

    days: list[OwnDay] = Field(max_length=366)
    ground: Ground
    effective_from: AwareDatetime | None = Field(None, description="何时起适用;不填为立即")


class CalendarPublished(BaseModel):
    """公布的结果;未结期限随即重新计算,见 /recomputes。"""

    id: UUID
    division: str
    year: int
    version: int
    days: int
    recompute: UUID


class CalendarVersion(BaseModel):
    """已公布的一版。"""

    id: UUID
    division: str
    year: int
    version: int
    days: list[OwnDay]
    ground: str
    effective_from: AwareDatetime
    published_by: UUID
    published_at: AwareDatetime


class CalendarVersions(BaseModel):
    """一页已公布的版本。"""

    items: list[CalendarVersion]
    next: str | None


class CalendarDay(BaseModel):
    """与平常的周不同的一天。"""

    day: date
    working: bool
    name: str
    source: str
    province: bool = Field(description="是否本省自己的")


class CalendarYear(BaseModel):
    """一年的日历。"""

    year: int
    announced: bool = Field(description="国家的调休安排是否已公布;未公布的按平常的周和法定节日暂计")
    version: str
    days: list[CalendarDay]


_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "kind", "ground"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "YAML;违法行为事项还可用 XLSX、CSV(UTF-8 或 GB 18030)",
                        },
                        **Import.model_json_schema()["properties"],
                    },
                }
            }
        },
    }
}


# ---------------------------------------------------------------------- laws and items
@router.get("/law/imports", summary="法规导入", responses=responses(), response_model=LawImports)
def list_law_imports(
    work: CurrentWork,
    state: Annotated[State | None, Query(description="待审核、已批准、已退回")] = None,
    limit: wire.Limit = 50,
    after: Annotated[UUID | None, Query(description="上一页的 next")] = None,
) -> Any:
    """新的在前。"""
    return engine.law_imports(work, state, limit, None if after is None else str(after))


@router.post(
    "/law/imports",
    summary="导入法规或事项",
    status_code=201,
    responses=responses(409, 413),
    response_model=LawImported,
    openapi_extra=_FORM,
)
async def import_law(request: Request, who: CurrentSession, key: wire.IdempotencyKey = None) -> Any:
    """列出与现行内容的差异,由另一人批准后才生效;有问题的整份不收,逐处说明。"""
    work = work_of(request, who)
    permissions.demand(work, "law.import")  # before the body is read
    async with request.form(max_files=1, max_fields=4) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise InvalidAnswers({"file": "缺少文件,请选择要导入的文件"})
        told = _told({name: value for name, value in form.items() if name != "file"})
        name, data = file.filename, await file.read()
    return await run_in_threadpool(
        lambda: engine.import_law(work, told.kind, name, data, told.ground, told.effective_from, **keyed(key))
    )


def _told(given: Mapping[str, object]) -> Import:
    try:
        return Import.model_validate({name: value for name, value in given.items() if value != ""})
    except ValidationError as error:
        raise InvalidAnswers({str(e["loc"][0]): sentence(dict(e)) for e in error.errors()}) from error


@router.get("/law/imports/{import_id}", summary="一次导入", responses=responses(404), response_model=LawImport)
def get_law_import(work: CurrentWork, import_id: wire.Id) -> Any:
    """差异清单和审核结果。"""
    return engine.law_import(work, str(import_id))


@router.post(
    "/law/imports/{import_id}/approval", summary="批准导入", responses=responses(404, 409), response_model=LawApproved
)
def approve_law(work: CurrentWork, import_id: wire.Id, key: wire.IdempotencyKey = None) -> Any:
    """由导入人以外的人批准;成为新的内容版本,在办案件也按其日期适用。"""
    return _refreshed(work, engine.approve_law(work, str(import_id), **keyed(key)))


@router.post(
    "/law/imports/{import_id}/rejection", summary="退回导入", responses=responses(404, 409), response_model=LawRejected
)
def reject_law(work: CurrentWork, import_id: wire.Id, body: wire.Reason, key: wire.IdempotencyKey = None) -> Any:
    """由导入人以外的人说明理由退回;内容不变。"""
    return engine.reject_law(work, str(import_id), body.reason, **keyed(key))


def _refreshed(work: Work, answer: Any) -> Any:
    nodes.refresh(work.node)
    return answer


# ---------------------------------------------------------------------- calendars
@router.get("/calendar", summary="日历", responses=responses(), response_model=CalendarYear)
def get_calendar(
    work: CurrentWork,
    year: Annotated[int, Query(ge=1990, le=2120, description="年份")],
    agency_id: Annotated[int | None, Query(ge=0, le=2_147_483_647, description="机构;不填为本人所在机构")] = None,
) -> Any:
    """该机构适用的一年:与平常的周不同的日子,各附名称和依据,是否本省自己的。"""
    return engine.calendar_year(work, work.person.agency_id if agency_id is None else agency_id, year)


@router.get("/calendars", summary="各省公布的日历", responses=responses(), response_model=CalendarVersions)
def list_calendars(
    work: CurrentWork,
    division: Annotated[str | None, Query(pattern=r"^[1-9]\d0000$", description="省级行政区划代码")] = None,
    limit: wire.Limit = 50,
    after: Annotated[UUID | None, Query(description="上一页的 next")] = None,
) -> Any:
    """各版本,新的在前;先前的版本不删不改。"""
    return engine.province_calendars(work, division, limit, None if after is None else str(after))


@router.put(
    "/calendars/{division}/{year}",
    summary="公布本省日历",
    responses=responses(409),
    response_model=CalendarPublished,
)
def publish_calendar(
    work: CurrentWork,
    division: Division,
    year: Annotated[int, Path(ge=1990, le=2120)],
    body: OwnYear,
    key: wire.IdempotencyKey = None,
) -> Any:
    """代替同年的上一版,只用于本省机构;未结期限重新计算,变动的案件和原因见 /recomputes。"""
    days = [day.model_dump() for day in body.days]
    return engine.publish_calendar(work, division, year, days, body.ground, body.effective_from, **keyed(key))
