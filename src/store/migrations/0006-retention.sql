-- The last file of a merchant that was merged whole, as long as nothing of the merchant's records has changed since:
-- the same file again says nothing new. bucket of merchant_id.
create table feedback_last_file (
  bucket       smallint    not null,
  merchant_id  text        not null,
  file_key     bytea       not null,
  merged_at    timestamptz not null,
  primary key (bucket, merchant_id)
);

-- Adverse records whose years run, by when what they tell of ended.
create index feedback_record_ended_adverse on feedback_record (bucket, ended_on) where adverse and ended_on is not null;

-- What the law had deleted, in numbers: appended, a row a run that deleted something.
create table retention_deletion (
  deleted_at       timestamptz not null,
  ended_on_before  date        not null,
  records          integer     not null,
  people           integer     not null,
  primary key (deleted_at)
);
