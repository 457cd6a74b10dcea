-- A dossier that another agency may read is closed to it the moment the agency that keeps it says so: the share gets an end.
-- The giver reads the shares it gave, and may shorten their term; nothing else of a share is ever changed.
do $$
declare given text;
begin
  given := 'owner_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])'
    ' and category = any((select coalesce(nullif(current_setting(''app.categories'', true), ''''), ''{}'')::text[])::text[])';
  execute format('create policy of_giver on case_scope for select using (%s)', given);
  execute format('create policy ended on case_scope for update using (%s)', given);
end $$;

create function zc.share_only_ends() returns trigger language plpgsql as $$
begin
  if (to_jsonb(new) - 'due_at') <> (to_jsonb(old) - 'due_at') or new.due_at is null or new.due_at > coalesce(old.due_at, 'infinity') then
    raise exception '共享只能提前结束';
  end if;
  return new;
end $$;
create trigger only_ends before update on case_scope for each row execute function zc.share_only_ends();
