-- One table for whoever signs in: users, who authorise apps; merchants' staff; operators. bucket of login. subject is the
-- user_id or the merchant_id that the account stands for. A login is one account's among those of its kind.
create table account (
  bucket                smallint    not null,
  kind                  text        not null check (kind in ('user', 'merchant', 'operator')),
  login                 text        not null,
  subject               text        check ((subject is null) = (kind = 'operator')),
  role                  text        check ((role is null) = (kind <> 'operator')),
  password_hash         text        not null,
  must_change_password  boolean     not null default false,
  totp_sealed           bytea,
  totp_confirmed_at     timestamptz,
  -- The last time step whose code was taken: a code serves once.
  totp_last_step        bigint      not null default 0,
  recovery_hashes       bytea[]     not null default '{}',
  created_at            timestamptz not null,
  disabled_at           timestamptz,
  last_sign_in_at       timestamptz,
  primary key (bucket, kind, login)
);

create index account_by_subject on account (kind, subject);
create index account_by_login on account (kind, login);

-- bucket of session_hash. session_id names a session without being its secret.
create table session (
  bucket        smallint    not null,
  session_hash  bytea       not null,
  session_id    uuid        not null,
  kind          text        not null,
  login         text        not null,
  address       text        not null,
  client        text        not null,
  created_at    timestamptz not null,
  last_seen_at  timestamptz not null,
  expires_at    timestamptz not null,
  primary key (bucket, session_hash)
);

create index session_by_account on session (kind, login);
create index session_by_end on session (bucket, expires_at);

-- What a program signs in with. permissions narrow those of the owner's role; null narrows nothing.
create table api_token (
  token_hash    bytea       primary key,
  token_id      uuid        not null,
  kind          text        not null check (kind in ('merchant', 'operator')),
  login         text        not null,
  name          text        not null,
  permissions   text[],
  created_at    timestamptz not null,
  expires_at    timestamptz not null,
  last_used_at  timestamptz,
  unique (kind, login, name)
);

-- What one operator asked for and another has to approve. request_sealed holds the call: it may name a person.
create table approval (
  approval_id     uuid        primary key,
  action          text        not null,
  request_sealed  bytea       not null,
  reason          text        not null,
  asked_by        text        not null,
  asked_at        timestamptz not null,
  expires_at      timestamptz not null,
  decision        text        check (decision in ('approved', 'rejected', 'withdrawn')),
  decided_by      text,
  decided_at      timestamptz
);

-- Who did or read what about whom, and why. hash is SHA-256 of the hash before and all that the entry says, so that
-- none can be changed or left out unnoticed. Appended only.
create table audit_entry (
  entry_no     bigint      primary key,
  at           timestamptz not null,
  account      text        not null,
  role         text        not null,
  session      text        not null,
  address      text        not null,
  action       text        not null,
  outcome      text        not null,
  person_id    uuid,
  merchant_id  text,
  purpose      text        not null,
  details      text        not null,
  trace_id     text        not null,
  hash         bytea       not null
);

create index audit_entry_by_person on audit_entry (person_id, entry_no) where person_id is not null;
create index audit_entry_by_account on audit_entry (account, entry_no);
create index audit_entry_by_merchant on audit_entry (merchant_id, entry_no) where merchant_id is not null;

create table audit_head (
  head      boolean primary key default true check (head),
  entry_no  bigint  not null,
  hash      bytea   not null
);

insert into audit_head (entry_no, hash) values (0, '');

insert into account (bucket, kind, login, subject, password_hash, created_at)
select login.bucket, 'user', login.login, login.user_id, login.password_hash, coalesce(account.created_at, 'epoch')
from user_login login left join user_account account using (user_id);

insert into account (bucket, kind, login, subject, password_hash, created_at)
select get_byte(sha256(convert_to(login, 'UTF8')), 0), 'merchant', login, merchant_id, password_hash, created_at
from merchant_login;

-- Until now every operator could do everything.
insert into account (bucket, kind, login, role, password_hash, created_at)
select get_byte(sha256(convert_to(login, 'UTF8')), 0), 'operator', login, 'admin', password_hash, created_at
from operator;

drop table user_login, merchant_login, operator, user_session, merchant_session;
