-- Who is away from when to when, and who does his tasks meanwhile. It ends by itself; empty lists mean everything.
create table absence (
  id uuid primary key,
  agency_id int not null references agency,
  officer_id uuid not null references officer,
  substitute_id uuid not null references officer,
  begins date not null,
  ends date not null,
  processes text[] not null default '{}',
  categories text[] not null default '{}',
  reason text not null,
  made_by uuid not null references officer,
  made_at timestamptz not null,
  ended_by uuid references officer,
  ended_at timestamptz,
  check (ends >= begins),
  check (substitute_id <> officer_id)
);
create index absence_substitute on absence (substitute_id, ends) where ended_at is null;
create index absence_officer on absence (officer_id, ends) where ended_at is null;
create index absence_agency on absence (agency_id, id desc);

-- What one person noted about one task: that he has seen it, and a date of his own.
create table task_mark (
  person_id uuid not null references officer,
  item_id uuid not null references work_item,
  seen_at timestamptz,
  own_date date,
  primary key (person_id, item_id)
);

create table saved_filter (
  id uuid primary key,
  agency_id int not null references agency,
  owner_id uuid not null references officer,
  name text not null,
  box text not null,
  query jsonb not null,
  shared boolean not null default false,
  made_at timestamptz not null
);
create unique index saved_filter_owner on saved_filter (owner_id, name);
create index saved_filter_agency on saved_filter (agency_id, id) where shared;

-- How a person wants the desk: columns of the lists, what is told and how.
create table desk (
  person_id uuid primary key references officer,
  columns jsonb not null default '{}',
  email text,
  mail text[] not null default '{}',   -- the kinds of news that also go by mail
  quiet boolean not null default true  -- mail waits for working hours
);

-- What somebody is told. Holds no personal data of parties: it may leave by mail.
create table notification (
  id uuid primary key,
  person_id uuid not null references officer,
  kind text not null,
  text text not null,
  link text not null,
  made_at timestamptz not null,
  read_at timestamptz,
  mail_at timestamptz,   -- when it is to go by mail; null: it does not
  mailed_at timestamptz,
  tries int not null default 0,
  fault text
);
create index notification_person on notification (person_id, id desc);
create index notification_unread on notification (person_id) where read_at is null;
create index notification_mail on notification (mail_at, id) where mail_at is not null and mailed_at is null;
do $$
declare t text;
begin
  foreach t in array array['absence', 'saved_filter'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy scoped on %I using (agency_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[]))', t);
  end loop;
end $$;
