-- The world outside: what goes out to counterparts and comes in from them; devices and what they weigh.

-- ───────────────────────────── counterparts
-- One row per thing told (out) or heard (in), in our own words. `key` is the idempotency key, stored before any call.
create table exchange (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  direction text not null check (direction in ('out', 'in')),
  counterpart text not null default '', -- of what goes out: whoever took it
  message text not null,
  business_key text not null,
  about text, -- of what comes in: the business key of what we told
  key text not null unique check (length(key) between 1 and 300),
  digest bytea not null check (length(digest) = 32),
  body jsonb not null,
  subject_id uuid,
  day date, -- the business day that day-end files go by
  status text not null default 'waiting' check (status in ('waiting', 'done', 'differing', 'given_up')),
  answer jsonb,
  created_at timestamptz not null,
  done_at timestamptz
);
create index exchange_recent on exchange (agency_id, created_at desc, id desc);
create index exchange_recent_all on exchange (created_at desc, id desc);
create index exchange_business on exchange (message, business_key);
create index exchange_about on exchange (message, about, id) where about is not null;
create index exchange_day on exchange (counterpart, message, day) where day is not null;
create index exchange_subject on exchange (subject_id, id) where subject_id is not null;
-- Whom something that comes in belongs to, before anybody's scope is known: identifiers only, as with clocks that wake.
create view exchange_owner as select id, agency_id, category, direction, counterpart, message, business_key, key, digest, subject_id, status, created_at from exchange;
-- The conversation: one row per try, secrets and personal data struck out.
create table exchange_try (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  exchange_id uuid not null references exchange,
  at timestamptz not null,
  outcome text not null check (outcome in ('delivered', 'received', 'duplicate', 'conflict', 'refused', 'failed')),
  request jsonb not null,
  response jsonb not null
);
create index exchange_try_of on exchange_try (exchange_id, id);
-- Files that were fetched (no case data: name, hash, counts).
create table exchange_file (
  counterpart text not null,
  name text not null,
  sha256 bytea not null check (length(sha256) = 32),
  sm3 bytea not null check (length(sm3) = 32),
  size bigint not null,
  day date,
  status text not null check (status in ('reconciled', 'rejected')),
  report jsonb not null,
  fetched_at timestamptz not null,
  primary key (counterpart, name, sha256)
);
-- Nonces of signed requests, against replay.
create table nonce_seen (
  sender text not null,
  nonce text not null,
  at timestamptz not null,
  primary key (sender, nonce)
);
create index nonce_seen_old on nonce_seen (at);

-- ───────────────────────────── devices
create table device (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  device_no text not null unique check (device_no ~ '^[A-Za-z0-9_.-]{1,32}$'),
  model text not null,
  name text not null,
  site_code text not null,
  site_name text not null,
  place text not null,
  lanes int[] not null,
  reviewed_on date,
  published_on date,
  published_url text,
  key_version int not null default 1,
  status text not null default 'active' check (status in ('active', 'stopped')),
  heard_at timestamptz,
  drift_ms bigint,
  facts jsonb not null default '{}',
  created_at timestamptz not null
);
create index device_agency on device (agency_id, device_no);
-- What the doors of devices need before any scope is known: no case data.
create view device_door as select id, agency_id, category, device_no, model, site_code, key_version, status from device;
-- Certificates of verification (检定证书): valid at the time of a pass must be answerable years later.
create table device_verification (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  device_id uuid not null references device,
  certificate_no text not null,
  valid_from date not null,
  valid_to date not null,
  mpe numeric(6, 5) not null default 0 check (mpe >= 0 and mpe < 1),
  speed_min numeric(6, 2),
  speed_max numeric(6, 2),
  recorded_at timestamptz not null,
  check (valid_to >= valid_from),
  unique (device_id, certificate_no)
);

-- Weighings. Keys hold the time, so that the table can be partitioned by it without a change of keys.
create table weigh_pass (
  id uuid not null,
  weighed_at timestamptz not null,
  agency_id int not null,
  category text not null,
  device_id uuid not null references device,
  check_no text not null,
  site_code text not null,
  lane_no int,
  plate_no text not null,
  plate_rear text,
  plate_color text,
  vehicle_type text,
  axle_count int,
  is_train boolean,
  single_drive boolean not null default false,
  gross_kg int not null check (gross_kg > 0),
  limit_kg int,
  over_kg int,
  over_rate numeric(8, 4),
  speed_kmh numeric(6, 2),
  length_mm int,
  width_mm int,
  height_mm int,
  axle_kg int[] not null default '{}',
  measure_kind text not null,
  is_backfill boolean not null default false,
  drift_ms bigint,
  is_usable boolean not null,
  reasons text[] not null default '{}',
  verification_certificate_no text,
  digest bytea not null check (length(digest) = 32),
  raw jsonb not null,
  received_at timestamptz not null,
  subject_id uuid,
  primary key (weighed_at, id),
  unique (device_id, check_no, weighed_at)
);
create index weigh_pass_no on weigh_pass (device_id, check_no);
create index weigh_pass_recent on weigh_pass (agency_id, weighed_at desc, id desc);
create index weigh_pass_over on weigh_pass (agency_id, weighed_at desc, id desc) where over_kg > 0;
create index weigh_pass_plate on weigh_pass (plate_no, weighed_at desc, id desc);
-- The files a pass names; whether they have arrived says device_file.
create table weigh_pass_file (
  agency_id int not null,
  category text not null,
  weighed_at timestamptz not null,
  pass_id uuid not null,
  kind text not null,
  sha256 bytea not null check (length(sha256) = 32),
  primary key (weighed_at, pass_id, kind, sha256)
);
-- Files that devices sent, by hash (the bytes lie in the file store).
create table device_file (
  sha256 bytea primary key check (length(sha256) = 32),
  sm3 bytea not null check (length(sm3) = 32),
  size bigint not null check (size > 0),
  media_type text not null,
  device_id uuid not null references device,
  received_at timestamptz not null
);
-- What could not be understood or believed: kept whole, with the reason, to be read again after a correction.
create table device_reject (
  id uuid primary key,
  model text not null,
  device_no text not null,
  port text not null,
  at timestamptz not null,
  why text not null,
  raw bytea not null,
  status text not null default 'open' check (status in ('open', 'replayed'))
);
create index device_reject_open on device_reject (id) where status = 'open';

do $$
declare t text; by_agency text; by_category text;
begin
  by_agency := 'agency_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])';
  by_category := 'category = any((select coalesce(nullif(current_setting(''app.categories'', true), ''''), ''{}'')::text[])::text[])';
  foreach t in array array['exchange', 'exchange_try', 'device', 'device_verification', 'weigh_pass', 'weigh_pass_file'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy scoped on %I using (%s and %s)', t, by_agency, by_category);
  end loop;
  foreach t in array array['exchange_try', 'device_verification', 'weigh_pass_file'] loop
    execute format('create trigger append_only before update or delete on %I for each row execute function zc.refuse_change()', t);
    execute format('create trigger no_truncate before truncate on %I for each statement execute function zc.refuse_change()', t);
  end loop;
end $$;
