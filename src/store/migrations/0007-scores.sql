-- Points are whole numbers that a card gives for features, and a card never changes: they are computed, not kept.
alter table score drop column points;
alter table shadow_score drop column points;

-- Whose score an operator has stopped: they are answered N/A, reason N5, until it is released.
create table score_hold (
  bucket     smallint    not null,
  person_id  uuid        not null,
  reason     text        not null,
  held_by    text        not null,
  held_at    timestamptz not null,
  primary key (bucket, person_id)
);

-- Who stopped or released whose score, and why, appended.
create table score_hold_event (
  bucket     smallint    not null,
  person_id  uuid        not null,
  at         timestamptz not null,
  action     text        not null check (action in ('held', 'released')),
  reason     text        not null,
  operator   text        not null,
  primary key (bucket, person_id, at)
);

-- How far people had drifted from the month before when everybody had been scored for a month; never made anew.
create table drift_report (
  card_version  text        not null,
  month         smallint    not null,
  against       smallint    not null,
  made_at       timestamptz not null,
  body          jsonb       not null,
  primary key (card_version, month, against)
);
