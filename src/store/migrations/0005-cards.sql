-- A card's life: draft, validated, shadow, champion, retired. Its body never changes.

alter table card add column state text not null default 'retired' check (state in ('draft', 'validated', 'shadow', 'champion', 'retired'));
alter table card add column author text not null default 'kaimen';
alter table card add column approver text;
alter table card add column state_since timestamptz;
alter table card add column report jsonb;

-- The card of an installation that has scored before stays the one in force.
update card set state = 'champion', approver = 'kaimen', state_since = created_at
where card_version = (select card_version from card order by created_at desc limit 1);

-- Who brought a card from one state to the next, appended.
create table card_event (
  card_version  text        not null references card,
  at            timestamptz not null,
  state         text        not null,
  actor         text        not null,
  primary key (card_version, at)
);

-- What the challenger would have answered: as score, and never sent to anybody.
create table shadow_score (
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

-- How far the scoring of everybody has come, a row a bucket: whoever goes on, after whatever stop, goes on here.
create table rescore_progress (
  bucket           smallint    not null,
  scored_with      text        not null,
  after_person_id  uuid        not null,
  people           integer     not null,
  done             boolean     not null,
  started_at       timestamptz not null,
  primary key (bucket)
);
