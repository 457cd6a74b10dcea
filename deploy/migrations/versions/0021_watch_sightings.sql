-- An object that one agency watches and has published is met by another: the one that met it says so, the one that watches reads it.
create table watch_sighting (
  id uuid primary key,
  entry_id uuid not null references watch_notice,
  owner_id int not null references agency,   -- who watches
  agency_id int not null references agency,  -- who met it
  category text not null,
  what text not null check (what <> ''),     -- in words, without names: a check, a case, a vehicle that passed
  subject_id uuid not null,                  -- the record it was met in; the other agency cannot open it
  met_on date not null,
  met_at timestamptz not null,
  unique (entry_id, subject_id, what, met_on)
);
create index watch_sighting_owner on watch_sighting (owner_id, id desc);
create index money_offset_list on money_offset (agency_id, id desc);

do $$
declare mine text; theirs text; by_category text;
begin
  mine := 'agency_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])';
  theirs := 'owner_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])';
  by_category := 'category = any((select coalesce(nullif(current_setting(''app.categories'', true), ''''), ''{}'')::text[])::text[])';
  execute 'alter table watch_sighting enable row level security';
  -- Told by the agency that met it, in its own name; read by that one and by the one that watches; changed by nobody.
  execute format('create policy told on watch_sighting for insert with check (%s and %s)', mine, by_category);
  execute format('create policy seen on watch_sighting for select using ((%s or %s) and %s)', mine, theirs, by_category);
end $$;
