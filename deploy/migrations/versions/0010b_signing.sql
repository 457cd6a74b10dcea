-- Signers of a task: who, in which order, what he said; the rule stands in the task.
create table task_signer (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  item_id uuid not null references work_item,
  subject_id uuid not null,
  person_id uuid not null references officer,
  position int not null,
  opinion text check (opinion in ('agree', 'refuse')),
  note text,
  signed_at timestamptz,
  reason text, -- why he was added by hand, or struck off
  added_by uuid not null,
  added_at timestamptz not null,
  removed_by uuid,
  removed_at timestamptz,
  check ((opinion is null) = (signed_at is null)),
  check (opinion is null or removed_at is null),
  check (opinion <> 'refuse' or length(note) > 0)
);
create unique index task_signer_item on task_signer (item_id, person_id) where removed_at is null;
create index task_signer_person on task_signer (person_id) where opinion is null and removed_at is null;
alter table work_item add column signing jsonb; -- {rule, share, refusal}; null: nobody signs
do $$
begin
  execute 'alter table task_signer enable row level security';
  execute 'create policy scoped on task_signer using (agency_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])'
    ' and category = any((select coalesce(nullif(current_setting(''app.categories'', true), ''''), ''{}'')::text[])::text[]))';
end $$;
