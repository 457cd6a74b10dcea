-- The rulebook in the database: clocks recomputed after a change, alerts with their fate, the law base.

-- ───────────────────────────── recomputing (no case data: which change, how far it has come)
create table recompute (
  id uuid primary key,
  cause text not null check (cause in ('release', 'confirmation')),
  from_release text references release,
  to_release text not null references release,
  reason text not null,
  due_at timestamptz not null,
  requested_by uuid,
  requested_at timestamptz not null
);
-- One part per agency: a job goes through its open clocks, case by case in order; `cursor` is the last case done.
create table recompute_part (
  recompute_id uuid not null references recompute,
  agency_id int not null,
  cursor uuid,
  seen bigint not null default 0,
  moved bigint not null default 0,
  cases bigint not null default 0,
  done_at timestamptz,
  primary key (recompute_id, agency_id)
) with (fillfactor = 50);
create index clock_open on clock (agency_id, subject_id, id) where closed_at is null;
alter table clock_history add column recompute_id uuid;
create index clock_history_recompute on clock_history (recompute_id, id) where recompute_id is not null;

-- ───────────────────────────── alerts
alter table alert
  add column rule_version text,
  add column mode text not null default 'info' check (mode in ('block', 'warn', 'info')),
  add column facts jsonb not null default '{}',
  add column alert_to text[] not null default '{}',
  add column unconfirmed text,
  add column escalate_to text,
  add column escalated_at timestamptz;
create index alert_recent on alert (agency_id, raised_at desc, id desc);
create index alert_recent_all on alert (raised_at desc, id desc);
create index alert_rule on alert (rule, raised_at);
create index alert_escalate on alert (severity, raised_at) where status = 'open' and escalated_at is null;
-- What the sweeper needs to find alerts nobody answered: no case data, as with clocks.
create view alert_due as select id, agency_id, category, severity, raised_at from alert where status = 'open' and escalated_at is null;

-- ───────────────────────────── the law base (public knowledge; no scope)
create table law (
  id text primary key,
  name text not null unique,
  full_name text not null,
  kind text not null,
  aliases text[] not null default '{}',
  versions jsonb not null,
  source_hash text not null
);
create table law_article (
  id bigint generated always as identity primary key,
  law_id text not null references law,
  no text not null,
  text text not null,
  mark text not null check (mark in ('V', 'K')),
  valid_from date not null,
  valid_to date,
  unique (law_id, no, valid_from)
);
create table law_term (
  term text not null,
  article_id bigint not null references law_article on delete cascade,
  count smallint not null,
  primary key (term, article_id)
) with (fillfactor = 100);
create index law_term_article on law_term (article_id);
-- How many articles have a term: the rarest terms of a query find the candidates.
create table law_term_count (term text primary key, articles int not null);
create table law_favourite (
  officer_id uuid not null,
  citation text not null,
  added_at timestamptz not null,
  primary key (officer_id, citation)
);
