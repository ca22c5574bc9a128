import type { SandboxFile } from "#kaimen/sandbox/sandbox-file.ts";
import type { Postgres } from "../support/postgres.ts";

/** The score of every person that is filled in. */
const score = "700";
const batch = 100_000;

/** Made-up users with a person, a consent, a token, a score and one inquiry each: the first `size` of them are there afterwards. */
export async function fillTo(postgres: Postgres, size: number, sandbox: SandboxFile): Promise<void> {
  const [{ there } = { there: 0 }] = await postgres.query<{ there: number }>(
    "select count(*)::int as there from inquiry where transaction_id like 'fill%'",
  );
  for (let from = there; from < size; from += batch) {
    await postgres.query(fillSql(from, Math.min(from + batch, size) - 1, sandbox));
  }
  for (const table of ["token", "authorisation", "user_account", "score", "inquiry"])
    await postgres.query(`vacuum analyze ${table}`);
  // What is measured is an inquiry among many, not the sealing of a million lines made at once, nor their way to the disk.
  await postgres.query(
    "insert into setting (name, value) select 'ledger_sealed_number', to_jsonb(last_value) from ledger_line on conflict (name) do update set value = excluded.value",
  );
  await postgres.query("checkpoint");
}

type FilledUser = Pick<SandboxFile["users"][number], "access_token" | "score" | "user_id">;

/** Draws users at even distances from the first `size` that were filled in, nobody twice however often it is asked. */
export function createDraw(): (size: number, count: number) => FilledUser[] {
  const drawn = new Set<number>();
  return (size, count) => {
    if (drawn.size + count > size) throw new Error(`no ${count} of ${size} users are left`);
    return Array.from({ length: count }, (_, index) => {
      let number = Math.floor((index * size) / count);
      while (drawn.has(number)) number = (number + 1) % size;
      drawn.add(number);
      return { access_token: tokenOf(number), user_id: `f${number}`, score };
    });
  };
}

function tokenOf(index: number): string {
  return `authzmaBfill${index}`;
}

function fillSql(from: number, to: number, sandbox: SandboxFile): string {
  return `
with made as materialized (
  select number, 'f' || number as user_id, md5('p' || number)::uuid as person_id, md5('a' || number)::uuid as authorisation_id,
         ('x' || left(md5('p' || number), 2))::bit(8)::int as person_bucket,
         get_byte(sha256(convert_to('f' || number, 'UTF8')), 0) as user_bucket,
         sha256(convert_to('authzmaBfill' || number, 'UTF8')) as token_hash,
         get_byte(sha256(convert_to('${sandbox.merchant_id}' || chr(1) || 'fill' || number, 'UTF8')), 0) as inquiry_bucket
  from generate_series(${from}, ${to}) number
), accounts as (
  insert into user_account (bucket, user_id, person_bucket, person_id, login, created_at)
  select user_bucket, user_id, person_bucket, person_id, user_id, now() from made
), consents as (
  insert into authorisation (bucket, user_id, authorisation_id, app_id, scopes, purpose, text_version, channel, granted_at, expires_at)
  select user_bucket, user_id, authorisation_id, '${sandbox.app_id}', '{auth_zhima}', 'credit_assessment', 'fill', 'fill', now(), now() + interval '1 year' from made
), tokens as (
  insert into token (bucket, token_hash, kind, app_id, user_id, person_bucket, person_id, authorisation_id, scopes, purpose,
                     consent_expires_at, issued_at, expires_at)
  select get_byte(token_hash, 0), token_hash, 'access', '${sandbox.app_id}', user_id, person_bucket, person_id, authorisation_id,
         '{auth_zhima}', 'credit_assessment', now() + interval '1 year', now(), now() + interval '1 year' from made
), scores as (
  insert into score (bucket, person_id, scored_at, card_version, as_of_month, score, features)
  select person_bucket, person_id, now(), 'fill', 1, ${score}, '{}' from made
)
insert into inquiry (bucket, merchant_id, transaction_id, product_code, biz_no, app_id, user_id, person_bucket, person_id,
                     authorisation_id, purpose, state, score, billed_fen, accepted_at)
select inquiry_bucket, '${sandbox.merchant_id}', 'fill' || number, 'w1010100100000000001',
       'ZM20260101000000' || lpad(number::text, 16, '0'), '${sandbox.app_id}', user_id, person_bucket, person_id,
       authorisation_id, 'credit_assessment', 'answered', ${score}, 40, now()
from made`;
}
