-- Subjects that are no cases: an officer's qualification, an exam session, an evaluation batch. The base columns are those of
-- registers/subject.py; what is searched or joined beside them is a typed column.
create table qualification (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  facts jsonb not null default '{}',
  version int not null default 1,
  status text not null,
  number text,
  title text not null default '',
  created_at timestamptz not null,
  officer_id uuid references officer,
  certificate_id uuid references certificate,
  admitted_at timestamptz,
  issued_at timestamptz,
  ended_at timestamptz
);
create index qualification_list on qualification (agency_id, created_at, id);
create index qualification_officer on qualification (officer_id, created_at);

create table exam (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  facts jsonb not null default '{}',
  version int not null default 1,
  status text not null,
  number text,
  title text not null default '',
  created_at timestamptz not null,
  template_no text,
  opens_at timestamptz,
  closes_at timestamptz,
  published_at timestamptz
);
create index exam_list on exam (agency_id, created_at, id);

create table evaluation (
  id uuid primary key,
  agency_id int not null references agency,
  category text not null,
  facts jsonb not null default '{}',
  version int not null default 1,
  status text not null,
  number text,
  title text not null default '',
  created_at timestamptz not null,
  year int,
  published_at timestamptz
);
create index evaluation_list on evaluation (agency_id, created_at, id);

-- ───────────────────────────── training
create table training_course (
  id uuid primary key,
  agency_id int not null references agency,
  course_no text not null,
  name text not null,
  kind text not null check (kind in ('1', '2', '3', '4')), -- TRAINING_TYPE
  hours numeric(5, 1) not null check (hours > 0),
  state text not null default 'open' check (state in ('open', 'closed')),
  created_at timestamptz not null,
  unique (agency_id, course_no)
);
-- Hours credited: only ever added; a mistake is put right by a row with the hours taken off again, naming the row it corrects.
create table training_hours (
  id uuid primary key,
  agency_id int not null references agency, -- the officer's at the time
  officer_id uuid not null references officer,
  course_id uuid not null references training_course,
  kind text not null,
  hours numeric(5, 1) not null check (hours <> 0),
  mode text not null check (mode in ('onsite', 'online')),
  attended_on date not null,
  score numeric(5, 1) check (score between 0 and 100),
  corrects uuid unique references training_hours,
  reason text,
  recorded_by uuid not null,
  recorded_at timestamptz not null,
  check ((hours < 0) = (corrects is not null)),
  check (corrects is null or reason <> '')
);
create index training_hours_officer on training_hours (officer_id, attended_on);
create index training_hours_list on training_hours (agency_id, recorded_at, id);
create unique index training_hours_once on training_hours (officer_id, course_id, attended_on) where corrects is null;

-- ───────────────────────────── question bank. Every version stays; `current` is the one that new papers may take.
create table question (
  id uuid primary key,
  agency_id int not null references agency,
  question_no text not null,
  version int not null,
  kind text not null check (kind in ('single', 'multiple', 'judgement', 'case')),
  category text, -- null: for every category
  topic text not null,
  difficulty smallint not null check (difficulty between 1 and 5),
  stem text not null,
  options jsonb not null default '[]',
  answer text not null,
  basis text not null default '',
  bank_level text not null check (bank_level in ('ministry', 'province')),
  state text not null check (state in ('draft', 'active', 'retired', 'replaced')),
  created_by uuid not null,
  created_at timestamptz not null,
  checked_by uuid,
  checked_at timestamptz,
  unique (agency_id, question_no, version),
  check (state = 'draft' or state = 'retired' or checked_by is not null),
  check (checked_by <> created_by)
);
create unique index question_active on question (agency_id, question_no) where state = 'active';
create index question_list on question (agency_id, question_no, version);
create index question_by_state on question (agency_id, state, question_no, version);

create table question_snapshot (
  id uuid primary key,
  agency_id int not null references agency,
  hash text not null,
  questions jsonb not null, -- with keys, in order of question_no; the hash is over exactly this
  taken_at timestamptz not null,
  unique (agency_id, hash)
);

-- ───────────────────────────── exam
create table exam_template (
  id uuid primary key,
  agency_id int not null references agency,
  template_no text not null,
  name text not null,
  rules jsonb not null, -- [{kind, topic?, difficulty?, count, marks}]
  minutes int not null check (minutes between 1 and 600),
  full_marks numeric(5, 1) not null,
  pass_marks numeric(5, 1) not null check (pass_marks <= full_marks),
  created_at timestamptz not null,
  unique (agency_id, template_no)
);

-- What an exam's papers were composed from: enough to compose them again, by anyone, to the letter.
create table exam_composition (
  exam_id uuid primary key references exam,
  agency_id int not null,
  snapshot_id uuid not null references question_snapshot,
  snapshot_hash text not null,
  seed text not null,
  rules jsonb not null,
  composed_at timestamptz not null
);

create table exam_sitting (
  id uuid primary key,
  exam_id uuid not null references exam,
  agency_id int not null references agency, -- the candidate's
  officer_id uuid not null references officer,
  seat int not null,
  script_no text, -- given when the exam is closed: what a marker sees in the place of a name
  paper jsonb not null, -- what the candidate sees; holds no key
  paper_hash text not null,
  state text not null check (state in ('assigned', 'sitting', 'submitted', 'closed', 'absent')),
  minutes int not null,
  extended_minutes int not null default 0,
  opens_at timestamptz not null,
  closes_at timestamptz not null,
  started_at timestamptz,
  due_at timestamptz,
  submitted_at timestamptz,
  objective_marks numeric(5, 1),
  subjective_marks numeric(5, 1),
  total_marks numeric(5, 1),
  passed boolean,
  published_at timestamptz,
  unique (exam_id, officer_id),
  unique (exam_id, script_no)
);
create index exam_sitting_list on exam_sitting (exam_id, seat);
create index exam_sitting_mine on exam_sitting (officer_id, opens_at, id);

create table exam_answer (
  sitting_id uuid not null references exam_sitting,
  item int not null,
  agency_id int not null,
  answer text not null,
  saved_at timestamptz not null,
  primary key (sitting_id, item)
);
-- What happened at the desk: started, resumed, saved, left the page, extended, submitted. Answers that were changed stay here.
create table sitting_event (
  id uuid primary key,
  sitting_id uuid not null references exam_sitting,
  agency_id int not null,
  at timestamptz not null,
  person_id uuid not null,
  event text not null check (event in ('started', 'resumed', 'saved', 'left_page', 'extended', 'submitted', 'closed', 'sheet')),
  detail jsonb not null default '{}'
);
create index sitting_event_of on sitting_event (sitting_id, id);

-- A script to mark: an answer without its candidate. `agency_id` is the exam's, so that markers need not see the candidate's agency.
create table exam_script (
  exam_id uuid not null references exam,
  script_no text not null,
  item int not null,
  agency_id int not null,
  question_no text not null,
  stem text not null,
  reference text not null,
  answer text not null,
  marks numeric(5, 1) not null,
  primary key (exam_id, script_no, item)
);
create table exam_mark (
  exam_id uuid not null,
  script_no text not null,
  item int not null,
  round smallint not null check (round between 1 and 4), -- 1, 2: the two markers; 3: the third; 4: after an appeal
  agency_id int not null,
  marker_id uuid not null,
  marks numeric(5, 1) not null check (marks >= 0),
  reason text not null default '',
  at timestamptz not null,
  primary key (exam_id, script_no, item, round),
  foreign key (exam_id, script_no, item) references exam_script
);

-- ───────────────────────────── evaluation
create table evaluation_indicator (
  evaluation_id uuid not null references evaluation,
  code text not null,
  agency_id int not null,
  place int not null,
  parent text not null, -- the first-level indicator
  name text not null,
  standard text not null default '',
  maximum numeric(5, 2) not null check (maximum > 0),
  primary key (evaluation_id, code)
);
create table evaluation_object (
  id uuid primary key,
  evaluation_id uuid not null references evaluation,
  agency_id int not null, -- the agency that is evaluated
  kind text not null check (kind in ('agency', 'officer', 'case')),
  register_id text not null, -- agency, officer or case
  name text not null,
  drawn_place int, -- place in the draw; null: set by the plan
  unique (evaluation_id, kind, register_id)
);
create index evaluation_object_list on evaluation_object (evaluation_id, kind, id);
create table evaluation_draw (
  evaluation_id uuid not null references evaluation,
  kind text not null,
  agency_id int not null,
  seed text not null,
  wanted int not null,
  pool text[] not null, -- sorted; with the seed it gives the same draw to anyone
  pool_hash text not null,
  drawn text[] not null,
  drawn_at timestamptz not null,
  primary key (evaluation_id, kind)
);
create table self_assessment (
  evaluation_id uuid not null references evaluation,
  object_id uuid not null references evaluation_object,
  code text not null,
  agency_id int not null,
  score numeric(5, 2) not null check (score >= 0),
  statement text not null,
  files jsonb not null default '[]', -- [{name, sha256, sm3, size}]
  person_id uuid not null,
  at timestamptz not null,
  primary key (object_id, code),
  foreign key (evaluation_id, code) references evaluation_indicator
);
create table evaluation_score (
  evaluation_id uuid not null references evaluation,
  object_id uuid not null references evaluation_object,
  code text not null,
  round smallint not null check (round between 1 and 4), -- 1, 2: the two scorers; 3: the third; 4: after an objection
  agency_id int not null,
  scorer_id uuid not null,
  score numeric(5, 2) not null check (score >= 0),
  reason text not null default '',
  at timestamptz not null,
  primary key (object_id, code, round),
  foreign key (evaluation_id, code) references evaluation_indicator
);

-- ───────────────────────────── scope, append-only
do $$
declare t text; by_agency text; by_category text;
begin
  by_agency := 'agency_id = any((select coalesce(nullif(current_setting(''app.scope'', true), ''''), ''{}'')::int[])::int[])';
  by_category := 'category = any((select coalesce(nullif(current_setting(''app.categories'', true), ''''), ''{}'')::text[])::text[])';
  foreach t in array array['qualification', 'exam', 'evaluation'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy scoped on %I using (%s and %s)', t, by_agency, by_category);
  end loop;
  -- These belong to an agency whatever the category: a candidate has no enforcement category before the exam.
  foreach t in array array['training_course', 'training_hours', 'question', 'question_snapshot', 'exam_template', 'exam_composition',
      'exam_sitting', 'exam_answer', 'sitting_event', 'exam_script', 'exam_mark', 'evaluation_indicator', 'evaluation_object',
      'evaluation_draw', 'self_assessment', 'evaluation_score'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy scoped on %I using (%s)', t, by_agency);
  end loop;
  foreach t in array array['training_hours', 'question_snapshot', 'exam_composition', 'sitting_event', 'exam_script', 'evaluation_draw'] loop
    execute format('create trigger append_only before update or delete on %I for each row execute function zc.refuse_change()', t);
    execute format('create trigger no_truncate before truncate on %I for each statement execute function zc.refuse_change()', t);
  end loop;
end $$;
