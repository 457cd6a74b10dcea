"""Reports over cases: counts within the data scope of who asks."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from engine import release_store
from kernel import permissions
from kernel.errors import InvalidAnswers
from kernel.work import LOCAL, Work
from registers import case as cases

_CODES = "ENFORCEMENT_CATEGORY"


def cases_by_category(work: Work, since: date | None = None, until: date | None = None) -> dict[str, Any]:
    """Cases begun from `since` (default: 1 January) to `until` (default: today; both counted), by category and status.

    Every category of the code list is there, also without a case.
    """
    permissions.demand(work, "report.read")
    last = until or work.today
    first = since or last.replace(month=1, day=1)
    if first > last:
        raise InvalidAnswers({"since": "起始日期不得晚于截止日期"})
    release = release_store.current(work)
    names = release.codes[_CODES].items if _CODES in release.codes else {}
    with work.transaction(hot=True):
        rows = cases.counts(work, _begin(first), _begin(min(last, date.max - timedelta(days=1)) + timedelta(days=1)))
    by: dict[str, dict[str, int]] = {category: {} for category in [*names, *(row["category"] for row in rows)]}
    for row in rows:
        by[row["category"]][row["case_status"]] = row["cases"]
    columns = [
        {"category": key, "name": names.get(key, key), "cases": sum(states.values()), "by_status": states}
        for key, states in by.items()
    ]
    return {"since": first, "until": last, "cases": sum(c["cases"] for c in columns), "categories": columns}


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)
