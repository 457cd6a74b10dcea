-- Supervised objects, inspections with double random, clues that are one matter.

-- ───────────────────────────── supervised objects
create table project (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  project_no text not null,
  name text not null,
  kind text,
  place text,
  owner_id uuid references party,
  facts jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz not null,
  unique (agency_id, category, project_no)
);
create index project_owner on project (owner_id) where owner_id is not null;
create index project_name on project (agency_id, name);

-- How risky an object is held to be; one row per object, changes are in fact_change.
create table object_class (
  object_id uuid primary key,
  object_kind text not null check (object_kind in ('party', 'vehicle', 'ship', 'practitioner', 'project')),
  agency_id int not null references agency,
  category text not null,
  risk_class text not null check (risk_class in ('A', 'B', 'C', 'D')),
  reason text not null,
  set_by uuid not null,
  set_at timestamptz not null
);

create table permit (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  object_kind text not null check (object_kind in ('party', 'vehicle', 'ship', 'practitioner', 'project')),
  object_id uuid not null,
  kind text not null,
  permit_no text not null,
  scope text,
  issuer text,
  valid_from date,
  valid_until date,
  status text not null check (status in ('valid', 'suspended', 'revoked', 'cancelled')),
  source text not null,
  version int not null default 1,
  created_at timestamptz not null,
  check (valid_from is null or valid_until is null or valid_from <= valid_until),
  unique (agency_id, category, kind, permit_no)
);
create index permit_object on permit (object_id, created_at desc, id desc);

create table watch_entry (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  object_kind text not null check (object_kind in ('party', 'vehicle', 'ship', 'practitioner', 'project')),
  object_id uuid not null,
  label text not null,
  reason text not null check (reason <> ''),
  since timestamptz not null,
  until timestamptz not null check (until > since),
  put_by uuid not null,
  removed_at timestamptz,
  removed_by uuid,
  remove_reason text,
  check ((removed_at is null) = (remove_reason is null))
);
create index watch_entry_object on watch_entry (object_id, until) where removed_at is null;
create index watch_entry_timeline on watch_entry (object_id, since desc, id desc);
create index watch_entry_list on watch_entry (agency_id, id desc);

-- What was asked about an object, when, of which source, and what it answered: a proof that is never rewritten.
create table object_check (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  object_kind text not null,
  object_id uuid,
  asked jsonb not null,
  source text not null,
  outcome text not null check (outcome in ('found', 'not_found', 'unavailable')),
  findings jsonb not null,
  sha256 bytea not null check (length(sha256) = 32),
  sm3 bytea not null check (length(sm3) = 32),
  checked_by uuid not null,
  checked_at timestamptz not null
);
create index object_check_object on object_check (object_id, checked_at desc, id desc);

-- ───────────────────────────── inspections
create table expert (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  name text not null,
  organisation text not null,
  field text not null,
  active boolean not null default true,
  created_at timestamptz not null,
  unique (agency_id, category, name, organisation)
);

create table recusal_relation (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  person_kind text not null check (person_kind in ('officer', 'expert')),
  person_id uuid not null,
  object_kind text not null,
  object_id uuid not null,
  reason text not null check (reason <> ''),
  declared_by uuid not null,
  declared_at timestamptz not null,
  ended_at timestamptz
);
create unique index recusal_relation_one on recusal_relation (person_id, object_id) where ended_at is null;
create index recusal_relation_object on recusal_relation (object_id);

create table check_list (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  list_no text not null,
  version int not null,
  name text not null,
  items jsonb not null,
  created_at timestamptz not null,
  unique (agency_id, list_no, version)
);

create table inspection_plan (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  plan_no text not null,
  name text not null,
  kind text not null check (kind in ('daily', 'random', 'special')),
  focus text not null check (focus in ('general', 'key')),
  basis text not null,
  check_list_id uuid not null references check_list,
  object_kind text not null,
  conditions jsonb not null,
  object_count int not null check (object_count between 1 and 100000),
  inspectors_each int not null check (inspectors_each between 2 and 20),
  experts_each int not null check (experts_each between 0 and 10),
  supervisors uuid[] not null default '{}',
  opens_on date not null,
  closes_on date not null check (closes_on >= opens_on),
  created_by uuid not null,
  created_at timestamptz not null,
  unique (agency_id, plan_no)
);
create index inspection_plan_list on inspection_plan (agency_id, id desc);

create table inspection_draw (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  plan_id uuid not null references inspection_plan,
  turn int not null,
  reason text,
  former_id uuid references inspection_draw,
  frozen_at timestamptz not null,
  frozen_by uuid not null,
  frozen_sha256 bytea not null check (length(frozen_sha256) = 32),
  object_count int not null,
  inspector_count int not null,
  expert_count int not null,
  seed_way text not null check (seed_way in ('system', 'published')),
  seed_source text not null,
  seed_word text,
  seed text,
  seed_by uuid,
  seed_at timestamptz check (seed_at >= frozen_at),
  result jsonb,
  labels jsonb,
  dispatched_at timestamptz,
  published_at timestamptz,
  published_by uuid,
  check ((turn = 1) = (reason is null)),
  check ((seed is null) = (result is null)),
  unique (plan_id, turn)
);
create index inspection_draw_list on inspection_draw (agency_id, id desc);
-- What is frozen stays as it is, and so does what was drawn: a redraw is another row.
create function zc.keep_draw() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE'
    or (old.plan_id, old.turn, old.frozen_at, old.frozen_by, old.frozen_sha256, old.seed_way, old.seed_source)
      is distinct from (new.plan_id, new.turn, new.frozen_at, new.frozen_by, new.frozen_sha256, new.seed_way, new.seed_source)
    or (old.seed is not null and (old.seed, old.seed_word, old.seed_at, old.result) is distinct from (new.seed, new.seed_word, new.seed_at, new.result))
  then
    raise exception '抽取记录只增不改' using errcode = '42501';
  end if;
  return new;
end $$;
create trigger keep before update or delete on inspection_draw for each row execute function zc.keep_draw();
create trigger no_truncate before truncate on inspection_draw for each statement execute function zc.refuse_change();

create table inspection (
  id uuid primary key references subject,
  agency_id int not null references agency,
  category text not null,
  number text,
  title text not null default '',
  status text not null,
  plan_id uuid references inspection_plan,
  draw_id uuid references inspection_draw,
  draw_place int,
  object_kind text,
  object_id uuid,
  object_name text,
  inspected_at timestamptz,
  result text,
  published_at timestamptz,
  closed_at timestamptz,
  facts jsonb not null default '{}',
  version int not null default 1,
  created_at timestamptz not null,
  unique (draw_id, draw_place)
);
create index inspection_object on inspection (object_id, created_at desc, id desc) where object_id is not null;
create index inspection_list on inspection (agency_id, created_at desc, id desc);
create index inspection_number on inspection (agency_id, number);

-- ───────────────────────────── clues
alter table clue
  add column vehicle_id uuid references vehicle,
  add column ship_id uuid references ship,
  add column party_id uuid references party,
  add column practitioner_id uuid references practitioner,
  add column sender text,
  add column sender_no text,
  add column merged_into uuid references clue;
create unique index clue_sender on clue (agency_id, sender, sender_no) where sender_no is not null;
create index clue_vehicle on clue (vehicle_id, created_at desc, id desc) where vehicle_id is not null;
create index clue_of_ship on clue (ship_id, created_at desc, id desc) where ship_id is not null;
create index clue_of_party on clue (party_id, created_at desc, id desc) where party_id is not null;
create index clue_of_practitioner on clue (practitioner_id, created_at desc, id desc) where practitioner_id is not null;
create index clue_place on clue (agency_id, place, occurred_at) where place is not null;

create table clue_merge (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  clue_id uuid not null references clue,
  into_id uuid not null references clue check (into_id <> clue_id),
  reason text not null check (reason <> ''),
  status_before text not null,
  merged_by uuid not null,
  merged_at timestamptz not null,
  undone_by uuid,
  undone_at timestamptz,
  undo_reason text
);
create unique index clue_merge_one on clue_merge (clue_id) where undone_at is null;
create index clue_merge_into on clue_merge (into_id, id);

do $$
declare t text;
begin
  foreach t in array array['project', 'object_class', 'permit', 'watch_entry', 'object_check', 'expert', 'recusal_relation',
      'check_list', 'inspection_plan', 'inspection_draw', 'inspection', 'clue_merge'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy scoped on %I using (agency_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])'
      ' and category = any((select coalesce(nullif(current_setting(''app.categories'', true), ''''), ''{}'')::text[])::text[]))', t);
  end loop;
  foreach t in array array['object_check', 'check_list'] loop
    execute format('create trigger append_only before update or delete on %I for each row execute function zc.refuse_change()', t);
    execute format('create trigger no_truncate before truncate on %I for each statement execute function zc.refuse_change()', t);
  end loop;
end $$;
