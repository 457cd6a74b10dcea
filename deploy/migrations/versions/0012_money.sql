-- ───────────────────────────── money: double entry per case. Debit is positive, credit negative; yuan, exact to the fen.
-- A voucher (凭证) is one event; its postings sum to zero. Nothing is ever changed: what was wrong is countered (红冲).
create table money_voucher (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  case_id uuid not null,
  kind text not null check (kind in
    ('obligation', 'instalment', 'surcharge', 'receipt', 'cash', 'handed_in', 'banked', 'overpaid', 'refund', 'refunded', 'counter')),
  decision_no text,
  reference text,          -- number of the receipt (票据号)
  trade_no text,           -- number of the bank's trade
  channel text,
  payee text,              -- collecting bank and account, as the decision told them
  on_day date not null,
  reason text,
  reverses uuid unique references money_voucher, -- a voucher is countered once
  key text not null unique check (length(key) between 1 and 300),
  person_id uuid not null,
  at timestamptz not null,
  xid xid8 not null default pg_current_xact_id(),
  check ((kind = 'counter') = (reverses is not null)),
  check (kind <> 'counter' or length(reason) > 0)
);
create index money_voucher_case on money_voucher (case_id, id);
create index money_voucher_reference on money_voucher (agency_id, reference) where reference is not null;
create index money_voucher_trade on money_voucher (trade_no) where trade_no is not null;
create index money_voucher_day on money_voucher (agency_id, on_day, id);
create table money_posting (
  voucher_id uuid not null references money_voucher,
  line int not null check (line > 0),
  agency_id int not null,
  category text not null,
  case_id uuid not null,
  account text not null check (account in
    ('fine', 'instalment', 'confiscation', 'surcharge', 'decided_fine', 'decided_confiscation', 'decided_surcharge',
     'bank', 'cash', 'office', 'overpaid', 'refund')),
  amount numeric(16, 2) not null check (amount <> 0),
  due_on date,
  primary key (voucher_id, line)
);
create index money_posting_balance on money_posting (case_id, account) include (amount);

-- Whatever is posted balances, belongs to a voucher of the same transaction and case, and a counter-voucher is the exact opposite.
create function zc.money_balanced() returns trigger language plpgsql security definer set search_path = public, zc as $$
declare bad uuid;
begin
  select f.voucher_id into bad from fresh f left join money_voucher v on v.id = f.voucher_id
    where v.id is null or v.xid <> pg_current_xact_id() or (v.case_id, v.agency_id, v.category) <> (f.case_id, f.agency_id, f.category) limit 1;
  if bad is not null then
    raise exception '凭证 % 已经记账,或与分录不属同一案件', bad using errcode = '23514';
  end if;
  select p.voucher_id into bad from money_posting p where p.voucher_id in (select voucher_id from fresh)
    group by p.voucher_id having sum(p.amount) <> 0 limit 1;
  if bad is not null then
    raise exception '凭证 % 借贷不平', bad using errcode = '23514';
  end if;
  select v.id into bad from money_voucher v join money_posting p on p.voucher_id in (v.id, v.reverses)
    where v.id in (select voucher_id from fresh) and v.reverses is not null group by v.id, p.account having sum(p.amount) <> 0 limit 1;
  if bad is not null then
    raise exception '红冲凭证 % 与被冲凭证不相抵', bad using errcode = '23514';
  end if;
  return null;
end $$;
create trigger balanced after insert on money_posting referencing new table as fresh for each statement execute function zc.money_balanced();
create function zc.money_posted() returns trigger language plpgsql security definer set search_path = public, zc as $$
begin
  if not exists (select 1 from money_posting where voucher_id = new.id) then
    raise exception '凭证 % 没有分录', new.id using errcode = '23514';
  end if;
  return null;
end $$;
create constraint trigger posted after insert on money_voucher deferrable initially deferred for each row execute function zc.money_posted();

-- ───────────────────────────── refunds: asked for by one person, approved by another
create table money_refund (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  case_id uuid not null,
  amount numeric(16, 2) not null check (amount > 0),
  payee_name text not null,
  payee_bank text not null,
  payee_account text not null,
  reason text not null check (length(reason) > 0),
  state text not null default 'requested' check (state in ('requested', 'approved', 'refused', 'paid')),
  requested_by uuid not null,
  requested_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  note text,
  paid_on date,
  check (decided_by is null or decided_by <> requested_by),
  check ((state = 'requested') = (decided_by is null)),
  check ((state = 'paid') = (paid_on is not null))
);
create index money_refund_case on money_refund (case_id, id);
create unique index money_refund_open on money_refund (case_id) where state = 'requested';
create index money_refund_state on money_refund (agency_id, state, id desc);

-- ───────────────────────────── the bank's day
create table money_bank_line (
  counterpart text not null,
  file text not null,
  line_no int not null,
  agency_id int not null,
  category text not null,
  day date not null,
  notice_no text not null,
  trade_no text not null,
  amount numeric(16, 2) not null check (amount > 0),
  type text not null check (type in ('PAY', 'REV', 'REF')),
  case_id uuid,
  fetched_at timestamptz not null,
  primary key (counterpart, file, line_no)
);
create index money_bank_line_day on money_bank_line (agency_id, day);
create index money_bank_line_trade on money_bank_line (trade_no);

create table money_difference (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  case_id uuid,
  exchange_id uuid,       -- a receipt that is held until this is settled
  counterpart text not null,
  kind text not null,
  key text not null,      -- the bank's trade, or the matter
  about text not null default '', -- our payment notice
  day date,
  text text not null,
  act text not null,
  state text not null default 'open' check (state in ('open', 'explained', 'corrected')),
  addressee_role text not null,
  addressee_id uuid,
  found_at timestamptz not null,
  settled_by uuid,
  settled_at timestamptz,
  reason text,
  voucher_id uuid references money_voucher,
  unique (counterpart, kind, key),
  check ((state = 'open') = (settled_by is null)),
  check (state <> 'explained' or length(reason) > 0)
);
create index money_difference_list on money_difference (agency_id, state, id desc);
create index money_difference_all on money_difference (state, id desc);
create index money_difference_day on money_difference (agency_id, day) where state = 'open';

-- ───────────────────────────── numbers reserved for use offline
create table number_block (
  id uuid primary key,
  agency_id int not null references agency,
  kind text not null,
  year int not null,
  first int not null check (first > 0),
  last int not null check (last >= first),
  holder_id uuid references officer,
  device_no text,
  state text not null default 'open' check (state in ('open', 'given_back')),
  reserved_by uuid not null,
  reserved_at timestamptz not null,
  closed_at timestamptz,
  check (holder_id is not null or device_no is not null)
);
create index number_block_list on number_block (agency_id, id desc);
alter table number_taken add column block_id uuid references number_block;
create index number_taken_block on number_taken (block_id, seq) where block_id is not null;

-- ───────────────────────────── audit search: newest first, by each thing that is asked
drop index audit_entry_person;
drop index audit_entry_subject;
create index audit_entry_person on audit_entry (person_id, at desc, id desc);
create index audit_entry_subject on audit_entry (subject_id, at desc, id desc) where subject_id is not null;
create index audit_entry_recent on audit_entry (agency_id, at desc, id desc);
create index audit_entry_verb on audit_entry (verb, at desc, id desc);
create index audit_entry_outcome on audit_entry (outcome, at desc, id desc) where outcome <> 'done';
-- A case number → the case and what hangs on it, for whoever may not open cases: identifiers only.
create view case_identity as select case_number, id, agency_id from enforcement_case where case_number is not null;

do $$
declare t text; by_agency text; by_category text;
begin
  by_agency := 'agency_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])';
  by_category := 'category = any((select coalesce(nullif(current_setting(''app.categories'', true), ''''), ''{}'')::text[])::text[])';
  foreach t in array array['money_voucher', 'money_posting', 'money_refund', 'money_bank_line', 'money_difference'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy scoped on %I using (%s and %s)', t, by_agency, by_category);
  end loop;
  execute 'alter table number_block enable row level security';
  execute format('create policy scoped on number_block using (%s)', by_agency);
  foreach t in array array['money_voucher', 'money_posting', 'money_bank_line'] loop
    execute format('create trigger append_only before update or delete on %I for each row execute function zc.refuse_change()', t);
    execute format('create trigger no_truncate before truncate on %I for each statement execute function zc.refuse_change()', t);
  end loop;
end $$;
