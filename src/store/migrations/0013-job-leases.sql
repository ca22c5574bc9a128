-- Which process runs a job: until then no other one does. Between runs it stands until the next is due. Times are of the
-- processes' own clocks.
create table job_lease (
  name    text        not null primary key,
  holder  uuid        not null,
  until   timestamptz not null
);
