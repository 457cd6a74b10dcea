"""Logs in, lists, completes – by the client package that was made from the published contract.

Run as a program: `use_client.py PACKAGE_FOLDER BASE LOGIN PASSWORD ANSWERS`; prints what it saw as JSON.
"""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any


def main() -> None:
    """The four calls; an answer that is not the success of the contract ends with an exception."""
    folder, base, login, password, answers = sys.argv[1:6]
    sys.path.insert(0, folder)

    def module(name: str) -> Any:
        return importlib.import_module(f"client.{name}")

    models = module("models")
    client = module("client").Client(base_url=base, raise_on_unexpected_status=True)
    session = module("api.登录.log_in").sync(client=client, body=models.Credentials(login=login, password=password))
    client = client.with_headers({"X-CSRF-Token": session.csrf}).with_cookies(
        dict(client.get_httpx_client().cookies.items())
    )
    tasks = module("api.待办.list_tasks").sync(client=client, box=models.ListTasksBox.UNIT)
    task = tasks.items[0]
    module("api.待办.claim_task").sync(client=client, task_id=task.id)
    done = module("api.待办.complete_task").sync(
        client=client,
        task_id=task.id,
        body=models.Answers(answers=models.AnswersAnswers.from_dict(json.loads(answers))),
        idempotency_key=f"python-{task.id}",
    )
    print(json.dumps({"login": session.login, "element": task.element, "opened": [t.element for t in done.tasks]}))


if __name__ == "__main__":
    main()
