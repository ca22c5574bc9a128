-- What was called, as far as the request log keeps it: the latest calls up to a number of them. call_no follows the order in
-- which they were committed, so that whoever reads on from one misses none; bucket is call_no mod 256. whole_sealed is the
-- request as it came and the reply as it went, in the sandbox alone.
create table gateway_call (
  bucket          smallint    not null,
  call_no         bigint      not null,
  at              timestamptz not null,
  trace_id        text        not null,
  app_id          text,
  merchant_id     text,
  method          text,
  code            text        not null,
  sub_code        text,
  outcome         text        not null check (outcome in ('answered', 'repeated', 'refused', 'failed')),
  step            text,
  duration_us     integer     not null,
  profile         text        not null,
  transaction_id  text,
  biz_no          text,
  batch_id        text,
  whole_bytes     integer     not null,
  whole_sealed    bytea,
  primary key (bucket, call_no)
);

create index gateway_call_by_number on gateway_call (call_no);
create index gateway_call_by_trace_id on gateway_call (trace_id);

create table gateway_call_head (
  head     boolean primary key default true check (head),
  call_no  bigint  not null
);

insert into gateway_call_head (call_no) values (0);

-- How many calls there were, of all of them: for each ten minutes, app (empty: none of ours), method (empty: none of ours)
-- and 10000 or the sub_code. bucket of app_id.
create table call_tally (
  bucket       smallint    not null,
  slot         timestamptz not null,
  app_id       text        not null,
  method       text        not null,
  code         text        not null,
  calls        bigint      not null,
  duration_us  bigint      not null,
  primary key (bucket, slot, app_id, method, code)
);

create index call_tally_by_slot on call_tally (slot);

-- When a key of an app last verified a request. key_id is the first 16 hexadecimal digits of the SHA-256 of its SPKI.
create table app_key_use (
  app_id        text        not null,
  key_id        text        not null,
  last_used_at  timestamptz not null,
  primary key (app_id, key_id)
);
