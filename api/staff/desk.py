"""One's own desk: unread marks, own dates, saved searches, columns, news."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field

import engine
from api.people import CurrentWork
from api.problems import responses
from api.staff import wire
from api.staff.keyed import keyed

router = APIRouter(tags=["工作台"])
Box = Literal["mine", "unit", "sign", "done", "started", "cc", "follow"]
_Key = Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")]


class Seen(BaseModel):
    """标为已读或未读。"""

    task_ids: list[UUID] = Field(max_length=200)
    seen: bool = True


class Marked(BaseModel):
    """标记的结果;空为全部。"""

    marked: int | None


class OwnDate(BaseModel):
    """自定日期。"""

    on: date | None = Field(description="空为取消")


class OwnDated(OwnDate):
    """任务的自定日期。"""

    id: UUID


class FilterQuery(BaseModel):
    """查找的条件。"""

    term: str | None = Field(None, max_length=100)
    process: str | None = Field(None, max_length=80)
    due: Literal["over", "today", "week"] | None = None
    unread: bool = False


class NewFilter(BaseModel):
    """收藏一个查找。"""

    name: str = Field(max_length=40)
    box: Box
    query: FilterQuery
    shared: bool = Field(False, description="本机构同事可见")


class Filter(NewFilter):
    """收藏的查找。"""

    id: UUID
    own: bool = Field(description="自己的;同事共享的不能删除")
    owner: str


class KeptFilter(BaseModel):
    """标识。"""

    id: UUID


class MailWish(BaseModel):
    """哪些通知也发邮件。"""

    email: str | None = Field(None, max_length=254)
    kinds: list[_Key] = Field(default_factory=list, max_length=20)
    quiet: bool = Field(True, description="非工作时间不发,到工作时间再发")


class OwnDesk(BaseModel):
    """工作台的设置。"""

    columns: dict[str, list[str]] = Field(description="列表 → 显示的列")
    email: str | None
    mail: list[str]
    quiet: bool
    kinds: dict[str, str] = Field(description="通知的种类")
    mail_works: bool = Field(description="本节点配置了邮件服务器")


class DeskChange(BaseModel):
    """没有给出的不变。"""

    columns: dict[_Key, Annotated[list[_Key], Field(max_length=20)]] | None = Field(None, max_length=20)
    mail: MailWish | None = None


class Saved(BaseModel):
    """已保存。"""

    saved: bool


class News(BaseModel):
    """一条通知。"""

    id: UUID
    kind: str
    text: str
    link: str = Field(description="页面地址")
    made_at: AwareDatetime
    read_at: AwareDatetime | None


class NewsPage(BaseModel):
    """一页通知;`next` 为空即最后一页。"""

    items: list[News]
    next: str | None


class ReadNews(BaseModel):
    """标为已读。"""

    ids: list[UUID] | None = Field(None, max_length=500, description="空为全部")


@router.post("/tasks/seen", summary="标为已读或未读", responses=responses(404), response_model=Marked)
def mark_seen(work: CurrentWork, body: Seen) -> Any:
    """只影响本人的列表。"""
    return engine.mark_seen(work, [str(one) for one in body.task_ids], body.seen)


@router.put(
    "/tasks/{task_id}/own-date", summary="自定日期", responses=responses(404, 409, 422), response_model=OwnDated
)
def set_own_date(work: CurrentWork, task_id: wire.Id, body: OwnDate) -> Any:
    """给自己定的日期,不改变法定和内部期限,别人看不到。"""
    return engine.set_own_date(work, str(task_id), body.on)


@router.get("/filters", summary="收藏的查找", responses=responses(), response_model=list[Filter])
def list_filters(work: CurrentWork) -> Any:
    """自己的在前,其次是本机构同事共享的。"""
    return engine.filters(work)


@router.post("/filters", summary="收藏查找", responses=responses(409, 422), response_model=KeptFilter)
def keep_filter(work: CurrentWork, body: NewFilter, key: wire.IdempotencyKey = None) -> Any:
    """同名的被替换。"""
    query = body.query.model_dump(exclude_none=True)
    return engine.keep_filter(work, body.name, body.box, query, body.shared, **keyed(key))


@router.delete("/filters/{filter_id}", summary="删除收藏", responses=responses(404), response_model=KeptFilter)
def drop_filter(work: CurrentWork, filter_id: wire.Id) -> Any:
    """只能删除自己的。"""
    return engine.drop_filter(work, str(filter_id))


@router.get("/desk", summary="工作台设置", responses=responses(), response_model=OwnDesk)
def get_desk(work: CurrentWork) -> Any:
    """显示的列,哪些通知也发邮件。"""
    return {**engine.my_desk(work), "mail_works": bool(work.node.settings.smtp)}


@router.put("/desk", summary="保存工作台设置", responses=responses(409, 422), response_model=Saved)
def set_desk(work: CurrentWork, body: DeskChange) -> Any:
    """随人走,不随浏览器。"""
    return engine.set_desk(work, body.columns, body.mail.model_dump() if body.mail else None)


@router.get("/news", summary="通知", responses=responses(), response_model=NewsPage)
def list_news(work: CurrentWork, limit: wire.Limit = 50, after: wire.After = None) -> Any:
    """新的在前。"""
    return engine.list_news(work, limit, after)


@router.post("/news/read", summary="通知标为已读", responses=responses(404, 422), response_model=Marked)
def read_news(work: CurrentWork, body: ReadNews) -> Any:
    """所列的或者全部。"""
    return engine.read_news(work, None if body.ids is None else [str(one) for one in body.ids])
