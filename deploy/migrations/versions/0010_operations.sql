-- What an officer may do with a task besides completing it: where a returned task goes back to, who had it delegated, why it came.
alter table work_item
  add column back_to jsonb,   -- [{"target": address, "person": uuid or null}]: done again, the case goes straight back there
  add column owner_id uuid,   -- delegated: whose task it stays, while `claimed_by` is the delegate
  add column note text;       -- why it came here (returned, withdrawn) or what the delegate says
