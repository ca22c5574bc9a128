-- An app may hold the public key it signs with and the next one; one registered without any cannot call yet.
alter table app alter column public_key drop not null;
alter table app add column next_public_key text;

-- An app with a certificate that is required signs in certificate mode only.
alter table app add column certificate_required boolean not null default false;
update app set certificate_required = true where certificate is not null;

alter table app add column sign_types text[] not null default '{RSA2,RSA}';
alter table app add column default_sign_type text;

-- Null permits every method.
alter table app add column permitted_methods text[];

-- Whether merchants may authorise the app to act for them, and whether it may call for its own merchant.
alter table app add column acts_for_merchants boolean not null default false;
alter table app add column self_invoke boolean not null default true;

alter table merchant add column suspended_at timestamptz;

-- PEM: the gateway's certificate for the key, then the one that signed it.
alter table gateway_key add column certificate text;

create table certificate_authority (
  name                text        primary key check (name in ('root', 'intermediate')),
  certificate         text        not null,
  private_key_sealed  bytea       not null,
  created_at          timestamptz not null
);

-- Who signs in for a merchant, to authorise an app.
create table merchant_login (
  login          text        primary key,
  merchant_id    text        not null references merchant,
  password_hash  text        not null,
  created_at     timestamptz not null
);

-- bucket of session_hash.
create table merchant_session (
  bucket        smallint    not null,
  session_hash  bytea       not null,
  merchant_id   text        not null,
  login         text        not null,
  expires_at    timestamptz not null,
  primary key (bucket, session_hash)
);

-- A merchant lets another merchant's app act for it, as auth_app_id, with these methods.
create table app_authorisation (
  authorisation_id  uuid        primary key,
  app_id            text        not null references app,
  merchant_id       text        not null references merchant,
  auth_app_id       text        not null references app,
  methods           text[]      not null,
  granted_at        timestamptz not null,
  ended_at          timestamptz
);

create index app_authorisation_by_app on app_authorisation (app_id, merchant_id);

create table app_authorisation_secret (
  secret_hash       bytea       primary key,
  kind              text        not null check (kind in ('code', 'token', 'refresh')),
  authorisation_id  uuid        not null references app_authorisation,
  issued_at         timestamptz not null,
  expires_at        timestamptz not null,
  ended_at          timestamptz
);

create index app_authorisation_secret_by_authorisation on app_authorisation_secret (authorisation_id);
