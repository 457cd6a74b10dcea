"""`make demo`, the main job without a screen: two ordinary cases from report to sealed, verified dossier.

Ordinary people act through the same verbs as the API; the clock is settable, so that months pass in a minute. One case is
paid in time without a hearing, the other has a hearing and is paid late. Exit code 0 only if both dossiers verify and the
audit chain is whole.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from PIL import Image, ImageDraw

import engine
from api import nodes, serving
from kernel import audit, db
from kernel.errors import Refusal
from kernel.settings import Settings, settings
from kernel.work import LOCAL, Node, Person, SettableClock, Work
from registers import account, evidence, seed

Say = Callable[[str], None]
PROCESS = "case_ordinary"
STORIES = ("paid_in_time", "hearing_paid_late")
PHOTOS_AT = "collect_evidence"
PEOPLE = "deploy/seeds/demo.yaml"


@dataclass
class Done:
    """One case of the demo."""

    number: str
    papers: int
    steps: int
    dossier: Path
    verified: bool
    faults: list[str]


def run(say: Say) -> int:
    """Plays both cases on a fresh node; prints each step; 0 when everything holds."""
    wanted = _settings()
    clock = SettableClock(datetime(2026, 1, 5, 9, 0, tzinfo=LOCAL))
    node = nodes.open_node(wanted, clock=clock)
    try:
        db.migrate(node.db.owner, wanted.app_role, say, wanted.app_password)
        if nodes.refresh(node) is not None:
            raise Refusal("演示须在空库上进行,这个数据库已经发布过内容", remedy="为演示另建一个空数据库")
        serving.publish(node, "演示")
        seed.load(serving.system_work(node), wanted.content / PEOPLE)
        engine.add_trial_seals(node)
        available, why = engine.pdf_available(node)
        say("PDF/A:由 LibreOffice 生成" if available else f"PDF:关闭({why}),文书只有 DOCX")
        done = [_case(node, clock, name, say) for name in STORIES]
        whole = _audit(node, say)
    finally:
        node.db.close()
    for one in done:
        for fault in one.faults:
            say(f"不符:{fault}")
        state = "verified" if one.verified and not one.faults else "NOT VERIFIED"
        say(f"demo: {one.number} archived, {one.papers} papers, {one.steps} steps, dossier {one.dossier}, {state}")
    return 0 if whole and all(one.verified and not one.faults for one in done) else 1


def _settings() -> Settings:
    """The demo's own data directory, begun anew; a DSN of the operator's is used as it is."""
    base = settings()
    var = base.var / "demo"
    if not base.dsn:
        shutil.rmtree(var, ignore_errors=True)
    var.mkdir(parents=True, exist_ok=True)
    return base.model_copy(update={"var": var})


def _case(node: Node, clock: SettableClock, name: str, say: Say) -> Done:
    path = f"processes/national/{PROCESS}/stories/{name}.yaml"
    story = engine.read_story(path, (node.settings.content / path).read_bytes())
    say(f"── {story.name}")
    people: dict[str, Person] = {}

    def person(login: str) -> Person:
        if login not in people:
            people[login] = account.person_of_login(Work(node, account.STRANGER), login)
        return people[login]

    def photos(step: str, by: str, case_id: str) -> None:
        if step == PHOTOS_AT:
            _photos(Work(node, person(by)), case_id, clock)

    if clock.at > story.start.at:
        clock.set(story.start.at)  # the second case is another year's calendar page: its own days, not later ones
    played = engine.Player(node, clock, person, say, before=photos).play(PROCESS, story)
    target = node.settings.var / f"{played.case_number or name}.zip"
    digest = played.facts.get("dossier_sha256")
    if not digest:
        return Done(
            played.case_number or "?", len(played.papers), played.steps, target, False, played.faults or ["没有卷宗"]
        )
    target.write_bytes(node.files.read(bytes.fromhex(digest)))
    report = engine.verify(target)
    faults = played.faults + list(report.faults)
    if played.status != "archived":
        faults.append(f"案件未归档,状态为 {played.status}")
    return Done(played.case_number or "?", len(played.papers), played.steps, target, not report.faults, faults)


def _photos(work: Work, case_id: str, clock: SettableClock) -> None:
    """Three photographs of the weighing station, each with its text burnt in."""
    for text in ("FRONT", "SIDE 6 AXLES 55000 KG", "REAR"):
        picture = Image.new("RGB", (1280, 960), (96, 110, 122))
        draw = ImageDraw.Draw(picture)
        draw.rectangle((240, 340, 1040, 700), fill=(52, 73, 94))
        draw.text((260, 360), f"{clock.at:%Y-%m-%d %H:%M} {text}", fill=(255, 255, 255))
        body = io.BytesIO()
        picture.save(body, "JPEG", quality=85)
        accepted = evidence.accept(work.node.files, body.getvalue(), f"{text.split()[0].lower()}.jpg")
        engine.receive_evidence(work, str(UUID(case_id)), accepted, "3", clock.at, "G105 K2486+300", "执法记录仪")


def _audit(node: Node, say: Say) -> bool:
    while audit.link(node):
        continue
    verdict = audit.verify(node.db.owner)
    say(f"审计链:{verdict.entries} 行,{'完整' if not verdict.faults else ';'.join(verdict.faults[:5])}")
    return not verdict.faults
