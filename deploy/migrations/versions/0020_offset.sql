-- Proceeds of what was sold are set off against the fine: asked for by one person under a paper of the case, decided by another.
alter table money_voucher drop constraint money_voucher_kind_check;
alter table money_voucher add constraint money_voucher_kind_check check (kind in
  ('obligation', 'instalment', 'surcharge', 'receipt', 'cash', 'handed_in', 'banked', 'overpaid', 'refund', 'refunded', 'counter', 'auction',
   'offset', 'remainder'));

create table money_offset (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  case_id uuid not null,
  document_id uuid not null references document,
  reason text not null check (length(reason) > 0),
  state text not null default 'requested' check (state in ('requested', 'approved', 'refused')),
  requested_by uuid not null,
  requested_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  note text,
  offset_amount numeric(16, 2),
  remainder numeric(16, 2),
  check (decided_by is null or decided_by <> requested_by),
  check ((state = 'requested') = (decided_by is null)),
  check ((state = 'approved') = (offset_amount is not null))
);
create index money_offset_case on money_offset (case_id, id);
create unique index money_offset_open on money_offset (case_id) where state = 'requested';

do $$
begin
  execute 'alter table money_offset enable row level security';
  execute 'create policy scoped on money_offset using (agency_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])'
    ' and category = any((select coalesce(nullif(current_setting(''app.categories'', true), ''''), ''{}'')::text[])::text[]))';
end $$;
