-- Small tables, a copy of which every node of a distributed store may hold.

create table data_key (
  name         text        primary key,
  wrapped_key  bytea       not null,
  created_at   timestamptz not null
);

create table setting (
  name         text        primary key,
  value        jsonb       not null
);

create table merchant (
  merchant_id  text        primary key,
  name         text        not null,
  created_at   timestamptz not null
);

-- The platform's own signing keys. An app's replies are signed with the key that the app was given.
create table gateway_key (
  gateway_key_id      text        primary key,
  private_key_sealed  bytea       not null,
  public_key          text        not null,
  created_at          timestamptz not null
);

create table app (
  app_id              text        primary key,
  merchant_id         text        not null references merchant,
  name                text        not null,
  public_key          text        not null,
  gateway_key_id      text        not null references gateway_key,
  encrypt_key_sealed  bytea,
  certificate         text,
  redirect_uris       text[]      not null,
  template            text        not null,
  feedback_policy     text        not null check (feedback_policy in ('whole_file', 'accept_valid')),
  created_at          timestamptz not null
);

create table arrangement (
  merchant_id   text        not null references merchant,
  product_code  text        not null,
  status        text        not null check (status in ('active', 'suspended')),
  valid_from    timestamptz not null,
  valid_to      timestamptz not null,
  price_fen     integer     not null check (price_fen >= 0),
  bills_na      boolean     not null,
  quota         bigint      check (quota >= 0),
  quota_used    bigint      not null default 0 check (quota is null or quota_used <= quota),
  primary key (merchant_id, product_code)
);

create table card (
  card_version  text        primary key,
  body          jsonb       not null,
  created_at    timestamptz not null
);

create table operator (
  login          text        primary key,
  password_hash  text        not null,
  created_at     timestamptz not null
);

-- Large tables. bucket is the first byte of a hash of what the table is distributed by, computed by Kaimen.

create table person (
  bucket                 smallint    not null,
  person_id              uuid        not null,
  credentials_type       text        not null,
  credentials_no_sealed  bytea       not null,
  created_at             timestamptz not null,
  primary key (bucket, person_id)
);

-- Each name under which a person was fed back or registered, once.
create table person_name (
  bucket       smallint not null,
  person_id    uuid     not null,
  name_id      uuid     not null,
  name_sealed  bytea    not null,
  primary key (bucket, person_id, name_id)
);

-- bucket of user_id.
create table user_account (
  bucket         smallint    not null,
  user_id        text        not null,
  person_bucket  smallint    not null,
  person_id      uuid        not null,
  login          text        not null,
  created_at     timestamptz not null,
  primary key (bucket, user_id)
);

-- bucket of login.
create table user_login (
  bucket         smallint not null,
  login          text     not null,
  user_id        text     not null,
  password_hash  text     not null,
  primary key (bucket, login)
);

-- bucket of session_hash.
create table user_session (
  bucket        smallint    not null,
  session_hash  bytea       not null,
  user_id       text        not null,
  created_at    timestamptz not null,
  expires_at    timestamptz not null,
  primary key (bucket, session_hash)
);

-- A consent, as it was given: never changed. bucket of user_id.
create table authorisation (
  bucket            smallint    not null,
  user_id           text        not null,
  authorisation_id  uuid        not null,
  app_id            text        not null,
  scopes            text[]      not null,
  purpose           text        not null,
  text_version      text        not null,
  channel           text        not null,
  granted_at        timestamptz not null,
  expires_at        timestamptz not null,
  primary key (bucket, user_id, authorisation_id)
);

create table authorisation_end (
  bucket            smallint    not null,
  user_id           text        not null,
  authorisation_id  uuid        not null,
  reason            text        not null check (reason in ('revoked', 'replaced')),
  ended_at          timestamptz not null,
  primary key (bucket, user_id, authorisation_id)
);

-- bucket of code_hash.
create table auth_code (
  bucket            smallint    not null,
  code_hash         bytea       not null,
  app_id            text        not null,
  user_id           text        not null,
  authorisation_id  uuid        not null,
  expires_at        timestamptz not null,
  used_at           timestamptz,
  primary key (bucket, code_hash)
);

-- bucket of token_hash. A refresh token names the access token that was issued with it, which dies when it is used.
create table token (
  bucket             smallint    not null,
  token_hash         bytea       not null,
  kind               text        not null check (kind in ('access', 'refresh')),
  access_token_hash  bytea,
  app_id             text        not null,
  user_id            text        not null,
  authorisation_id   uuid        not null,
  scopes             text[]      not null,
  issued_at          timestamptz not null,
  expires_at         timestamptz not null,
  ended_at           timestamptz,
  primary key (bucket, token_hash)
);

-- bucket of merchant_id.
create table feedback_batch (
  bucket            smallint    not null,
  merchant_id       text        not null,
  batch_id          text        not null,
  app_id            text        not null,
  file_sha256       bytea       not null,
  file_bytes        bigint      not null,
  file_description  text,
  state             text        not null check (state in ('merged', 'refused')),
  records           integer     not null,
  records_new       integer     not null,
  records_changed   integer     not null,
  records_same      integer     not null,
  records_bad       integer     not null,
  refused_with      text,
  errors            jsonb       not null,
  received_at       timestamptz not null,
  finished_at       timestamptz not null,
  primary key (bucket, merchant_id, batch_id)
);

-- bucket of person_id: a person's whole file lies together. month counts months since year 0.
create table feedback_record (
  bucket            smallint    not null,
  person_id         uuid        not null,
  merchant_id       text        not null,
  record_id         uuid        not null,
  name_id           uuid,
  template          text        not null,
  stage             text        not null check (stage in ('application', 'performance')),
  month             smallint,
  order_no          text        not null,
  biz_type          text        not null,
  order_status      text        not null,
  settled           boolean     not null,
  create_amt_fen    bigint,
  overdue_cnt       smallint,
  overdue_since     date,
  overdue_amt_fen   bigint,
  pay_amt_fen       bigint,
  credit_limit_fen  bigint,
  extra             jsonb,
  batch_id          text        not null,
  fed_back_at       timestamptz not null,
  primary key (bucket, person_id, merchant_id, record_id)
);

-- Finds a record whose person was corrected, so that two people never carry one order.
create index feedback_record_by_merchant on feedback_record (merchant_id, record_id);

create table rescore_mark (
  bucket     smallint    not null,
  person_id  uuid        not null,
  marked_at  timestamptz not null,
  primary key (bucket, person_id)
);

-- Appended, never changed: the latest row of a person counts. points and features are in the card's order.
create table score (
  bucket        smallint    not null,
  person_id     uuid        not null,
  scored_at     timestamptz not null,
  card_version  text        not null,
  as_of_month   smallint    not null,
  score         smallint,
  na_reason     text,
  features      integer[]   not null,
  points        integer[]   not null,
  primary key (bucket, person_id, scored_at),
  check ((score is null) <> (na_reason is null))
);

-- bucket of merchant_id and transaction_id.
create table inquiry (
  bucket            smallint    not null,
  merchant_id       text        not null,
  transaction_id    text        not null,
  product_code      text        not null,
  biz_no            text        not null,
  app_id            text        not null,
  user_id           text        not null,
  person_bucket     smallint    not null,
  person_id         uuid        not null,
  authorisation_id  uuid        not null,
  purpose           text        not null,
  state             text        not null check (state in ('answered', 'closed')),
  score             smallint,
  na_reason         text,
  card_version      text,
  as_of_month       smallint,
  billed_fen        integer     not null,
  unbilled_because  text        check (unbilled_because in ('na', 'free', 'closed')),
  accepted_at       timestamptz not null,
  primary key (bucket, merchant_id, transaction_id)
);
