-- The watch list across agencies: an entry knows what its object is identified by, so that another agency's row of the same
-- object is recognised; and an agency may publish an entry to the others of the category, with the words it answers for.
alter table watch_entry add column number text, add column color text;
update watch_entry e set number = case e.object_kind
    when 'party' then (select uscc from party o where o.id = e.object_id)
    when 'vehicle' then (select plate from vehicle o where o.id = e.object_id)
    when 'ship' then (select mmsi from ship o where o.id = e.object_id)
    when 'practitioner' then (select certificate_no from practitioner o where o.id = e.object_id)
    else (select project_no from project o where o.id = e.object_id) end,
  color = case e.object_kind when 'vehicle' then (select plate_color from vehicle o where o.id = e.object_id) end;
create index watch_entry_number on watch_entry (object_kind, number, until) where removed_at is null;

create table watch_notice (
  entry_id uuid primary key references watch_entry,
  owner_id int not null references agency,
  category text not null,
  object_kind text not null,
  number text not null,
  color text,
  reason text not null check (reason <> ''),
  until timestamptz not null,
  published_by uuid not null,
  published_at timestamptz not null,
  ended_at timestamptz
);
create index watch_notice_number on watch_notice (object_kind, number, until) where ended_at is null;

do $$
declare mine text; by_category text;
begin
  mine := 'owner_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])';
  by_category := 'category = any((select coalesce(nullif(current_setting(''app.categories'', true), ''''), ''{}'')::text[])::text[])';
  execute 'alter table watch_notice enable row level security';
  -- Published is: read by every agency of the category, given and ended by the one that put the entry.
  execute format('create policy published on watch_notice for select using (%s)', by_category);
  execute format('create policy given on watch_notice for insert with check (%s and %s)', mine, by_category);
  execute format('create policy ended on watch_notice for update using (%s and %s)', mine, by_category);
end $$;
