alter table qualification add constraint qualification_subject foreign key (id) references subject;
alter table exam add constraint exam_subject foreign key (id) references subject;
alter table evaluation add constraint evaluation_subject foreign key (id) references subject;

alter table evaluation_object add column total numeric(5, 2), add column grade text, add column published_at timestamptz;
