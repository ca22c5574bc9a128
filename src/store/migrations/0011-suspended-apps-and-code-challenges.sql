-- SHA-1 is asked for by name from now on. Apps that are there keep what they sign with.
alter table app alter column sign_types set default '{RSA2}';

-- Nothing of a suspended app counts: calls, signed addresses, consents, tokens.
alter table app add column suspended_at timestamptz;

-- RFC 7636: what the code's verifier has to hash to, in base64url; null where the app sent no challenge.
alter table auth_code add column code_challenge text;

-- What came of one auth_code: the tokens that are good now. Each refresh puts the new ones here, so that all can be ended
-- when the code, or a refresh token that was replaced, is used again. bucket of family_hash, which is the code's hash.
create table token_family (
  bucket              smallint    not null,
  family_hash         bytea       not null,
  app_id              text        not null,
  access_token_hash   bytea       not null,
  refresh_token_hash  bytea       not null,
  expires_at          timestamptz not null,
  primary key (bucket, family_hash)
);

-- Null for a token that was issued before there were families.
alter table token add column family_hash bytea;

-- What has ended, for the job that deletes it.
create index token_family_by_end on token_family (bucket, expires_at);
