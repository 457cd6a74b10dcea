"""DOCX → PDF/A-2b by a LibreOffice that stays up (`office.py`), renewed after some papers and whenever it hangs."""

from __future__ import annotations

import json
import os
import secrets
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.papers import package
from kernel.errors import Fault

_OFFICE = Path(__file__).with_name("office.py")
_ROOT = Path(__file__).resolve().parents[2]
# python3-uno belongs to the system's Python, not to ours.
_SYSTEM_PYTHON = "/usr/bin/python3"
FONTS = _ROOT / "deploy" / "fonts.conf"


class ConversionFailed(Fault):
    """LibreOffice is missing, refused a file, or was too slow. `permanent` when the file itself is at fault."""

    code = "conversion_failed"
    status = 503
    title = "PDF 转换失败"

    def __init__(self, detail: str, *, permanent: bool = False, remedy: str | None = None) -> None:
        super().__init__(detail, remedy=remedy)
        self.permanent = permanent


class _Office:
    """One soffice with the process that drives it, in a folder of its own."""

    def __init__(self, soffice: str, fonts: Path, seconds: float) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="zc-office-"))
        self.papers = 0
        home = str(self.folder)
        environment = {
            "HOME": home,
            "XDG_CACHE_HOME": home,
            "TMPDIR": home,
            "LC_ALL": "C.UTF-8",
            "PATH": "/usr/bin:/bin",
        }
        environment["FONTCONFIG_FILE"] = str(fonts)
        self._log = (self.folder / "log").open("wb")
        self.process = subprocess.Popen(
            [_SYSTEM_PYTHON, "-I", str(_OFFICE), soffice, str(self.folder / "profile"), f"zc{secrets.token_hex(8)}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment,
            cwd=home,
            start_new_session=True,
        )
        self._rest = b""
        try:
            self._answer(time.monotonic() + seconds)
        except ConversionFailed:
            self.end()
            raise

    def _answer(self, deadline: float) -> dict[str, object]:
        out = self.process.stdout
        if out is None:
            raise ConversionFailed("LibreOffice 未启动")
        while b"\n" not in self._rest:
            if not select.select([out], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise ConversionFailed(
                    "LibreOffice 响应超时,已重启", remedy="系统将自动重试;反复出现时请检查该文书内容"
                )
            chunk = os.read(out.fileno(), 65536)
            if not chunk:
                raise ConversionFailed(f"LibreOffice 意外退出({self._last_words()})", remedy="系统将自动重启并重试")
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\n")
        answer: dict[str, object] = json.loads(line)
        return answer

    def _last_words(self) -> str:
        lines = (self.folder / "log").read_text("utf-8", "replace").strip().splitlines()
        return lines[-1][:200] if lines else "没有输出"

    def pdf(self, docx: bytes, seconds: float) -> bytes:
        """One paper. Raises `ConversionFailed`; this office must then be ended."""
        self.papers += 1
        source, target = self.folder / "in.docx", self.folder / "out.pdf"
        source.write_bytes(docx)
        try:
            if self.process.stdin is None:
                raise ConversionFailed("LibreOffice 未启动")
            job = json.dumps({"source": str(source), "target": str(target)})
            self.process.stdin.write(job.encode() + b"\n")
            self.process.stdin.flush()
            answer = self._answer(time.monotonic() + seconds)
            if not answer.get("ok"):
                raise ConversionFailed(f"LibreOffice 不能转换该文书({answer.get('why')})", permanent=True)
            return target.read_bytes()
        except OSError as error:
            raise ConversionFailed("LibreOffice 意外退出", remedy="系统将自动重启并重试") from error
        finally:
            source.unlink(missing_ok=True)
            target.unlink(missing_ok=True)

    def end(self) -> None:
        """Kill the driver and soffice (they share a session of their own) and remove the folder."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            self.process.poll()
        self.process.wait()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Converter:
    """A LibreOffice that stays up between papers. Safe for threads: one paper at a time.

    `renew`: papers after which it is started afresh (it grows). `seconds`: what one paper may take; then it is killed.
    """

    def __init__(self, *, enabled: bool = True, renew: int = 300, seconds: float = 60.0, fonts: Path = FONTS) -> None:
        self.enabled, self.renew, self.seconds, self.fonts = enabled, renew, seconds, fonts
        self._office: _Office | None = None
        self._lock = threading.Lock()
        self._probe: tuple[bool, str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def available(self) -> tuple[bool, str]:
        """Whether PDFs can be made here, and the Chinese reason (and remedy) when they cannot."""
        if not self.enabled:
            return False, "PDF 转换已在设置中关闭(ZC_PDF=off),只生成 DOCX"
        if self._probe is None:
            self._probe = self._look()
        return self._probe

    @staticmethod
    def _look() -> tuple[bool, str]:
        if shutil.which("soffice") is None:
            return False, "未安装 LibreOffice,只生成 DOCX;请安装 libreoffice-writer-nogui 后重启"
        if not Path(_SYSTEM_PYTHON).exists():
            return False, "系统没有 /usr/bin/python3,只生成 DOCX;请安装 python3 和 python3-uno 后重启"
        check = subprocess.run([_SYSTEM_PYTHON, "-I", "-c", "import uno"], capture_output=True, check=False, timeout=30)
        if check.returncode != 0:
            return False, "未安装 python3-uno,只生成 DOCX;请安装后重启"
        return True, ""

    def pdf(self, docx: bytes) -> bytes:
        """The paper as PDF/A-2b. Raises `ConversionFailed`; a crashed or hung office is replaced and tried once more."""
        ready, why = self.available()
        if not ready:
            raise ConversionFailed(why, permanent=True)
        if reason := package.unsafe(docx):
            raise ConversionFailed(f"文书不安全,拒绝转换:{reason}", permanent=True)
        with self._lock:
            try:
                return self._once(docx)
            except ConversionFailed as error:
                if error.permanent or "超时" in error.detail:
                    raise
                return self._once(docx)

    def _once(self, docx: bytes) -> bytes:
        if self._office is None:
            self._office = _Office(shutil.which("soffice") or "soffice", self.fonts, 60.0)
        try:
            result = self._office.pdf(docx, self.seconds)
        except ConversionFailed:
            self._stop()
            raise
        if self._office.papers >= self.renew:
            self._stop()
        return result

    def _stop(self) -> None:
        if self._office is not None:
            self._office.end()
            self._office = None

    def close(self) -> None:
        """End LibreOffice, if it runs."""
        with self._lock:
            self._stop()
