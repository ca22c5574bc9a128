-- Which of several names of a person holds, as an operator has said. weighed has all that were stored then: another one that
-- comes later was not.
create table name_decision (
  bucket      smallint    not null,
  person_id   uuid        not null,
  name_id     uuid        not null,
  weighed     uuid[]      not null,
  decided_at  timestamptz not null,
  primary key (bucket, person_id)
);

alter table person_event drop constraint person_event_action_check;
alter table person_event
  add constraint person_event_action_check check (action in ('exported', 'erased', 'named'));
