-- A late paper for a sealed dossier: proposed by its keeper, decided by another; accepted, it is sealed as another part.
create table dossier_supplement (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  dossier_id uuid not null references dossier,
  case_id uuid not null,
  name text not null,
  media_type text not null,
  file_sha256 bytea not null,
  file_sm3 bytea not null,
  size bigint not null,
  reason text not null check (length(reason) > 0),
  asked_by uuid not null,
  asked_at timestamptz not null,
  state text not null check (state in ('asked', 'accepted', 'refused')),
  decided_by uuid,
  decided_at timestamptz,
  note text,
  check ((state = 'asked') = (decided_by is null)),
  check (decided_by is null or decided_by <> asked_by),
  check (state <> 'refused' or length(note) > 0)
);
create index dossier_supplement_of on dossier_supplement (case_id, id desc);
alter table dossier_supplement enable row level security;
create policy scoped on dossier_supplement using (
  agency_id = any((select coalesce(nullif(current_setting('app.scope', true), ''), '{}')::int[])::int[])
  and category = any((select coalesce(nullif(current_setting('app.categories', true), ''), '{}')::text[])::text[]));

-- What our people asked of other agencies: the request itself stands with the asked agency, out of our sight.
create table dossier_request (
  id uuid primary key, -- of dossier_use
  agency_id int not null,
  category text not null,
  owner_id int not null references agency,
  archive_no text not null,
  purpose text not null,
  days int not null,
  asked_by uuid not null,
  asked_at timestamptz not null
);
create index dossier_request_of on dossier_request (asked_by, id desc);
alter table dossier_request enable row level security;
create policy scoped on dossier_request using (
  agency_id = any((select coalesce(nullif(current_setting('app.scope', true), ''), '{}')::int[])::int[])
  and category = any((select coalesce(nullif(current_setting('app.categories', true), ''), '{}')::text[])::text[]));
insert into dossier_request (id, agency_id, category, owner_id, archive_no, purpose, days, asked_by, asked_at)
select u.id, u.reader_agency_id, u.category, u.agency_id, coalesce(d.archive_no, ''), u.purpose, u.days, u.asked_by, u.asked_at
from dossier_use u join dossier d on d.id = u.dossier_id where u.kind = 'remote';
