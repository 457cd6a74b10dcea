-- An audit administrator looks over many agencies at once: one order for all of them.
drop index audit_entry_recent;
create index audit_entry_recent on audit_entry (at desc, id desc);
-- Case → whatever an audit row may name of it (tasks, papers, evidence …): identifiers only, for whoever may not open cases.
create view case_object as
select id as case_id, id from enforcement_case
union all select subject_id, id from work_item
union all select subject_id, id from process_instance
union all select case_id, id from document
union all select case_id, id from evidence
union all select case_id, id from money_voucher
union all select case_id, id from money_refund
union all select subject_id, id from clock;
