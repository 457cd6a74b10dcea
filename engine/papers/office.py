"""The process beside LibreOffice: turns DOCX paths into PDF/A-2b, one line of JSON in, one out.

Run by path with the system Python, which alone has the UNO bindings (`/usr/bin/python3 -I office.py PIPE`). It begins
soffice itself on a named pipe (no network port is opened) and ends it with itself. Macros never run, links are never updated.
"""

from __future__ import annotations

import importlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
from typing import Any

START_SECONDS = 60
PDF_A_2B = 2


def _property(uno: Any, name: str, value: object) -> Any:
    made = uno.createUnoStruct("com.sun.star.beans.PropertyValue")
    made.Name, made.Value = name, value
    return made


def connect(uno: Any, pipe: str, office: subprocess.Popen[bytes]) -> Any:
    """The desktop of the soffice that listens on the pipe. Raises RuntimeError when it ends or is not up in time."""
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    no_connect = uno.getClass("com.sun.star.connection.NoConnectException")
    for _ in range(START_SECONDS * 10):
        try:
            remote = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)
        except no_connect:
            # soffice.bin answers 81 when it made a new profile and wants to be started again.
            if office.poll() not in (None, 81):
                break
            time.sleep(0.1)
    raise RuntimeError("soffice did not start")


def convert(uno: Any, desktop: Any, source: str, target: str) -> None:
    """One DOCX to one PDF/A-2b, both paths absolute."""
    load = {"Hidden": True, "ReadOnly": True, "MacroExecutionMode": 0, "UpdateDocMode": 0}
    load_as = [_property(uno, name, value) for name, value in load.items()]
    document = desktop.loadComponentFromURL(uno.systemPathToFileUrl(source), "_blank", 0, tuple(load_as))
    if document is None:
        raise ValueError("not a document")
    try:
        options = {"SelectPdfVersion": PDF_A_2B, "UseTaggedPDF": True, "ReduceImageResolution": False}
        data = uno.Any(
            "[]com.sun.star.beans.PropertyValue", tuple(_property(uno, name, value) for name, value in options.items())
        )
        save = (_property(uno, "FilterName", "writer_pdf_Export"), _property(uno, "FilterData", data))
        document.storeToURL(uno.systemPathToFileUrl(target), save)
    finally:
        document.close(True)


def main(soffice: str, profile: str, pipe: str) -> None:
    """Start soffice, say that it is ready, convert until stdin closes; then take the profile's folder away.

    stdin also closes when the process that wanted the papers is killed, so neither soffice nor files outlive it.
    """
    uno = importlib.import_module("uno")
    command = [soffice, "--headless", "--invisible", "--nodefault", "--nologo", "--nofirststartwizard", "--norestore"]
    command += ["--nocrashreport", f"-env:UserInstallation={pathlib.Path(profile).as_uri()}"]
    office = subprocess.Popen([*command, f"--accept=pipe,name={pipe};urp;"], stdin=subprocess.DEVNULL)
    try:
        desktop = connect(uno, pipe, office)
        sys.stdout.write(json.dumps({"ready": True}) + "\n")
        sys.stdout.flush()
        for line in sys.stdin:
            job = json.loads(line)
            try:
                convert(uno, desktop, job["source"], job["target"])
                answer: dict[str, object] = {"ok": True}
            except Exception as error:
                # UNO raises its own classes; whatever it was, this office is not used again.
                answer = {"ok": False, "why": f"{type(error).__name__}: {error}"[:500]}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    finally:
        office.kill()
        office.wait()
        shutil.rmtree(pathlib.Path(profile).parent, ignore_errors=True)
        # The soffice launcher may leave its soffice.bin behind; it is of our process group, and so are we.
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:4])
