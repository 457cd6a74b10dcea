-- Certificates with their keys (PKCS#12, covered by a passphrase that is not in the database). `officer_id` null: the agency's seal.
create table seal (
  id uuid primary key,
  agency_id int not null references agency,
  officer_id uuid references officer,
  name text not null,
  pkcs12 bytea not null,
  fingerprint text not null unique, -- SHA-256 of the certificate
  issuer text not null,
  valid_from timestamptz not null,
  valid_to timestamptz not null,
  trial boolean not null default false,
  added_at timestamptz not null,
  added_by uuid not null,
  revoked_at timestamptz,
  reason text,
  check (valid_to > valid_from),
  check (revoked_at is null or length(reason) > 0)
);
create index seal_agency on seal (agency_id, valid_to) where revoked_at is null;

alter table document
  add column signer_ids uuid[],      -- the officers whose certificates sign it, where they have any
  add column seal_way text check (seal_way in ('certificate', 'stamp')),
  add column sealed_at timestamptz,
  add column seal_by text,           -- the certificates' holders, or who brought the stamped paper back
  add column signature_sha256 bytea, -- beside a paper without PDF: the detached signature of its DOCX
  add column signature_sm3 bytea,
  add column signature_size bigint,
  add column scan_id uuid references evidence;
do $$
declare c text;
begin
  -- «unsealed» (待盖章): rendered, waiting for the stamp.
  for c in select conname from pg_constraint where conrelid = 'document'::regclass and contype = 'c'
      and pg_get_constraintdef(oid) like '%superseded%' loop
    execute format('alter table document drop constraint %I', c);
  end loop;
end $$;
alter table document add constraint document_state
  check (state in ('made', 'unsealed', 'issued', 'served', 'revoked', 'superseded', 'void'));
do $$
begin
  execute 'alter table seal enable row level security';
  execute 'create policy scoped on seal using (agency_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[]))';
end $$;
