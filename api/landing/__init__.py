"""The first page: what runs here, whether it is whole, who may log in for a try, and the documentation of the API.

Everything comes from this server: the pages work without an outside network and under a strict content policy.
"""

from __future__ import annotations

import functools
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, select_autoescape

import engine
from api.limits import policy_with
from kernel.errors import NotFound, Problem
from kernel.settings import ROOT
from kernel.work import LOCAL, SYSTEM_ID, Node, Person, Work
from registers import account

router = APIRouter(include_in_schema=False)
_HERE = Path(__file__).parent
_PAGES = Environment(
    loader=FileSystemLoader(_HERE), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
)
DEMO = ROOT / "deploy" / "seeds" / "demo.yaml"
KINDS = {"ministry": "部级节点", "province": "省级节点", "city": "市级节点"}
_OWN = {
    "landing.css": "text/css",
    "landing.js": "text/javascript",
    "docs.js": "text/javascript",
    "docs.css": "text/css",
}
_SWAGGER = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}


@router.get("/welcome", response_class=HTMLResponse)
def landing(request: Request) -> HTMLResponse:
    """The page. Shows as much as it can while the database is away."""
    node: Node = request.app.state.node
    state = _state(node)
    text = _PAGES.get_template("landing.html").render(
        **state,
        pdf=pdf_available(node),
        web=request.app.state.web.page is not None,
    )
    return HTMLResponse(text)


@router.get("/welcome.json")
def welcome(request: Request) -> dict[str, Any]:
    """What the log-in page shows: the node, and whose log-ins may be tried where demo data is loaded."""
    node: Node = request.app.state.node
    state = _state(node)
    demo = state["demo"]
    if demo is not None:
        names = state["role_names"]
        people = [{**p, "roles": [names.get(r, r) for r in p["roles"]]} for p in demo["people"]]
        demo = {**demo, "people": people}
    return {"where": state["where"], "fault": state["fault"], "demo": demo}


def pdf_available(node: Node) -> bool:
    """Can papers become PDF/A here?"""
    return node.settings.pdf == "auto" and shutil.which("soffice") is not None


def _state(node: Node) -> dict[str, Any]:
    work = Work(node, Person(SYSTEM_ID, "系统", 0))
    try:
        with work.transaction():
            people = work.rows("select login from account where not disabled")
            region = work.one("select name from agency where code = %s", (node.settings.node_code,))
            release = engine.current_release(work)
        since = release.effective_from.astimezone(LOCAL) if release.effective_from else None
        processes = [release.process(key).name for key in release.processes if release.process(key).start.form]
        roles = {key: role.name for key, role in release.permissions.roles.items()}
        content: dict[str, Any] = {
            "release": release.hash,
            "since": since,
            "ground": release.ground,
            "processes": processes,
        }
        fault = ""
    except Problem as problem:
        people, content, roles, fault, region = [], {}, {}, problem.detail, None
    demo = demo_logins(node, {p["login"] for p in people}) if people else None
    where = f"{KINDS[node.settings.node_kind]} · {region['name'] if region else node.settings.node_code}"
    return {"content": content, "fault": fault, "demo": demo, "role_names": roles, "where": where}


def demo_logins(node: Node, present: set[str]) -> dict[str, Any] | None:
    """The demo's people that are really here with the demo's password; None when there are none."""
    password, people = _demo()
    found = [p for p in people if p["login"] in present]
    if not found or not _opens(node, found[0]["login"], password):
        return None
    return {"password": password, "people": found}


@functools.cache
def _demo() -> tuple[str, list[dict[str, str]]]:
    if not DEMO.exists():
        return "", []
    seed = yaml.safe_load(DEMO.read_text(encoding="utf-8"))
    agencies = {a["id"]: a["name"] for a in seed["agencies"]}
    people = [
        {
            "login": o["login"],
            "name": o["name"],
            "agency": agencies[o["agency"]],
            "roles": [r["role"] for r in o["roles"]],
        }
        for o in seed["officers"]
        if o.get("roles")
    ]
    return seed["password"], people


_known: dict[tuple[str, bytes], bool] = {}


def _opens(node: Node, login: str, password: str) -> bool:
    work = Work(node, account.STRANGER)
    with work.transaction():
        row = work.one("select password from account where login = %s", (login,))
    if row is None:
        return False
    key = (login, row["password"].encode())
    if key not in _known:
        _known[key] = account.matches(row["password"], password)
    return _known[key]


@router.get("/docs", response_class=HTMLResponse)
def docs() -> HTMLResponse:
    """Swagger UI, served from here. It styles itself inline, which its page's policy allows; scripts stay ours."""
    text = _PAGES.get_template("docs.html").render()
    return HTMLResponse(text, headers={"Content-Security-Policy": policy_with(style_src=("'self'", "'unsafe-inline'"))})


@router.get("/assets/{name}", response_class=FileResponse)
def asset(name: str) -> Response:
    """A stylesheet or script of these pages."""
    media_type = _OWN.get(name) or _SWAGGER.get(name)
    if media_type is None:
        raise NotFound("没有这个文件")
    folder = _HERE if name in _OWN else Path(str(resources.files("fastapi_offline"))) / "static"
    return FileResponse(folder / name, media_type=media_type, headers={"Cache-Control": "public, max-age=3600"})
