-- Nothing of its own: keeps the numbers of the migrations without a gap.
select 1;
