-- What an operator added to the templates that come with Kaimen: further ones, and further versions of any.
create table template (
  name        text        not null,
  version     integer     not null,
  body        jsonb       not null,
  created_at  timestamptz not null,
  primary key (name, version)
);

-- reported_on is the day a record speaks of. An adverse record is kept for five years from ended_on.
alter table feedback_record
  add column reported_on date,
  add column adverse boolean not null default false,
  add column ended_on date;
update feedback_record set adverse = true where overdue_cnt > 0 or overdue_amt_fen > 0;

-- Orders are what corrections and states are about; a record is found within its person by its key.
drop index feedback_record_by_merchant;
create index feedback_record_by_order on feedback_record (merchant_id, order_no);

alter table feedback_batch drop constraint feedback_batch_state_check;
alter table feedback_batch
  add constraint feedback_batch_state_check check (state in ('merged', 'refused', 'checked')),
  add column template text not null default 'loan',
  add column file_name text,
  add column columns_sent text;
create index feedback_batch_by_time on feedback_batch (bucket, merchant_id, received_at);

-- The refused records of a batch as they were sent, sealed, until they expire. bucket of merchant_id.
create table feedback_refused (
  bucket       smallint    not null,
  merchant_id  text        not null,
  batch_id     text        not null,
  rows_sealed  bytea       not null,
  expires_at   timestamptz not null,
  primary key (bucket, merchant_id, batch_id)
);
create index feedback_refused_by_end on feedback_refused (expires_at);

-- Adverse records whose five years have not begun.
create index feedback_record_open_adverse on feedback_record (bucket, person_id) where adverse and ended_on is null;
