-- What a list shows of a record to who may not see persons in clear: the title with party and plate masked by the rule of facts
-- (content.identity.masked). Null: nothing in it tells of a person.
alter table work_item add column title_masked text;

-- Titles that stand already are masked from what their records say; new ones come masked from the step.
create function zc.title_hidden(title text, facts jsonb) returns text language plpgsql immutable as $$
declare told text;
begin
  foreach told in array array[facts->>'party_name', facts->>'driver_name', facts->>'org_legal_representative'] loop
    if length(told) >= 2 then
      title := replace(title, told, left(told, 1) || repeat('*', length(told) - 1));
    end if;
  end loop;
  told := facts->>'plate_no';
  if length(told) > 3 then
    title := replace(title, told, left(told, 2) || repeat('*', length(told) - 3) || right(told, 1));
  end if;
  return title;
end $$;
update work_item w set title_masked = zc.title_hidden(w.title, r.facts)
  from (select id, facts from enforcement_case union all select id, facts from clue union all select id, facts from inspection) r
  where r.id = w.subject_id and zc.title_hidden(w.title, r.facts) <> w.title;
drop function zc.title_hidden;
