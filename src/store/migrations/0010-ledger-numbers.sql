-- Every ledger line is numbered in the order in which it was written: what is sealed is decided by the numbers, and no
-- clock has a say in it. Numbers have gaps, where an insert came to nothing. Lines without a number are those of before,
-- which were sealed by their recorded_at.
create sequence ledger_line;
alter table inquiry add column line_no bigint;
alter table ledger_adjustment add column line_no bigint;

-- What was recorded after the last seal is sealed by its number.
update inquiry set line_no = nextval('ledger_line')
where recorded_at >= timestamptz 'epoch'
  + coalesce((select (value #>> '{}')::bigint from setting where name = 'ledger_sealed_until'), 0) * interval '1 microsecond';
update ledger_adjustment set line_no = nextval('ledger_line')
where recorded_at >= timestamptz 'epoch'
  + coalesce((select (value #>> '{}')::bigint from setting where name = 'ledger_sealed_until'), 0) * interval '1 microsecond';

alter table inquiry alter column line_no set default nextval('ledger_line');
alter table ledger_adjustment alter column line_no set default nextval('ledger_line');

-- Rows come almost in the order of their numbers, so an index of block ranges costs the hot path next to nothing.
create index inquiry_by_line_no on inquiry using brin (line_no) with (pages_per_range = 16);
create index ledger_adjustment_by_line_no on ledger_adjustment (line_no);
drop index inquiry_by_recorded_at;
create index inquiry_by_recorded_at on inquiry using brin (recorded_at) with (pages_per_range = 16) where line_no is null;

-- A seal covers the numbers after from_no up to to_no; one of before, the time from from_at to before to_at. A process
-- of an older version would go on sealing by time, and is kept from it.
alter table ledger_seal add column from_no bigint;
alter table ledger_seal add column to_no bigint;
alter table ledger_seal alter column from_at drop not null;
alter table ledger_seal alter column to_at drop not null;
alter table ledger_seal add constraint ledger_seal_by_number check (from_no is not null and to_no is not null) not valid;
