-- The rulebook again: search in the law base, what risk rules look up, provinces' calendars, law imports.

-- ───────────────────────────── search: the best articles of a common term, without reading its whole list
create index law_term_best on law_term (term, count desc, article_id);

-- ───────────────────────────── provinces' own rest and work days: append-only versions, the newest of a year counts
create table province_calendar (
  id uuid primary key,
  division text not null check (division ~ '^[1-9][0-9]0000$'),
  year int not null check (year between 1990 and 2120),
  version int not null check (version > 0),
  days jsonb not null,
  ground text not null check (length(ground) > 0),
  effective_from timestamptz not null,
  published_by uuid not null,
  published_at timestamptz not null,
  unique (division, year, version)
);
alter table recompute drop constraint recompute_cause_check;
alter table recompute add constraint recompute_cause_check check (cause in ('release', 'confirmation', 'calendar'));
alter table recompute add column calendar_id uuid references province_calendar;

-- ───────────────────────────── what risk rules look up beside the case
create index document_recent on document (agency_id, kind, made_at);
create index case_violation on enforcement_case (agency_id, violation_code, decided_at) where decided_at is not null;
create index case_officer on enforcement_case (agency_id, lead_officer_id, filed_at) where filed_at is not null;
-- What the daily sweep needs to know that an agency has open clocks: no case data, as with clock_due.
create view clock_agency as select distinct agency_id from clock where closed_at is null;

-- ───────────────────────────── changes of the law base that wait for a second person
create table law_import (
  id uuid primary key,
  kind text not null check (kind in ('law', 'item')),
  path text not null,
  body bytea not null,
  differences jsonb not null,
  base_release text not null references release,
  effective_from timestamptz,
  ground text not null check (length(ground) > 0),
  state text not null default 'open' check (state in ('open', 'approved', 'rejected')),
  imported_by uuid not null,
  imported_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  reason text,
  release text references release,
  check (decided_by is null or decided_by <> imported_by),
  check ((state = 'open') = (decided_by is null)),
  check (state <> 'approved' or release is not null),
  check (state <> 'rejected' or length(reason) > 0)
);
create index law_import_recent on law_import (imported_at desc, id desc);

do $$
declare t text;
begin
  foreach t in array array['province_calendar'] loop
    execute format('create trigger append_only before update or delete on %I for each row execute function zc.refuse_change()', t);
    execute format('create trigger no_truncate before truncate on %I for each statement execute function zc.refuse_change()', t);
  end loop;
end $$;
