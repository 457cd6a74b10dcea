"""The ordinary case from clue to archive through the front door: ordinary officers, each with a session of his own."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

import engine
from engine import stories
from kernel.work import Work
from registers import account
from tests.api.conftest import ROOT, log_in, serving
from tests.api.over_http import OverHttp

STORIES = ROOT / "processes/national/case_ordinary/stories"


@pytest.mark.parametrize("name", ["paid_in_time", pytest.param("hearing_paid_late", marks=pytest.mark.long)])
def test_a_story_of_the_ordinary_case(national, clock, name):
    path: Path = STORIES / f"{name}.yaml"
    story = stories.read(f"processes/national/case_ordinary/stories/{name}.yaml", path.read_bytes())
    with serving(national) as address:
        player = OverHttp(
            national, clock, lambda login: account.person_of_login(Work(national, account.STRANGER), login), address
        )
        played = player.play("case_ordinary", story)
        assert played.faults == []
        assert played.status == "archived"
        archivist = log_in(address, "archivist_1")
        view = archivist.get(f"/cases/{played.case_id}").json()
        assert all(d["state"] in ("issued", "served", "superseded") for d in view["documents"])
        paper = archivist.get(
            f"/cases/{played.case_id}/documents/{view['documents'][0]['id']}", params={"format": "docx"}
        )
        assert zipfile.ZipFile(BytesIO(paper.content)).testzip() is None
        dossier = archivist.get(f"/cases/{played.case_id}/dossier")
        archivist.close()
    target = national.settings.var / "dossier.zip"
    target.write_bytes(dossier.content)
    assert engine.verify(target).faults == []
