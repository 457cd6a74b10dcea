"""Businesses with their vehicles, ships and people, and counts of cases, through the front door."""

import pytest
import structlog

from tests.api.conftest import start
from tests.api.test_case_over_http import told_of

HERE = {"agency_id": 440100, "category": "01"}
PARTY = {"party_type": "organization", "name": "粤运物流"}


@pytest.fixture
def business(small, work_as):
    from registers import party

    with (work := work_as("officer_1")).transaction():
        return str(party.find_or_insert(work, **HERE, **PARTY))


def test_a_business_opens_with_its_vehicles_ships_and_people_and_each_opens_its_own_page(come_in, business):
    officer = come_in("officer_1")
    entered = {
        "vehicles": {"plate": "粤A12345", "plate_color": "2", "owner_id": business, "transport_permit": "440100001"},
        "ships": {"name": "粤运 168", "mmsi": "413000123", "owner_id": business, "transport_permit": "粤水20250001"},
        "practitioners": {"name": "王五", "certificate_no": "4401001234", "employer_id": business},
    }
    ids = {}
    for kind, body in entered.items():
        answer = officer.post(f"/objects/{kind}", json={**HERE, **body})
        assert answer.status_code == 201, answer.text
        ids[kind] = answer.json()["id"]
    case_id = start(
        officer, ship_name="粤运 168", ship_mmsi="413000123", driver_name="王五", driver_certificate_no="4401001234"
    )["case_id"]
    opened = officer.get(f"/objects/parties/{business}").json()
    for kind, id_ in ids.items():
        assert [row["id"] for row in opened[kind]] == [id_]
        page = officer.get(f"/objects/{kind}/{id_}").json()
        permit = page.get("transport_permit") or page.get("certificate_no")
        assert permit, "the page shows the permit"
        cases = [c["id"] for c in page["cases"]]
        assert cases == ([] if kind == "vehicles" else [case_id]), kind
    assert opened["practitioners"][0]["name"] == "王*"
    found = officer.get("/objects", params={"ship": "413000123"}).json()
    assert [s["id"] for s in found["ships"]] == [ids["ships"]]
    found = officer.get("/objects", params={"practitioner": "4401001234"}).json()
    assert [(p["id"], p["name"]) for p in found["practitioners"]] == [(ids["practitioners"], "王*")]


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("vehicles", {"plate": "甲", "plate_color": "2"}, "plate"),
        ("vehicles", {"plate": "粤A12345", "plate_color": "99"}, "plate_color"),
        ("ships", {"name": "粤运 168"}, "mmsi"),
        ("ships", {"name": "粤运 168", "imo": "9074728"}, "imo"),
        ("practitioners", {"name": "王五"}, "certificate_no"),
        (
            "ships",
            {"name": "甲", "mmsi": "413000123", "owner_id": "0198f3a2-6a51-7cc3-9d0f-6d0d0c7f2b11"},
            "owner_id",
        ),
    ],
)
def test_what_cannot_be_entered_is_said_per_field(come_in, kind, body, field):
    refused = come_in("officer_1").post(f"/objects/{kind}", json={**HERE, **body})
    assert refused.status_code == 422, refused.text
    assert list(refused.json()["fields"]) == [field]


def test_opening_an_object_leaves_an_audit_row(come_in, business):
    come_in("officer_1").get(f"/objects/parties/{business}")
    rows = come_in("audit_admin_1").get("/audit", params={"verb": "object.read"}).json()["items"]
    assert [(r["outcome"], r["subject_kind"], r["subject_id"]) for r in rows] == [("read", "party", business)]


def test_a_report_shows_all_eight_categories_and_only_what_one_may_see(come_in, work_as):
    officer = come_in("officer_1")
    for _ in range(2):
        start(officer)
    done = start(officer)
    with (work := work_as("officer_1")).transaction():
        work.execute("update enforcement_case set case_status = 'decided' where id = %s", (done["case_id"],))
    start(come_in("sister_officer"), 440300)
    report = come_in("head_1").get("/reports/cases-by-category").json()
    assert [c["category"] for c in report["categories"]] == [f"{n:02}" for n in range(1, 9)]
    first = report["categories"][0]
    assert (first["name"], first["cases"]) == ("公路路政", 3)
    assert first["by_status"] == {"investigating": 2, "decided": 1}
    assert [c["cases"] for c in report["categories"][1:]] == [0] * 7
    assert report["cases"] == 3, "the sister city's case is not among them"
    assert (report["since"], report["until"]) == ("2026-01-01", "2026-03-02")
    none = come_in("head_1").get("/reports/cases-by-category", params={"until": "2026-02-28"}).json()
    assert none["cases"] == 0
    assert officer.get("/reports/cases-by-category").status_code == 403
    wrong = come_in("head_1").get("/reports/cases-by-category", params={"since": "2026-05-01", "until": "2026-04-01"})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["since"])


def test_a_report_costs_one_query_besides_the_scope(come_in):
    start(come_in("officer_1"))
    head = come_in("head_1")
    with structlog.testing.capture_logs() as logs:
        assert head.get("/reports/cases-by-category").status_code == 200
        told_of(logs)
    assert [line["sql"] for line in told_of(logs)] == [2]
