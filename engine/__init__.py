"""The engine: carries a case from stop to stop. Outsiders say `import engine`; its rooms are its own."""

from engine import law, recompute, release_store
from engine.absences import end_absence, list_absences, plan_absence, record_absence
from engine.alerting import alert_quality, answer_alert, list_alerts
from engine.bulk import complete_all, plan_complete_all
from engine.calendar_verbs import calendar_year, province_calendars, publish_calendar
from engine.check import check
from engine.clock_verbs import extend_clock, pause_clock, plan_clock, resume_clock
from engine.clues import clue_outcomes, import_clues, list_clues, merge_clue, similar_clues, take_clue, undo_merge
from engine.collecting import (
    case_money,
    change_obligation,
    counter_receipt,
    decide_refund,
    record_refunded,
    refunds,
    request_refund,
    take_receipt,
)
from engine.commands import (
    cancel,
    claim,
    complete,
    hand_over,
    move,
    plan_move,
    receive,
    release,
    resume,
    save_draft,
    start,
    start_beside,
    suspend,
)
from engine.confirmations import confirmable
from engine.confirming import confirm_parameter, confirm_rule
from engine.contents import contents
from engine.custody import receive_evidence
from engine.custody import refuse_kind as refuse_evidence_kind
from engine.derived import add_copy, open_copy
from engine.desk import drop_filter, filters, keep_filter, mark_seen, my_desk, set_desk, set_own_date
from engine.documents import pdf_available
from engine.dossier import build as build_dossier
from engine.evaluations import evaluation_draw, evaluation_objects, evaluations_held
from engine.evidence_views import custody_of, demanded_evidence
from engine.exams import (
    activate_question,
    begin_sitting,
    correct_hours,
    courses,
    credit_hours,
    draft_question,
    exam_scripts,
    exam_sittings,
    exams_held,
    extend_sitting,
    hours_of,
    import_questions,
    make_template,
    my_sittings,
    note_leaving,
    open_course,
    questions,
    retire_question,
    save_answers,
    submit_sitting,
    templates,
)
from engine.exports import HEADINGS as EXPORT_HEADINGS
from engine.exports import decide_export, export_rows, exports, request_export
from engine.handing import delegate, give_back_delegated, hand_over_all, plan_hand_over_all, recall_delegated
from engine.incident import incidents, repair_incident, retry_incident, skip_incident
from engine.inspections import (
    add_expert,
    check_lists,
    class_object,
    declare_relation,
    dispatch_draw,
    draw_of,
    draw_record_of,
    freeze_pools,
    inspection_plan,
    inspection_plans,
    inspections_of_draw,
    plan_inspection,
    publication_of,
    publish_draw,
    put_check_list,
    run_draw,
)
from engine.law import add_favourite, article, compute_discretion, drop_favourite, due, favourites, items
from engine.law import search as search_law
from engine.law_import import approve_law, import_law, law_import, law_imports, reject_law
from engine.mailing import answered as mail_answered
from engine.mailing import take as take_mail
from engine.menus import acts_on_record
from engine.news import listed as list_news
from engine.news import read_news
from engine.numbering import (
    give_back_numbers,
    number_block,
    number_blocks,
    number_ledger,
    reserve_numbers,
    use_number,
)
from engine.objects import objects, one_object, register_practitioner, register_ship, register_vehicle
from engine.offsite import REASONS as REASONS_NOT_USABLE
from engine.offsite import Bounds, Clue, record_passes
from engine.openings import beside, start_form, startable
from engine.outside import (
    exchange_done,
    exchange_failed,
    plan_fetch,
    raise_difference,
    take_exchanges,
    take_in,
)
from engine.overview import supervised, supervised_units
from engine.people import (
    add_agency,
    add_officer,
    agencies,
    change_certificate,
    change_officer,
    enter_certificate,
    grant_role,
    names,
    open_account,
    people,
    person,
    rename_agency,
    reset_password,
    revoke_role,
    shut_account,
)
from engine.personal import unmask
from engine.play import Played, Player
from engine.property import item as property_item
from engine.property import label as label_of_property
from engine.property import ledger as property_ledger
from engine.property import move_item as move_property
from engine.qualifications import tasks_of
from engine.recompute import moved_cases, recomputes
from engine.reconciling import (
    book_bank_day,
    correct_difference,
    day_report,
    differences,
    explain_difference,
    keep_difference,
    reconcile,
)
from engine.reconciling import export as export_money
from engine.reconciling import named as named_money
from engine.release_store import current as current_release
from engine.release_store import examine as examine_content
from engine.release_store import proposed as proposed_content
from engine.release_store import publish, releases
from engine.reporters import demand_paper as demand_reader
from engine.reports import cases_by_category
from engine.returns import plan_withdraw, return_targets, return_task, withdraw
from engine.rule_lists import deadline_rules, risk_rules
from engine.rulebook.conformance import run as run_conformance
from engine.runner import sweep
from engine.sealing import add_seal, add_trial_seals, revoke_seal, stamp_document
from engine.sealing import listed as seals
from engine.signing import add_signer, remove_signer, sign, signing_of
from engine.stocktaking import (
    answer_difference,
    close_stocktaking,
    count_item,
    one_stocktaking,
    start_stocktaking,
    stock_differences,
)
from engine.stories import Story
from engine.stories import paths as story_paths
from engine.stories import read as read_story
from engine.supervision import (
    check_object,
    import_objects,
    object_check_of,
    object_view_of,
    put_permit,
    register_party,
    register_project,
    unwatch_object,
    watch_object,
    watched_objects,
)
from engine.uploads import begin_upload, finish_upload, give_up_upload, one_upload, take_piece, unfinished_uploads
from engine.verify import verify
from engine.views import case, diagram, record, task
from engine.walks import RECORDED, Walks
from engine.watching import copy_to, follow, read_copy, receipts, unfollow, urge, watched
from engine.workbench import census, counts, filled, filled_start, related, words
from engine.workbench import listed as tasks
from engine.workbench import pairs_of as inbox_pairs
from engine.workbench import told as counts_told

release_store.FOLLOWERS[:] = [
    recompute.after_publish,
    lambda work, before, after: law.sync(work, after),
]

__all__ = [
    "EXPORT_HEADINGS",
    "REASONS_NOT_USABLE",
    "RECORDED",
    "Bounds",
    "Clue",
    "Played",
    "Player",
    "Story",
    "Walks",
    "activate_question",
    "acts_on_record",
    "add_agency",
    "add_copy",
    "add_expert",
    "add_favourite",
    "add_officer",
    "add_seal",
    "add_signer",
    "add_trial_seals",
    "agencies",
    "alert_quality",
    "answer_alert",
    "answer_difference",
    "approve_law",
    "article",
    "begin_sitting",
    "begin_upload",
    "beside",
    "book_bank_day",
    "build_dossier",
    "calendar_year",
    "cancel",
    "case",
    "case_money",
    "cases_by_category",
    "census",
    "change_certificate",
    "change_obligation",
    "change_officer",
    "check",
    "check_lists",
    "check_object",
    "claim",
    "class_object",
    "close_stocktaking",
    "clue_outcomes",
    "complete",
    "complete_all",
    "compute_discretion",
    "confirm_parameter",
    "confirm_rule",
    "confirmable",
    "contents",
    "copy_to",
    "correct_difference",
    "correct_hours",
    "count_item",
    "counter_receipt",
    "counts",
    "counts_told",
    "courses",
    "credit_hours",
    "current_release",
    "custody_of",
    "day_report",
    "deadline_rules",
    "decide_export",
    "decide_refund",
    "declare_relation",
    "delegate",
    "demand_reader",
    "demanded_evidence",
    "diagram",
    "differences",
    "dispatch_draw",
    "draft_question",
    "draw_of",
    "draw_record_of",
    "drop_favourite",
    "drop_filter",
    "due",
    "end_absence",
    "enter_certificate",
    "evaluation_draw",
    "evaluation_objects",
    "evaluations_held",
    "exam_scripts",
    "exam_sittings",
    "examine_content",
    "exams_held",
    "exchange_done",
    "exchange_failed",
    "explain_difference",
    "export_money",
    "export_rows",
    "exports",
    "extend_clock",
    "extend_sitting",
    "favourites",
    "filled",
    "filled_start",
    "filters",
    "finish_upload",
    "follow",
    "freeze_pools",
    "give_back_delegated",
    "give_back_numbers",
    "give_up_upload",
    "grant_role",
    "hand_over",
    "hand_over_all",
    "hours_of",
    "import_clues",
    "import_law",
    "import_objects",
    "import_questions",
    "inbox_pairs",
    "incidents",
    "inspection_plan",
    "inspection_plans",
    "inspections_of_draw",
    "items",
    "keep_difference",
    "keep_filter",
    "label_of_property",
    "law_import",
    "law_imports",
    "list_absences",
    "list_alerts",
    "list_clues",
    "list_news",
    "mail_answered",
    "make_template",
    "mark_seen",
    "merge_clue",
    "move",
    "move_property",
    "moved_cases",
    "my_desk",
    "my_sittings",
    "named_money",
    "names",
    "note_leaving",
    "number_block",
    "number_blocks",
    "number_ledger",
    "object_check_of",
    "object_view_of",
    "objects",
    "one_object",
    "one_stocktaking",
    "one_upload",
    "open_account",
    "open_copy",
    "open_course",
    "pause_clock",
    "pdf_available",
    "people",
    "person",
    "plan_absence",
    "plan_clock",
    "plan_complete_all",
    "plan_fetch",
    "plan_hand_over_all",
    "plan_inspection",
    "plan_move",
    "plan_withdraw",
    "property_item",
    "property_ledger",
    "proposed_content",
    "province_calendars",
    "publication_of",
    "publish",
    "publish_calendar",
    "publish_draw",
    "put_check_list",
    "put_permit",
    "questions",
    "raise_difference",
    "read_copy",
    "read_news",
    "read_story",
    "recall_delegated",
    "receipts",
    "receive",
    "receive_evidence",
    "recomputes",
    "reconcile",
    "record",
    "record_absence",
    "record_passes",
    "record_refunded",
    "refunds",
    "refuse_evidence_kind",
    "register_party",
    "register_practitioner",
    "register_project",
    "register_ship",
    "register_vehicle",
    "reject_law",
    "related",
    "release",
    "releases",
    "remove_signer",
    "rename_agency",
    "repair_incident",
    "request_export",
    "request_refund",
    "reserve_numbers",
    "reset_password",
    "resume",
    "resume_clock",
    "retire_question",
    "retry_incident",
    "return_targets",
    "return_task",
    "revoke_role",
    "revoke_seal",
    "risk_rules",
    "run_conformance",
    "run_draw",
    "save_answers",
    "save_draft",
    "seals",
    "search_law",
    "set_desk",
    "set_own_date",
    "shut_account",
    "sign",
    "signing_of",
    "similar_clues",
    "skip_incident",
    "stamp_document",
    "start",
    "start_beside",
    "start_form",
    "start_stocktaking",
    "startable",
    "stock_differences",
    "story_paths",
    "submit_sitting",
    "supervised",
    "supervised_units",
    "suspend",
    "sweep",
    "take_clue",
    "take_exchanges",
    "take_in",
    "take_mail",
    "take_piece",
    "take_receipt",
    "task",
    "tasks",
    "tasks_of",
    "templates",
    "undo_merge",
    "unfinished_uploads",
    "unfollow",
    "unmask",
    "unwatch_object",
    "urge",
    "use_number",
    "verify",
    "watch_object",
    "watched",
    "watched_objects",
    "withdraw",
    "words",
]
