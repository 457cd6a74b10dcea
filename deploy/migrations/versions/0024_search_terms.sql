-- Searches were once kept by days until due (`due_within`); today one asks for what is over or ends within the week. What can no
-- longer be asked is said in the name, unless its owner has a search of that name already.
update saved_filter f set name = f.name || '(“' || (f.query->>'due_within') || ' 天内到期”已不能查,请重新收藏)'
where jsonb_typeof(f.query->'due_within') = 'number' and (f.query->>'due_within')::numeric > 7 and not exists (
  select from saved_filter o where o.owner_id = f.owner_id
    and o.name = f.name || '(“' || (f.query->>'due_within') || ' 天内到期”已不能查,请重新收藏)');
update saved_filter set query = (query - 'due_within') || case
  when jsonb_typeof(query->'due_within') <> 'number' or (query->>'due_within')::numeric > 7 then '{}'::jsonb
  when (query->>'due_within')::numeric = 0 then '{"due": "over"}'::jsonb else '{"due": "week"}'::jsonb end
where query ? 'due_within';
