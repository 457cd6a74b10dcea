-- ───────────────────────────── what a release was built on
-- Path → SM3 of the repository's files that a set published from elsewhere rests on; null: it is the repository's files.
alter table release add column base jsonb;

-- ───────────────────────────── papers that revoke served ones
alter table document add column revokes uuid[];
alter table document drop constraint document_state_check;
alter table document add constraint document_state_check
  check (state in ('made', 'issued', 'served', 'revoked', 'superseded', 'void'));

-- What a return took back is asked at every step: most cases have no row here.
create index step_history_moved on step_history (subject_id) where event = 'moved';

-- ───────────────────────────── ships, practitioners, and what belongs to a business
create table ship (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  name text not null,
  mmsi text check (mmsi ~ '^[2-7][0-9]{8}$'),
  imo text check (imo ~ '^[0-9]{7}$'),
  ship_type text,
  transport_permit text,
  owner_id uuid references party,
  facts jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz not null
);
create unique index ship_mmsi on ship (agency_id, category, mmsi) where mmsi is not null;
create unique index ship_imo on ship (agency_id, category, imo) where imo is not null;
create index ship_name on ship (agency_id, name);
create index ship_owner on ship (owner_id) where owner_id is not null;

create table practitioner (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  name text not null,
  id_number text,
  certificate_no text,
  certificate_until date,
  employer_id uuid references party,
  facts jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz not null
);
create unique index practitioner_certificate on practitioner (agency_id, category, certificate_no) where certificate_no is not null;
create unique index practitioner_identity on practitioner (agency_id, category, id_number) where id_number is not null;
create index practitioner_name on practitioner (agency_id, name);
create index practitioner_employer on practitioner (employer_id) where employer_id is not null;

alter table party add column operating_licence text;
alter table vehicle add column owner_id uuid references party, add column transport_permit text;
create index vehicle_owner on vehicle (owner_id) where owner_id is not null;
alter table enforcement_case add column ship_id uuid references ship, add column practitioner_id uuid references practitioner;
create index case_ship on enforcement_case (ship_id, created_at desc) where ship_id is not null;
create index case_practitioner on enforcement_case (practitioner_id, created_at desc) where practitioner_id is not null;

-- How many cases of each category stand where: read from this index alone.
create index case_counts on enforcement_case (agency_id, category, case_status, created_at);

do $$
declare t text;
begin
  foreach t in array array['ship', 'practitioner'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy scoped on %I using (agency_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])'
      ' and category = any((select coalesce(nullif(current_setting(''app.categories'', true), ''''), ''{}'')::text[])::text[]))', t);
  end loop;
end $$;
