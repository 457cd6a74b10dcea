"""The officers' web client as Vite built it (`make web`): its one page, and its assets by hash.

Addresses of the client (`/inbox`, `/cases/…`) all answer with the one page; the client draws them. Without a build the
first page says so and everything else works.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from api import landing
from api.limits import policy_with
from kernel.errors import NotFound
from kernel.settings import ROOT

DIST = ROOT / "web" / "staff" / "dist"
# What the page needs besides scripts and styles of its own: pictures and papers that it holds as blobs, its PDF worker.
POLICY = policy_with(
    img_src=("'self'", "data:", "blob:"),
    media_src=("'self'", "blob:"),
    worker_src=("'self'",),
    font_src=("'self'", "data:"),
)
_TYPES: Mapping[str, str] = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
}
router = APIRouter(include_in_schema=False)


_NAME = re.compile(r"[\w.-]{1,120}")


@dataclass(frozen=True)
class Client:
    """Where a build goes. The disk is asked each time: a new build takes the place of an old one without a restart."""

    dist: Path

    @property
    def page(self) -> Path | None:
        """The client's one page; None without a build."""
        found = self.dist / "index.html"
        return found if found.is_file() else None

    def asset(self, name: str) -> Path | None:
        """The file of this name in the build that is there now."""
        found = self.dist / "static" / name
        return found if _NAME.fullmatch(name) and found.suffix in _TYPES and found.is_file() else None


# Below each of these the client has pages of its own: /objects/ships/…, /law/imports/…, /exams/sittings/… .
AREAS = (
    "objects", "parties", "checks", "dossiers", "disposals", "exports", "clues", "inspections", "money", "property", "law", "alerts", "releases", "exams", "evaluations", "training", "devices", "exchanges", "incidents", "people", "agencies",
    "audits",
)  # fmt: skip


@router.get("/")
@router.get("/inbox")
@router.get("/cases")
@router.get("/cases/{case_id}")
@router.get("/cases/{case_id}/tasks/{task_id}")
@router.get("/start")
@router.get("/start/{process}")
@router.get("/watch")
@router.get("/absences")
@router.get("/absences/leaving")
@router.get("/news")
def page(request: Request) -> Response:
    """The client's one page; without a build the first page of the node, which says how to get one."""
    client: Client = request.app.state.web
    found = client.page
    if found is None:
        return landing.landing(request)
    headers = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-cache",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=(self), payment=()",
    }
    return FileResponse(found, media_type="text/html", headers=headers)


for area in AREAS:
    router.get(f"/{area}")(page)
    router.get(f"/{area}/{{rest:path}}")(page)


@router.get("/static/{name}", response_class=FileResponse)
def static(request: Request, name: str) -> Response:
    """An asset. Its name holds its hash, so browsers keep it for good; sent compressed when the build did that."""
    client: Client = request.app.state.web
    path = client.asset(name)
    if path is None:
        raise NotFound("没有这个文件,网页可能已经更新", remedy="请刷新页面")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    packed = path.with_name(f"{name}.gz")
    if "gzip" in request.headers.get("accept-encoding", "") and packed.is_file():
        headers["Content-Encoding"] = "gzip"
        return FileResponse(packed, media_type=_TYPES[path.suffix], headers=headers)
    return FileResponse(path, media_type=_TYPES[path.suffix], headers=headers)
