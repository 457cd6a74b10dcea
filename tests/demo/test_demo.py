"""The main job as its user starts it: `zhicheng demo`, without PDF so that it is quick; the papers' PDF is tested apart."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def zhicheng(var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    var.chmod(0o755)
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "ZC_VAR": str(var), "ZC_PDF": "off"},
    )


def test_two_cases_go_from_report_to_a_sealed_dossier_that_verifies_alone(tmp_path: Path) -> None:
    run = zhicheng(tmp_path, "demo")
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    lines = re.findall(r"^demo: (\S+) archived, (\d+) papers, (\d+) steps, dossier (\S+), verified$", run.stdout, re.M)
    assert len(lines) == 2
    assert "审计链" in run.stdout
    assert "完整" in run.stdout
    number, papers, steps, dossier = lines[1]
    assert number.endswith("00002号")
    assert int(papers) > int(lines[0][1])
    assert int(steps) > 40
    assert zhicheng(tmp_path, "verify", dossier).returncode == 0
    broken = bytearray(Path(dossier).read_bytes())
    broken[len(broken) // 2] ^= 1
    Path(dossier).write_bytes(broken)
    assert zhicheng(tmp_path, "verify", dossier).returncode != 0
