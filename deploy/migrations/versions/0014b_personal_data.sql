-- ───────────────────────────── personal data seen in clear: who, what of whom, why
create table unmasking (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  subject_kind text not null,
  subject_id uuid not null,
  person_id uuid not null,
  elements text[] not null,
  reason text not null check (length(reason) > 0),
  at timestamptz not null
);
create index unmasking_of on unmasking (subject_id, id);

-- ───────────────────────────── lists of cases that leave the system: asked for by one person, approved by another
create table case_export (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  wanted jsonb not null,
  purpose text not null check (length(purpose) > 0),
  plain boolean not null default false,
  state text not null default 'requested' check (state in ('requested', 'approved', 'refused')),
  requested_by uuid not null references officer,
  requested_at timestamptz not null,
  decided_by uuid references officer,
  decided_at timestamptz,
  decision text,
  valid_until timestamptz,
  check (decided_by is null or decided_by <> requested_by),
  check ((state = 'requested') = (decided_by is null)),
  check ((state = 'approved') = (valid_until is not null))
);
create index case_export_agency on case_export (agency_id, id desc);

-- ───────────────────────────── parties: addresses of service, agents, duplicates
alter table party add column birth_date date, add column merged_into uuid references party;
create index party_phone on party (agency_id, phone) where phone is not null;
create index party_merged on party (merged_into) where merged_into is not null;

create table service_address (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  party_id uuid not null references party,
  receiver text not null,
  relation text,
  post_address text not null,
  electronic boolean not null,
  mobile text, wechat text, email text, fax text,
  valid_from date not null,
  valid_to date check (valid_to >= valid_from),
  document_id uuid references document,
  evidence_id uuid references evidence,
  confirmed_by uuid not null,
  confirmed_at timestamptz not null,
  ended_at timestamptz,
  ended_by uuid,
  end_reason text,
  check (document_id is not null or evidence_id is not null),
  check (not electronic or coalesce(mobile, wechat, email, fax) is not null),
  check ((ended_at is null) = (end_reason is null))
);
create index service_address_party on service_address (party_id, valid_from desc);

create table party_agent (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  party_id uuid not null references party,
  case_id uuid,
  name text not null,
  id_number text,
  phone text,
  relation text not null,
  special boolean not null,
  scope text not null check (length(scope) > 0),
  valid_from date not null,
  valid_to date check (valid_to >= valid_from),
  document_id uuid references document,
  evidence_id uuid references evidence,
  added_by uuid not null,
  added_at timestamptz not null,
  ended_at timestamptz,
  end_reason text,
  check (document_id is not null or evidence_id is not null),
  check ((ended_at is null) = (end_reason is null))
);
create index party_agent_party on party_agent (party_id, id);

create table party_merge (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  kept_id uuid not null references party,
  merged_id uuid not null references party,
  reason text not null check (length(reason) > 0),
  merged_by uuid not null,
  merged_at timestamptz not null,
  undone_by uuid,
  undone_at timestamptz,
  undo_reason text,
  check (kept_id <> merged_id),
  check ((undone_at is null) = (undo_reason is null))
);
create unique index party_merge_open on party_merge (merged_id) where undone_at is null;
create index party_merge_kept on party_merge (kept_id, id);

do $$
declare t text;
begin
  foreach t in array array['unmasking', 'case_export', 'service_address', 'party_agent', 'party_merge'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy scoped on %I using (agency_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])'
      ' and category = any((select coalesce(nullif(current_setting(''app.categories'', true), ''''), ''{}'')::text[])::text[]))', t);
  end loop;
  execute 'create trigger append_only before update or delete on unmasking for each row execute function zc.refuse_change()';
  execute 'create trigger no_truncate before truncate on unmasking for each statement execute function zc.refuse_change()';
end $$;
