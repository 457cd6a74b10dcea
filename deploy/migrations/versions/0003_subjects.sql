-- Every record that a process is about, whatever its kind: papers and evidence hang on it, and it says what it came from.
create table subject (
  id uuid primary key,
  kind text not null,
  agency_id int not null references agency,
  category text not null,
  origin_id uuid references subject,
  created_at timestamptz not null
);
create index subject_origin on subject (origin_id) where origin_id is not null;
insert into subject (id, kind, agency_id, category, created_at)
select id, 'case', agency_id, category, created_at from enforcement_case;

alter table document drop constraint document_case_id_fkey, add constraint document_subject foreign key (case_id) references subject;
alter table evidence drop constraint evidence_case_id_fkey, add constraint evidence_subject foreign key (case_id) references subject;

-- Which process made a paper: a step of service serves those of its own process. Before now a case had one process.
alter table document add column instance_id uuid;
update document d set instance_id = i.id from process_instance i where i.subject_id = d.case_id;
create index document_instance on document (instance_id) where served_at is null;

create table clue (
  id uuid primary key references subject,
  agency_id int not null references agency,
  category text not null,
  number text,
  title text not null default '',
  status text not null,
  source text,
  occurred_at timestamptz,
  place text,
  plate_no text,
  plate_color text,
  ship_name text,
  party_name text,
  confidential boolean not null default false, -- the reporter asked for it
  facts jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz not null,
  closed_at timestamptz,
  unique (agency_id, number)
);
create index clue_recent on clue (agency_id, created_at desc, id desc);
create index clue_plate on clue (agency_id, plate_no, occurred_at) where plate_no is not null;
create index clue_party on clue (agency_id, party_name, occurred_at) where party_name is not null;
create index clue_ship on clue (agency_id, ship_name, occurred_at) where ship_name is not null;

-- The clock on which a waiting step rests, so that it is redated whichever process of the record moves the clock.
alter table work_item add column clock text;

do $$
declare t text; by_agency text; by_category text;
begin
  by_agency := 'agency_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])';
  by_category := 'category = any((select coalesce(nullif(current_setting(''app.categories'', true), ''''), ''{}'')::text[])::text[])';
  foreach t in array array['subject', 'clue'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy scoped on %I using (%s and %s)', t, by_agency, by_category);
  end loop;
end $$;
