-- Who had a person's data exported or erased, and why: appended. person_id is a keyed hash, from which nobody is known.
create table person_event (
  bucket     smallint    not null,
  person_id  uuid        not null,
  at         timestamptz not null,
  action     text        not null check (action in ('exported', 'erased')),
  reason     text        not null,
  operator   text        not null,
  rows       integer     not null,
  primary key (bucket, person_id, at)
);

alter table authorisation_end drop constraint authorisation_end_reason_check;
alter table authorisation_end
  add constraint authorisation_end_reason_check check (reason in ('revoked', 'replaced', 'erased'));

-- What is somebody's, to be erased.
create index token_by_person on token (person_bucket, person_id);
create index user_session_by_user on user_session (user_id);
create index auth_code_by_user on auth_code (user_id);

-- What has ended, for the job that deletes it.
create index user_session_by_end on user_session (bucket, expires_at);
create index merchant_session_by_end on merchant_session (bucket, expires_at);
create index auth_code_by_end on auth_code (bucket, expires_at);
create index token_by_end on token (bucket, expires_at);
create index app_authorisation_secret_by_end on app_authorisation_secret (expires_at);
