-- Keys that sign the manifests of dossiers: two per agency (Ed25519, SM2), the private one covered by a passphrase that is not here.
create table dossier_key (
  id uuid primary key,
  agency_id int not null references agency,
  algorithm text not null check (algorithm in ('Ed25519', 'SM2')),
  public_key bytea not null,        -- SubjectPublicKeyInfo, DER
  fingerprint text not null unique, -- SM3 of public_key
  covered bytea not null,
  made_at timestamptz not null,
  made_by uuid not null,
  retired_at timestamptz,
  reason text,
  check (retired_at is null or length(reason) > 0)
);
create unique index dossier_key_used on dossier_key (agency_id, algorithm) where retired_at is null;
-- A signature is kept with what it signs: an SM2 signature is another one each time, a dossier exported twice is the same bytes.
create table dossier_signature (
  manifest_sm3 bytea not null check (length(manifest_sm3) = 32),
  key_id uuid not null references dossier_key,
  agency_id int not null,
  signature bytea not null,
  signed_at timestamptz not null,
  primary key (manifest_sm3, key_id)
);

-- A sealed dossier. A case sealed again (after a later proceeding, or with something added) has another part; the former stays.
create table dossier (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  case_id uuid not null references subject,
  part int not null check (part > 0),
  archive_no text,
  case_number text,
  title text not null,
  procedure_type text not null,
  year int not null,
  pages int not null,
  files int not null,
  volumes jsonb not null, -- [{key, name, outside, pages, sha256, sm3, size}]
  missing jsonb not null, -- what could not be bound, sentences
  package_sha256 bytea not null,
  package_sm3 bytea not null,
  package_size bigint not null,
  keys text[] not null, -- fingerprints of the keys that signed it
  sealed_at timestamptz not null,
  sealed_by uuid not null,
  effect_key text not null unique, -- the same sealing twice is one
  reason text, -- why there is another part
  retention_rule text,
  retention_years int check (retention_years > 0), -- null with retention_permanent; null without: not decided yet
  retention_permanent boolean not null default false,
  retention_unconfirmed text, -- why the years may not be relied on yet
  retain_until date,
  location text not null default '',
  state text not null default 'kept' check (state in ('kept', 'lent', 'destroyed')),
  version int not null default 1,
  unique (case_id, part),
  check (not (retention_permanent and retain_until is not null)),
  check (part = 1 or length(reason) > 0)
);
create index dossier_recent on dossier (agency_id, sealed_at desc, id desc);
create index dossier_recent_all on dossier (sealed_at desc, id desc);
create index dossier_archive_no on dossier (agency_id, archive_no, id desc);
create index dossier_due on dossier (retain_until, id) where state <> 'destroyed' and retention_unconfirmed is null and retain_until is not null;

-- A use of a dossier: asked, granted or refused, read or lent, ended. `agency_id` is the keeper's, `reader_agency_id` the reader's.
create table dossier_use (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  dossier_id uuid not null references dossier,
  kind text not null check (kind in ('read', 'lend', 'remote')),
  volumes text[] not null,
  reader_id uuid references officer, -- null: any officer of a remote agency
  reader_name text not null,
  reader_agency_id int not null references agency,
  purpose text not null check (length(purpose) > 0),
  days int not null check (days > 0),
  asked_at timestamptz not null,
  asked_by uuid not null,
  state text not null check (state in ('asked', 'granted', 'refused', 'lent', 'ended')),
  decided_at timestamptz,
  decided_by uuid,
  reason text,
  due_at timestamptz,
  ended_at timestamptz,
  ended_by uuid,
  reads int not null default 0,
  check (state <> 'refused' or length(reason) > 0),
  check (state not in ('granted', 'lent') or due_at is not null),
  check (decided_by is null or decided_by <> asked_by or kind = 'lend')
);
create index dossier_use_of on dossier_use (dossier_id, id desc);
create index dossier_use_reader on dossier_use (reader_id, id desc);
create index dossier_use_open on dossier_use (agency_id, state, id desc);
create unique index dossier_use_lent on dossier_use (dossier_id) where state = 'lent';

create table dossier_event (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  dossier_id uuid not null references dossier,
  at timestamptz not null,
  person_id uuid not null,
  event text not null,
  detail text not null default ''
);
create index dossier_event_of on dossier_event (dossier_id, id);

-- What a keeper proposes for dossiers whose retention has ended: destruction is recorded, nothing is deleted here.
create table dossier_list (
  id uuid primary key,
  agency_id int not null references agency,
  kind text not null check (kind in ('destroy', 'prolong')),
  years int check (years > 0),
  reason text not null check (length(reason) > 0),
  made_at timestamptz not null,
  made_by uuid not null,
  state text not null default 'open' check (state in ('open', 'approved', 'refused')),
  first_by uuid,
  first_at timestamptz,
  second_by uuid,
  second_at timestamptz,
  refused_by uuid,
  refused_at timestamptz,
  refusal text,
  check ((kind = 'prolong') = (years is not null)),
  check (first_by is null or first_by <> made_by),
  check (second_by is null or (second_by <> made_by and second_by <> first_by)),
  check (state <> 'approved' or second_by is not null),
  check (state <> 'refused' or length(refusal) > 0)
);
create index dossier_list_recent on dossier_list (agency_id, id desc);
create table dossier_listed (
  list_id uuid not null references dossier_list,
  dossier_id uuid not null references dossier,
  agency_id int not null,
  category text not null,
  open boolean not null default true,
  primary key (list_id, dossier_id)
);
-- A dossier stands on one open list at most.
create unique index dossier_listed_once on dossier_listed (dossier_id) where open;

-- Sealed is sealed: papers and evidence that lay in the dossier do not change. A later proceeding on the same case goes on with
-- its own; what is added otherwise comes by the verb that asks for a reason (app.supplement). The verbs refuse first and say why.
create function zc.guard_sealed() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  there uuid := case when tg_op = 'DELETE' then old.case_id else new.case_id end;
  since timestamptz := (select max(sealed_at) from dossier where case_id = there);
  made timestamptz;
begin
  if since is null then
    return case when tg_op = 'DELETE' then old else new end;
  end if;
  if tg_op = 'INSERT' then
    if current_setting('app.supplement', true) = there::text or exists (select 1 from process_instance
        where subject_id = there and started_at > since and status in ('running', 'suspended', 'incident')) then
      return new;
    end if;
  else
    made := case tg_table_name when 'document' then (to_jsonb(old) ->> 'made_at')::timestamptz else (to_jsonb(old) ->> 'received_at')::timestamptz end;
    if tg_op = 'UPDATE' and made > since then
      return new;
    end if;
    -- A later decision may revoke a paper: its file stays.
    if tg_op = 'UPDATE' and tg_table_name = 'document' and to_jsonb(new) ->> 'state' = 'revoked'
        and to_jsonb(new) - 'state' = to_jsonb(old) - 'state' then
      return new;
    end if;
  end if;
  raise exception '案卷已归档封存,文书和证据不得增改:%', tg_op using errcode = '42501';
end $$;
create trigger sealed before insert or update or delete on document for each row execute function zc.guard_sealed();
create trigger sealed before insert or update or delete on evidence for each row execute function zc.guard_sealed();

do $$
declare t text; by_agency text; by_category text;
begin
  by_agency := 'agency_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])';
  by_category := 'category = any((select coalesce(nullif(current_setting(''app.categories'', true), ''''), ''{}'')::text[])::text[])';
  foreach t in array array['dossier', 'dossier_use', 'dossier_event', 'dossier_listed'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy scoped on %I using (%s and %s)', t, by_agency, by_category);
  end loop;
  foreach t in array array['dossier_key', 'dossier_signature', 'dossier_list'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy scoped on %I using (%s)', t, by_agency);
  end loop;
  foreach t in array array['dossier_signature', 'dossier_event'] loop
    execute format('create trigger append_only before update or delete on %I for each row execute function zc.refuse_change()', t);
    execute format('create trigger no_truncate before truncate on %I for each statement execute function zc.refuse_change()', t);
  end loop;
end $$;

-- Cases that were archived before there was this register.
insert into dossier (id, agency_id, category, case_id, part, archive_no, case_number, title, procedure_type, year, pages, files, volumes,
  missing, package_sha256, package_sm3, package_size, keys, sealed_at, sealed_by, effect_key, retention_unconfirmed)
select gen_random_uuid(), c.agency_id, c.category, c.id, 1, c.facts ->> 'archive_no', c.case_number, c.case_cause, c.procedure_type,
  extract(year from c.archived_at at time zone 'Asia/Shanghai')::int, 0, 0, '[]', '["旧格式卷宗:没有装订成册的 PDF,没有签名"]',
  decode(c.facts ->> 'dossier_sha256', 'hex'), decode(c.facts ->> 'dossier_sm3', 'hex'), (c.facts ->> 'dossier_size')::bigint, '{}',
  c.archived_at, '00000000-0000-7000-8000-000000000001', 'migrated:' || c.id, '归档早于卷宗登记,请核定保管期限'
from enforcement_case c where c.archived_at is not null and c.facts ? 'dossier_sha256' and c.facts ? 'dossier_sm3' and c.facts ? 'dossier_size';
