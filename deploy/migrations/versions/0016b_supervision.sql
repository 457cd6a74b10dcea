-- What a supervisor counts and lists: open clocks of an agency by state and end, open alerts by severity.
create index clock_ends on clock (agency_id, status, due_at, id) where closed_at is null;
create index alert_severity on alert (agency_id, severity, raised_at) where status = 'open';
