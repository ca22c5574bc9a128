-- recorded_at is the database's own time, whatever clock accepted_at was read from: what is sealed, and when it is
-- complete, is decided by it. admittance_score is the threshold of a brief inquiry, part of what a repeat must equal.
alter table inquiry add column recorded_at timestamptz not null default now();
alter table inquiry add column admittance_score smallint;

-- Rows come in the order of time, so an index of block ranges costs the hot path next to nothing.
create index inquiry_by_recorded_at on inquiry using brin (recorded_at) with (pages_per_range = 16);
create index inquiry_by_accepted_at on inquiry using brin (accepted_at) with (pages_per_range = 16);

-- Whom a credential belongs to, when a brief inquiry names it.
create index user_account_by_person on user_account (person_bucket, person_id);

-- The thresholds that a merchant has asked with in a month (months since year 0).
create table admittance_score (
  merchant_id       text        not null references merchant,
  month             smallint    not null,
  admittance_score  smallint    not null,
  first_used_at     timestamptz not null,
  primary key (merchant_id, month, admittance_score)
);

-- What the operator changed on a bill after the day was over: a line of its own, never a change of another line.
-- bucket of merchant_id.
create table ledger_adjustment (
  bucket         smallint    not null,
  merchant_id    text        not null,
  adjustment_no  text        not null,
  biz_no         text        not null,
  amount_fen     integer     not null,
  reason         text        not null,
  made_by        text        not null,
  made_at        timestamptz not null,
  recorded_at    timestamptz not null default now(),
  primary key (bucket, merchant_id, adjustment_no)
);

-- A merchant's bill of one Beijing day, as it was issued: never changed. bucket of merchant_id.
create table statement (
  bucket            smallint    not null,
  merchant_id       text        not null,
  day               date        not null,
  inquiries         integer     not null,
  billed_inquiries  integer     not null,
  adjustments       integer     not null,
  amount_fen        bigint      not null,
  csv_sha256        bytea       not null,
  issued_at         timestamptz not null,
  primary key (bucket, merchant_id, day)
);

-- The new ledger lines of a merchant under one Merkle root. leaves holds 64 bytes a line in the order of the tree:
-- its biz_no and the hash of all it says. chain is the hash of the chain before and this root. bucket of merchant_id.
create table ledger_seal (
  bucket       smallint    not null,
  merchant_id  text        not null,
  seal_no      integer     not null,
  from_at      timestamptz not null,
  to_at        timestamptz not null,
  lines        integer     not null,
  leaves       bytea       not null,
  root         bytea       not null,
  chain        bytea       not null,
  sealed_at    timestamptz not null,
  primary key (bucket, merchant_id, seal_no)
);
