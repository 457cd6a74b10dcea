-- The spine: kernel, registers, engine. PostgreSQL 15 and later; plpgsql only. The owner runs this; zc_app owns nothing.

create schema if not exists zc;

-- ───────────────────────────── data scope (architecture §6, mechanics: row-level security)
-- The sub-selects make both InitPlans; an unset scope means no rows.
-- Every table with case data gets `scoped`: its agency and its category must both lie within what the person may see.

create function zc.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% 只增不改:不允许 %', tg_table_name, tg_op using errcode = '42501';
end $$;

-- Makes a write that found no row (or not the one it meant) fail loudly, also inside a pipeline where nobody reads the count.
create function zc.must_be(counted bigint, expected bigint default 1) returns bigint language plpgsql as $$
begin
  if counted is distinct from expected then
    raise exception '应有 % 行,实有 % 行(记录不存在,或不在本次办理的数据范围内)', expected, counted using errcode = 'P0002';
  end if;
  return counted;
end $$;

-- ───────────────────────────── kernel
-- Transaction ids start anew on a restored server: each restore opens an era, so that the audit order (era, xid, id) holds.
create table node_era (era int primary key, since timestamptz not null, reason text not null);
insert into node_era values (1, now(), '建库');
create function zc.era() returns int language sql stable as 'select max(era) from node_era';

create table audit_entry (
  id uuid primary key,
  at timestamptz not null,
  person_id uuid,
  agency_id int,
  verb text not null,
  subject_kind text,
  subject_id text,
  outcome text not null check (outcome in ('done', 'refused', 'failed', 'read', 'login', 'login_failed')),
  detail text not null default '',
  request_id text,
  digest bytea not null check (length(digest) = 32),
  era int not null default zc.era(),
  xid xid8 not null default pg_current_xact_id()
);
create index audit_entry_order on audit_entry (era, xid, id);
create index audit_entry_subject on audit_entry (subject_kind, subject_id, id);
create index audit_entry_person on audit_entry (person_id, id);

create table audit_link (
  seq bigint primary key,
  entry_id uuid not null unique,
  era int not null,
  xid xid8 not null,
  digest bytea not null,
  head bytea not null check (length(head) = 32)
);

create table idempotency (
  person_id uuid not null,
  verb text not null,
  key text not null check (length(key) between 1 and 200),
  body bytea not null,
  answer bytea,
  created_at timestamptz not null,
  primary key (person_id, verb, key)
);
create index idempotency_old on idempotency (created_at);

create table number_counter (
  agency_id int not null,
  kind text not null,
  year int not null,
  last int not null check (last >= 0),
  primary key (agency_id, kind, year)
);
create table number_taken (
  agency_id int not null,
  kind text not null,
  year int not null,
  seq int not null check (seq > 0),
  text text not null,
  state text not null default 'taken' check (state in ('taken', 'issued', 'void')),
  reason text,
  subject_id uuid,
  taken_at timestamptz not null,
  primary key (agency_id, kind, year, seq),
  unique (agency_id, text),
  check (state <> 'void' or length(reason) > 0)
);

create table account (
  officer_id uuid primary key,
  login text not null unique check (login ~ '^[a-z][a-z0-9_.-]{2,63}$'),
  password text not null,
  disabled boolean not null default false,
  password_at timestamptz not null
);
create table session (
  token bytea primary key,
  officer_id uuid not null,
  csrf text not null,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  address text,
  agent text
);
create index session_officer on session (officer_id);
create table login_attempt (
  id uuid primary key,
  login text not null,
  address text not null,
  at timestamptz not null,
  ok boolean not null
);
create index login_attempt_login on login_attempt (login, at);
create index login_attempt_address on login_attempt (address, at);

-- ───────────────────────────── registers
create table agency (
  id int primary key,
  code text not null unique check (code ~ '^[0-9]{6}[0-9A-Z]{0,6}$'),
  name text not null,
  short text not null,
  level text not null check (level in ('ministry', 'province', 'city', 'county', 'station')),
  parent_id int references agency,
  path int[] not null,
  facts jsonb not null default '{}'
);
create index agency_parent on agency (parent_id);

create table officer (
  id uuid primary key,
  agency_id int not null references agency,
  name text not null,
  id_number text,
  staffing_type text not null,
  status text not null,
  facts jsonb not null default '{}'
);
create index officer_agency on officer (agency_id, name);

create table role_grant (
  officer_id uuid not null references officer,
  role text not null,
  agency_id int not null references agency,
  reach text not null default 'own' check (reach in ('own', 'tree')),
  categories text[] not null,
  valid_from date not null,
  valid_to date,
  primary key (officer_id, role, agency_id)
);
-- 三员分立: one person holds at most one of the three
create unique index role_grant_three on role_grant (officer_id) where role in ('system_admin', 'security_admin', 'audit_admin');

create table certificate (
  id uuid primary key,
  officer_id uuid not null references officer,
  agency_id int not null references agency,
  certificate_no text not null unique,
  kind text not null,
  categories text[] not null,
  valid_from date not null,
  valid_to date not null,
  check (valid_to >= valid_from)
);
create index certificate_officer on certificate (officer_id);
-- status over time: valid "at the time of the act" must be answerable years later
create table certificate_status (
  certificate_id uuid not null references certificate,
  status text not null check (status in ('normal', 'lost', 'suspended', 'cancelled', 'revoked', 'expired')),
  since timestamptz not null,
  reason text not null,
  primary key (certificate_id, since)
);

create table party (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  party_type text not null check (party_type in ('person', 'organization')),
  name text not null,
  id_number text,
  uscc text,
  phone text,
  address text,
  facts jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz not null
);
create index party_name on party (agency_id, name);
create index party_uscc on party (agency_id, uscc) where uscc is not null;
create index party_id_number on party (agency_id, id_number) where id_number is not null;

create table vehicle (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  plate text not null,
  plate_color text not null,
  facts jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz not null,
  unique (agency_id, category, plate, plate_color)
);

create table enforcement_case (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  case_number text,
  case_cause text not null default '',
  procedure_type text not null check (procedure_type in ('summary', 'ordinary')),
  case_status text not null,
  case_source text,
  violation_code text,
  party_id uuid references party,
  vehicle_id uuid references vehicle,
  lead_officer_id uuid references officer,
  occurred_at timestamptz,
  filed_at timestamptz,
  decided_at timestamptz,
  closed_at timestamptz,
  archived_at timestamptz,
  fine_amount numeric(16, 2),
  facts jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz not null,
  unique (agency_id, case_number)
);
create index case_recent on enforcement_case (agency_id, created_at desc, id desc);
create index case_recent_all on enforcement_case (created_at desc, id desc);
create index case_recent_status on enforcement_case (case_status, created_at desc, id desc);
create index case_party on enforcement_case (party_id, created_at desc) where party_id is not null;
create index case_vehicle on enforcement_case (vehicle_id, created_at desc) where vehicle_id is not null;
-- what is searched: number, party, plate, document number … as whole terms with `=` (mechanics: leakproof operators only)
create table case_term (
  agency_id int not null,
  category text not null,
  term text not null,
  case_id uuid not null references enforcement_case,
  created_at timestamptz not null default now(), -- the case's: a page of a common term is read along the index
  primary key (term, created_at, case_id)
);
create index case_term_agency on case_term (agency_id, term, created_at, case_id);

-- A case shared with another agency: one row per entitled agency (no OR in a policy). `owner_id` is the agency whose rows it opens.
create table case_scope (
  agency_id int not null,
  owner_id int not null,
  category text not null,
  case_id uuid not null references enforcement_case,
  due_at timestamptz,
  reason text not null,
  granted_by uuid not null,
  granted_at timestamptz not null,
  primary key (agency_id, case_id)
);

create table fact_change (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  subject_kind text not null,
  subject_id uuid not null,
  at timestamptz not null,
  person_id uuid not null,
  source text not null,
  changes jsonb not null
);
create index fact_change_subject on fact_change (subject_id, id);

create table violation_item (
  code text not null,
  valid_from date not null,
  valid_to date,
  category text not null,
  name text not null,
  national_code text,
  provincial_code text,
  data jsonb not null,
  source_hash text not null,
  primary key (code, valid_from)
);

create table evidence (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  case_id uuid not null references enforcement_case,
  kind text not null,
  name text not null,
  media_type text not null,
  size bigint not null check (size > 0),
  sha256 bytea not null check (length(sha256) = 32),
  sm3 bytea not null check (length(sm3) = 32),
  taken_at timestamptz,
  place text,
  device text,
  taker_id uuid,
  facts jsonb not null default '{}',
  received_at timestamptz not null,
  received_by uuid not null
);
create index evidence_case on evidence (case_id, id);
create table evidence_event (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  evidence_id uuid not null references evidence,
  seq int not null check (seq > 0),
  at timestamptz not null,
  person_id uuid not null,
  event text not null check (event in ('received', 'read', 'downloaded', 'verified', 'sealed', 'corrected', 'damaged', 'restored')),
  detail text not null default '',
  -- SM3 over the digest before it (the first: over the file's SM3) and this row: the chain of custody
  digest bytea not null check (length(digest) = 32),
  unique (evidence_id, seq)
);

create table document (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  case_id uuid not null references enforcement_case,
  kind text not null,
  name text not null,
  number text,
  state text not null check (state in ('made', 'issued', 'served', 'superseded', 'void')),
  step text not null,
  template_hash text not null,
  release text not null,
  context jsonb not null,
  docx_sha256 bytea, docx_sm3 bytea, docx_size bigint,
  pdf_sha256 bytea, pdf_sm3 bytea, pdf_size bigint,
  pages int,
  made_at timestamptz not null,
  made_by uuid not null,
  issued_at timestamptz,
  served_at timestamptz,
  check (state <> 'issued' or docx_sm3 is not null)
);
create index document_case on document (case_id, id);
create unique index document_number on document (agency_id, kind, number) where number is not null and state <> 'void';

-- ───────────────────────────── engine
create table content_blob (digest text primary key, body bytea not null);
create table release (
  hash text primary key,
  files jsonb not null,
  effective_from timestamptz not null,
  ground text not null check (length(ground) > 0),
  published_by uuid,
  published_at timestamptz not null
);
create index release_effective on release (effective_from desc, published_at desc);

create table process_instance (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  process_key text not null,
  release text not null references release,
  subject_kind text not null,
  subject_id uuid not null,
  status text not null check (status in ('running', 'suspended', 'incident', 'ended', 'cancelled')),
  version int not null default 1,
  state bytea not null,
  started_at timestamptz not null,
  ended_at timestamptz
) with (fillfactor = 80);
alter table process_instance alter state set storage external;
create index instance_subject on process_instance (subject_id);

create table step_history (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  instance_id uuid not null,
  subject_id uuid not null,
  at timestamptz not null,
  element text not null,
  name text not null,
  kind text not null,
  event text not null,
  token text,
  person_id uuid not null,
  outcome jsonb
);
create index step_history_subject on step_history (subject_id, id);

create table work_item (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  role text not null,
  instance_id uuid not null references process_instance,
  subject_id uuid not null,
  token text not null,
  element text not null,
  name text not null,
  process_key text not null,
  title text not null,
  status text not null default 'open' check (status in ('open', 'done', 'cancelled')),
  claimed_by uuid,
  claimed_at timestamptz,
  due_at timestamptz not null default 'infinity',
  created_at timestamptz not null,
  closed_at timestamptz,
  closed_by uuid,
  draft jsonb,
  version int not null default 1
) with (fillfactor = 80);
create unique index work_item_token on work_item (instance_id, token) where status = 'open';
create index work_item_unit on work_item (agency_id, role, due_at, id) where status = 'open' and claimed_by is null;
create index work_item_wide on work_item (due_at, id) where status = 'open' and claimed_by is null;
create index work_item_mine on work_item (claimed_by, due_at, id) where status = 'open';
create index work_item_done on work_item (closed_by, closed_at desc, id) where status = 'done';
create index work_item_subject on work_item (subject_id) where status = 'open';

create table message_wait (
  instance_id uuid not null references process_instance,
  token text not null,
  agency_id int not null,
  category text not null,
  subject_id uuid not null,
  message text not null,
  primary key (instance_id, token)
);
create index message_wait_subject on message_wait (subject_id, message);

-- Jobs hold no case data and stand outside row-level security.
create table job (
  id uuid primary key,
  kind text not null,
  due_at timestamptz not null,
  status text not null default 'waiting' check (status in ('waiting', 'running', 'done', 'incident', 'cancelled')),
  attempts int not null default 0,
  lease_until timestamptz,
  leased_by text,
  idempotency_key text not null unique,
  agency_id int not null,
  category text not null,
  instance_id uuid,
  token text,
  subject_id uuid,
  payload jsonb not null default '{}',
  created_at timestamptz not null,
  done_at timestamptz,
  last_error text
) with (fillfactor = 70);
create index job_due on job (due_at, id) where status = 'waiting';
create index job_leased on job (lease_until) where status = 'running';
create index job_instance on job (instance_id) where status in ('waiting', 'running', 'incident');

create table incident (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  instance_id uuid,
  job_id uuid,
  subject_id uuid,
  kind text not null,
  cause text not null,
  remedy text not null,
  status text not null default 'open' check (status in ('open', 'retried', 'skipped', 'repaired')),
  opened_at timestamptz not null,
  closed_at timestamptz,
  closed_by uuid,
  reason text,
  check (status in ('open', 'retried') or length(reason) > 0)
);
create index incident_open on incident (agency_id, opened_at) where status = 'open';

create table clock (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  subject_id uuid not null,
  instance_id uuid,
  rule text not null,
  rule_version text not null,
  started text not null,
  element text not null,
  pauses jsonb not null default '[]',
  extensions jsonb not null default '[]',
  status text not null default 'running' check (status in ('running', 'met', 'breached', 'closed')),
  due_at timestamptz not null,
  next_wake timestamptz,
  calendar_version text not null,
  unconfirmed text,
  created_at timestamptz not null,
  closed_at timestamptz,
  reason text
) with (fillfactor = 80);
create index clock_subject on clock (subject_id, id);
create index clock_wake on clock (next_wake) where next_wake is not null;
-- What the sweeper needs to find clocks that wake: no case data, so it stands outside row-level security as jobs do.
create view clock_due as select id, agency_id, category, subject_id, next_wake from clock where next_wake is not null;
create table clock_history (
  id uuid primary key,
  clock_id uuid not null,
  agency_id int not null,
  category text not null,
  at timestamptz not null,
  person_id uuid not null,
  event text not null,
  due_before timestamptz,
  due_after timestamptz,
  reason text not null
);
create index clock_history_of on clock_history (clock_id, id);

create table parameter (
  agency_id int not null,
  key text not null,
  value jsonb not null,
  confirmed_by uuid not null,
  confirmed_at timestamptz not null,
  ground text not null,
  primary key (agency_id, key)
);

create table alert (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  subject_id uuid not null,
  rule text not null,
  severity text not null,
  message text not null,
  article text,
  suggested_action text,
  status text not null default 'open' check (status in ('open', 'answered', 'released', 'false_alarm')),
  raised_at timestamptz not null,
  closed_at timestamptz,
  closed_by uuid,
  reason text
);
create index alert_open on alert (agency_id, raised_at) where status = 'open';
create index alert_subject on alert (subject_id, id);

-- ───────────────────────────── scope, grants, append-only
do $$
declare t text; by_agency text; by_category text;
begin
  by_agency := 'agency_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])';
  by_category := 'category = any((select coalesce(nullif(current_setting(''app.categories'', true), ''''), ''{}'')::text[])::text[])';
  foreach t in array array['party', 'vehicle', 'enforcement_case', 'case_term', 'case_scope', 'fact_change', 'evidence', 'evidence_event',
      'document', 'process_instance', 'step_history', 'work_item', 'message_wait', 'incident', 'clock', 'clock_history', 'alert'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy scoped on %I using (%s and %s)', t, by_agency, by_category);
  end loop;
  -- Numbers belong to an agency whatever the category.
  foreach t in array array['number_counter', 'number_taken'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy scoped on %I using (%s)', t, by_agency);
  end loop;
  -- A share is read by the agency it entitles and given by the agency that owns the case.
  execute 'drop policy scoped on case_scope';
  execute format('create policy entitled on case_scope for select using (%s and %s)', by_agency, by_category);
  execute format('create policy given on case_scope for insert with check (%s and %s)', replace(by_agency, 'agency_id', 'owner_id'), by_category);
  foreach t in array array['node_era', 'audit_entry', 'audit_link', 'fact_change', 'evidence_event', 'step_history', 'clock_history',
      'certificate_status', 'release', 'content_blob', 'login_attempt'] loop
    execute format('create trigger append_only before update or delete on %I for each row execute function zc.refuse_change()', t);
    execute format('create trigger no_truncate before truncate on %I for each statement execute function zc.refuse_change()', t);
  end loop;
end $$;
