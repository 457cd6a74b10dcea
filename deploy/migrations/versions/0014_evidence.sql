-- ───────────────────────────── evidence: who saw it taken; how long it must be kept (null: without end)
alter table evidence add column witnesses text[] not null default '{}', add column retain_until date;
create index evidence_sha256 on evidence (sha256);
create index document_docx on document (docx_sha256) where docx_sha256 is not null;
create index document_pdf on document (pdf_sha256) where pdf_sha256 is not null;

create function zc.refuse_while_retained() returns trigger language plpgsql as $$
begin
  if old.retain_until is null or old.retain_until >= current_date then
    raise exception '证据仍在保管期限内,不得删除' using errcode = 'insufficient_privilege';
  end if;
  return old;
end $$;
create trigger retained before delete on evidence for each row execute function zc.refuse_while_retained();
create trigger no_truncate before truncate on evidence for each statement execute function zc.refuse_change();

-- ───────────────────────────── files on their way in, piece by piece
create table evidence_upload (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  case_id uuid not null,
  person_id uuid not null,
  told jsonb not null,
  name text not null,
  size bigint not null check (size > 0),
  sha256 bytea check (length(sha256) = 32),
  received bigint not null default 0 check (received between 0 and size),
  state text not null default 'open' check (state in ('open', 'finished', 'given_up', 'expired')),
  evidence_id uuid references evidence,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  check ((state = 'finished') = (evidence_id is not null))
);
create index evidence_upload_mine on evidence_upload (person_id, case_id, id) where state = 'open';

-- ───────────────────────────── copies derived from a piece of evidence; the original stays what it is
create table evidence_copy (
  id uuid primary key,
  agency_id int not null,
  category text not null,
  evidence_id uuid not null references evidence,
  form text not null check (form in ('thumbnail', 'transcript', 'crop', 'other')),
  name text not null,
  media_type text not null,
  size bigint not null check (size > 0),
  sha256 bytea not null check (length(sha256) = 32),
  sm3 bytea not null check (length(sm3) = 32),
  note text not null default '',
  made_at timestamptz not null,
  made_by uuid not null
);
create index evidence_copy_of on evidence_copy (evidence_id, id);
create index evidence_copy_sha256 on evidence_copy (sha256);
create unique index evidence_copy_thumbnail on evidence_copy (evidence_id) where form = 'thumbnail';

-- ───────────────────────────── every file that a record names: when it was last found whole. No case data.
create table stored_file (
  sha256 bytea primary key check (length(sha256) = 32),
  checked_at timestamptz not null,
  state text not null default 'whole' check (state in ('whole', 'restored', 'lost'))
);
create index stored_file_checked on stored_file (checked_at);
insert into stored_file (sha256, checked_at)
select distinct h, now() - interval '1 year' from (
  select sha256 as h from evidence union select docx_sha256 from document union select pdf_sha256 from document) f
where h is not null;

-- Whoever writes a row that names a file puts the file under care with it.
create function zc.note_files() returns trigger language plpgsql as $$
declare named jsonb := to_jsonb(new); f text; h text;
begin
  foreach f in array tg_argv loop
    h := named ->> f;
    if h is not null then
      insert into stored_file (sha256, checked_at) values (h::bytea,
        coalesce(named ->> 'received_at', named ->> 'issued_at', named ->> 'made_at')::timestamptz) on conflict do nothing;
    end if;
  end loop;
  return null;
end $$;
create trigger noted after insert on evidence for each row execute function zc.note_files('sha256');
create trigger noted after insert on evidence_copy for each row execute function zc.note_files('sha256');
create trigger noted after insert or update of docx_sha256, pdf_sha256 on document
  for each row execute function zc.note_files('docx_sha256', 'pdf_sha256');

do $$
declare t text;
begin
  foreach t in array array['evidence_upload', 'evidence_copy'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy scoped on %I using (agency_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])'
      ' and category = any((select coalesce(nullif(current_setting(''app.categories'', true), ''''), ''{}'')::text[])::text[]))', t);
  end loop;
  execute 'create trigger append_only before update or delete on evidence_copy for each row execute function zc.refuse_change()';
  execute 'create trigger no_truncate before truncate on evidence_copy for each statement execute function zc.refuse_change()';
end $$;
