-- A share may open the sealed dossier alone: its reader sees the volumes meant for outside, not the case. Each grant is a row with
-- its own end; of whole cases there is one share per agency, as before.
alter table case_scope add column dossier_only boolean not null default false;
alter table case_scope drop constraint case_scope_pkey;
create unique index case_scope_whole on case_scope (agency_id, case_id) where not dossier_only;
create unique index case_scope_dossier on case_scope (agency_id, case_id, granted_at) where dossier_only;
create trigger kept before delete on dossier for each row execute function zc.refuse_change();
create trigger no_truncate before truncate on dossier for each statement execute function zc.refuse_change();
