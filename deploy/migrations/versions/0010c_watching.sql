-- Who was sent a copy of a case (and when he read it), and who follows it.
create table case_watch (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  subject_id uuid not null,
  person_id uuid not null references officer,
  kind text not null check (kind in ('cc', 'follow')),
  note text,
  added_by uuid not null references officer,
  added_at timestamptz not null,
  read_at timestamptz
);
create unique index case_watch_one on case_watch (subject_id, person_id, kind);
create index case_watch_person on case_watch (person_id, kind, id desc);
do $$
begin
  execute 'alter table case_watch enable row level security';
  execute 'create policy scoped on case_watch using (agency_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])'
    ' and category = any((select coalesce(nullif(current_setting(''app.categories'', true), ''''), ''{}'')::text[])::text[]))';
end $$;
