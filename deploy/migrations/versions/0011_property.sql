-- Property taken in a case (涉案财物): what it is, where it is, and every movement with its paper and its two officers.

-- ───────────────────────────── what a proceeding wrote, where several of a kind may run on one record
alter table process_instance add column own jsonb;

-- ───────────────────────────── the ledger
create table property_item (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  case_id uuid not null references enforcement_case,
  instance_id uuid not null,  -- the proceeding by which it is held: its clocks are those of the item
  number text not null,
  basis text not null check (basis in ('seized', 'preserved', 'sampled')),
  listed int not null check (listed > 0),  -- its line in the list
  class text not null,
  name text not null check (name <> ''),
  spec text,
  quantity text not null check (quantity <> ''),  -- as the list has it
  unit text,
  condition text,
  owner_name text,
  third_party boolean not null default false,  -- it belongs to somebody who is not the party
  receipt_number text,
  seal_number text,
  remark text,
  mileage_km int check (mileage_km >= 0),
  mileage_now_km int check (mileage_now_km >= 0),
  damaged boolean not null default false,
  status text not null default 'seized'
    check (status in ('seized', 'stored', 'lent', 'returned', 'handed_over', 'destroyed', 'auctioned', 'confiscated')),
  place text,
  shelf text,
  keeper_id uuid references officer,
  moves int not null default 0,
  taken_at timestamptz not null,
  created_at timestamptz not null,
  unique (agency_id, number)
);
create index property_case on property_item (case_id, id);
create index property_recent on property_item (agency_id, id desc);
create index property_here on property_item (agency_id, category, place, shelf) where status in ('stored', 'lent', 'seized');
create unique index property_line on property_item (instance_id, basis, listed);

-- One row per movement. Which movement may follow which state stands here and nowhere else.
create table property_movement (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  item_id uuid not null references property_item,
  seq int not null check (seq > 0),
  at timestamptz not null,
  movement text not null,
  from_status text,
  to_status text not null,
  document_id uuid not null references document,   -- the paper that allows it
  approval_id uuid references document,            -- the approval, where one is asked for
  giver_id uuid not null references officer,       -- the two officers
  taker_id uuid not null references officer,
  recorded_by uuid not null,
  receiver text,                                   -- who received it, outside
  place text,
  shelf text,
  keeper_id uuid references officer,
  due_on date,                                     -- lent until
  reason text not null default '',
  witnesses text[] not null default '{}',
  photos text[] not null default '{}',
  proceeds numeric(16, 2) check (proceeds >= 0),
  instance_id uuid,                                -- of what is taken anew: the proceeding that holds it from now on,
  listed int,                                      -- and its line in that one's list
  unique (item_id, seq),
  constraint property_two_officers check (giver_id <> taker_id),
  constraint property_allowed check ((movement, coalesce(from_status, ''), to_status) in (
    ('take', '', 'seized'),
    ('store', 'seized', 'stored'),
    ('shift', 'stored', 'stored'),
    ('lend', 'stored', 'lent'),
    ('take_back', 'lent', 'stored'),
    ('retake', 'seized', 'seized'), ('retake', 'stored', 'seized'),
    ('return', 'seized', 'returned'), ('return', 'stored', 'returned'),
    ('hand_over', 'seized', 'handed_over'), ('hand_over', 'stored', 'handed_over'),
    ('confiscate', 'seized', 'confiscated'), ('confiscate', 'stored', 'confiscated'),
    ('destroy', 'seized', 'destroyed'), ('destroy', 'stored', 'destroyed'), ('destroy', 'confiscated', 'destroyed'),
    ('auction', 'stored', 'auctioned'), ('auction', 'confiscated', 'auctioned'))),
  constraint property_kept check (movement not in ('store', 'shift', 'take_back') or (coalesce(place, '') <> '' and keeper_id is not null)),
  constraint property_received check (movement not in ('lend', 'return', 'hand_over', 'auction') or coalesce(receiver, '') <> ''),
  constraint property_lent_until check (movement <> 'lend' or due_on is not null),
  constraint property_approved check (movement not in ('lend', 'destroy', 'auction') or approval_id is not null),
  constraint property_destroyed check (movement <> 'destroy' or (cardinality(witnesses) >= 2 and cardinality(photos) >= 1)),
  constraint property_proceeds check ((movement = 'auction') = (proceeds is not null)),
  constraint property_retaken check ((movement = 'retake') = (instance_id is not null and listed is not null))
);
create index property_movement_of on property_movement (item_id, seq desc);

create function zc.property_paper(paper uuid, about uuid) returns void language plpgsql as $$
begin
  perform 1 from document d where d.id = paper and d.case_id = about and d.state in ('made', 'unsealed', 'issued', 'served');
  if not found then
    raise exception 'no standing paper % of case % allows this movement', paper, about using errcode = 'ZC001';
  end if;
end $$;

-- A movement starts from where the item is and rests on a paper of its case that stands.
create function zc.property_moves() returns trigger language plpgsql as $$
declare item property_item;
begin
  select * into item from property_item where id = new.item_id for update;
  if not found or item.agency_id <> new.agency_id or item.category <> new.category then
    raise exception 'item % is not of this agency', new.item_id using errcode = 'ZC001';
  end if;
  if new.seq <> item.moves + 1 or new.from_status is distinct from (case when item.moves = 0 then null else item.status end) then
    raise exception 'item % has moved meanwhile', new.item_id using errcode = 'ZC002';
  end if;
  perform zc.property_paper(new.document_id, item.case_id);
  if new.approval_id is not null then
    perform zc.property_paper(new.approval_id, item.case_id);
  end if;
  return new;
end $$;
create trigger before_move before insert on property_movement for each row execute function zc.property_moves();

-- The item follows its movements …
create function zc.property_follows() returns trigger language plpgsql as $$
begin
  update property_item set status = new.to_status, moves = new.seq,
    place = case when new.to_status = 'stored' then new.place when new.to_status = 'seized' then coalesce(new.place, place) else null end,
    shelf = case when new.to_status = 'stored' then new.shelf else null end,
    keeper_id = case when new.to_status in ('stored', 'seized') then coalesce(new.keeper_id, keeper_id) when new.to_status = 'lent' then keeper_id end,
    instance_id = coalesce(new.instance_id, instance_id),
    basis = case when new.movement = 'retake' then 'seized' else basis end,
    listed = coalesce(new.listed, listed)
  where id = new.item_id;
  return null;
end $$;
create trigger after_move after insert on property_movement for each row execute function zc.property_follows();

-- … and nothing else moves it. What stocktaking may correct is its condition and its reading of the odometer.
create function zc.property_stays() returns trigger language plpgsql as $$
declare free text[] := array['condition', 'damaged', 'mileage_now_km', 'seal_number', 'remark'];
begin
  if pg_trigger_depth() < 2 and (to_jsonb(new) - free) is distinct from (to_jsonb(old) - free) then
    raise exception 'property % moves only by a movement with its paper and two officers', old.number using errcode = 'ZC003';
  end if;
  return new;
end $$;
create trigger stays before update on property_item for each row execute function zc.property_stays();

-- What stands in the ledger was taken by somebody under some paper.
create function zc.property_was_taken() returns trigger language plpgsql as $$
begin
  perform 1 from property_movement where item_id = new.id;
  if not found then
    raise exception 'property % has no first movement', new.number using errcode = 'ZC003';
  end if;
  return null;
end $$;
create constraint trigger was_taken after insert on property_item deferrable initially deferred
  for each row execute function zc.property_was_taken();

-- ───────────────────────────── stocktaking
create table stocktaking (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  place text not null check (place <> ''),
  shelf text,
  expected uuid[] not null,  -- what should be there, frozen at the start
  started_at timestamptz not null,
  started_by uuid not null references officer,
  second_id uuid not null references officer,
  closed_at timestamptz,
  closed_by uuid references officer,
  constraint stocktaking_two_officers check (started_by <> second_id)
);
create index stocktaking_recent on stocktaking (agency_id, id desc);
create table stocktaking_count (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  stocktaking_id uuid not null references stocktaking,
  code text not null check (code <> ''),  -- what the label says
  item_id uuid references property_item,
  shelf text,
  damaged boolean not null default false,
  mileage_km int check (mileage_km >= 0),
  note text not null default '',
  counted_at timestamptz not null,
  counted_by uuid not null references officer,
  unique (stocktaking_id, code)
);
create table stocktaking_difference (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  stocktaking_id uuid not null references stocktaking,
  item_id uuid references property_item,
  code text not null,
  kind text not null check (kind in ('missing', 'surplus', 'wrong_place', 'damaged')),
  detail text not null,
  raised_at timestamptz not null,
  answered_at timestamptz,
  answered_by uuid references officer,
  answer text,
  check ((answered_at is null) = (answer is null))
);
create index stocktaking_difference_open on stocktaking_difference (agency_id, id desc);
create index stocktaking_difference_of on stocktaking_difference (stocktaking_id, id);

do $$
declare t text; by_agency text; by_category text;
begin
  by_agency := 'agency_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])';
  by_category := 'category = any((select coalesce(nullif(current_setting(''app.categories'', true), ''''), ''{}'')::text[])::text[])';
  foreach t in array array['property_item', 'property_movement', 'stocktaking', 'stocktaking_count', 'stocktaking_difference'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy scoped on %I using (%s and %s)', t, by_agency, by_category);
  end loop;
  foreach t in array array['property_movement', 'stocktaking_count'] loop
    execute format('create trigger append_only before update or delete on %I for each row execute function zc.refuse_change()', t);
  end loop;
  foreach t in array array['property_item', 'property_movement', 'stocktaking_count'] loop
    execute format('create trigger no_truncate before truncate on %I for each statement execute function zc.refuse_change()', t);
  end loop;
  execute 'create trigger no_delete before delete on property_item for each row execute function zc.refuse_change()';
end $$;
