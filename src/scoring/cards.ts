import { createHash } from "node:crypto";
import { type Clock, instantToText } from "../clock.ts";
import type { Queryable, Store } from "../store/store.ts";
import type { Card } from "./card/card.ts";
import { withGoldenVectors } from "./card/golden.ts";
import { cardInWords } from "./card/in-words.ts";
import { checkGoldenVectors } from "./golden-vectors.ts";

export type CardState = "draft" | "validated" | "shadow" | "champion" | "retired";

export interface StoredCard {
  readonly cardVersion: string;
  readonly card: Card;
  readonly state: CardState;
  readonly author: string;
  readonly approver: string | null;
  readonly createdAt: number;
  readonly stateSince: number | null;
}

/** Why a card, or a score, may not do what is asked of it, in words for the operator. */
export class CardError extends Error {
  override readonly name = "CardError";
  /** What kind of refusal it is: there is nothing so named, it is so already, or it may not be. */
  readonly code: "not-found" | "conflict" | "refused";

  constructor(message: string, code: CardError["code"] = "refused") {
    super(message);
    this.code = code;
  }
}

/** Any fixed number: one card changes its state at a time. */
const advisoryLock = 5_120_046_118_270_911;

/** The card's version is a hash of what it says: the same version can never mean two cards. */
export function cardVersionOf(card: Card): string {
  return createHash("sha256")
    .update(JSON.stringify(inOrder(card)))
    .digest("hex")
    .slice(0, 16);
}

/** jsonb forgets the order of names, so the hash is over the names in alphabetical order. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(
    entries.sort(([left], [right]) => (left < right ? -1 : 1)).map(([name, each]) => [name, inOrder(each)]),
  );
}

const selectCard = "select card_version, body, state, author, approver, created_at, state_since from card";

interface CardRow {
  card_version: string;
  body: Card;
  state: CardState;
  author: string;
  approver: string | null;
  created_at: number;
  state_since: number | null;
}

function cardOf(row: CardRow): StoredCard {
  const { card_version: cardVersion, body: card, state, author, approver } = row;
  return { cardVersion, card, state, author, approver, createdAt: row.created_at, stateSince: row.state_since };
}

const cardsListed = 1_000;

/** The newest cards first, a thousand of them at most, without their golden vectors, which are long. */
export async function listCards(store: Queryable): Promise<StoredCard[]> {
  const select = selectCard.replace("body", "body - 'goldenVectors' as body");
  return (await store.query<CardRow>(`${select} order by created_at desc limit $1`, [cardsListed])).map(cardOf);
}

/** The card of this version, or the one whose version begins so, if there is only one. */
export async function findCard(store: Queryable, version: string): Promise<StoredCard> {
  const rows = /^[0-9a-f]{4,16}$/.test(version)
    ? await store.query<CardRow>(`${selectCard} where starts_with(card_version, $1) limit 2`, [version])
    : [];
  const [row] = rows;
  if (row === undefined)
    throw new CardError(`no card has the version ${version.slice(0, 20)}; kaimen card list shows them`, "not-found");
  if (rows.length > 1) throw new CardError(`several cards begin with ${version}; give more of it`);
  return cardOf(row);
}

/** The model card in plain words: of the report that the card was kept with, or what any card tells of itself. */
export async function wordsOf(store: Queryable, { cardVersion, card }: StoredCard): Promise<readonly string[]> {
  const [row] = await store.query<{ words: string[] | null }>(
    "select report -> 'inWords' as words from card where card_version = $1",
    [cardVersion],
  );
  return row?.words ?? cardInWords(card);
}

/** Whose scores are sent, and who is scored beside them. Where no card was ever activated, the expert's card is. */
export async function cardsInForce(
  store: Queryable,
): Promise<{ champion: StoredCard; challenger: StoredCard | undefined }> {
  const rows = (await store.query<CardRow>(`${selectCard} where state in ('champion', 'shadow')`)).map(cardOf);
  const champion = rows.find(({ state }) => state === "champion");
  if (champion === undefined) throw new Error("no card is in force");
  return { champion, challenger: rows.find(({ state }) => state === "shadow") };
}

/** At the start: the first card, an expert's, is the first champion. */
export async function ensureChampion(store: Store, clock: Clock, firstCard: Card): Promise<void> {
  await store.transaction(async (transaction) => {
    await transaction.query("select pg_advisory_xact_lock($1)", [advisoryLock]);
    const now = instantToText(clock.now());
    await transaction.query(
      `insert into card (card_version, body, created_at, state, author, approver, state_since)
       select $1, $2::jsonb, $3::timestamptz, 'champion', 'kaimen', 'kaimen', $3::timestamptz
       where not exists (select from card where state = 'champion')
       on conflict (card_version) do update set state = 'champion', state_since = excluded.state_since`,
      [cardVersionOf(firstCard), JSON.stringify(firstCard), now],
    );
  });
}

/** Keeps a new card as a draft, with golden vectors if it came without. The same card twice is the same card. */
export async function addCard(
  store: Store,
  clock: Clock,
  draft: { card: Card; author: string; report: unknown },
): Promise<StoredCard> {
  const card = withGoldenVectors(draft.card);
  const cardVersion = cardVersionOf(card);
  await store.query(
    `insert into card (card_version, body, created_at, state, author, state_since, report)
     values ($1, $2, $3, 'draft', $4, $3, $5) on conflict (card_version) do nothing`,
    [
      cardVersion,
      JSON.stringify(card),
      instantToText(clock.now()),
      draft.author,
      draft.report === undefined ? null : JSON.stringify(draft.report),
    ],
  );
  return findCard(store, cardVersion);
}

/** The states from which each state may be reached. */
const reachedFrom: Record<CardState, readonly CardState[]> = {
  draft: [],
  validated: ["draft"],
  shadow: ["validated", "retired"],
  champion: ["validated", "shadow", "retired"],
  retired: ["draft", "validated", "shadow"],
};

/**
 * Brings a card to its next state. To be validated, scored beside the champion or activated it must give its golden
 * vectors here and on this very database; to be champion it must be approved by somebody who did not make it, and the
 * champion before it retires in the same transaction.
 */
export async function moveCard(
  store: Store,
  clock: Clock,
  version: string,
  to: CardState,
  actor: string,
): Promise<StoredCard> {
  return store.transaction(async (transaction) => {
    await transaction.query("select pg_advisory_xact_lock($1)", [advisoryLock]);
    const found = await findCard(transaction, version);
    if (found.state === to) return found;
    if (!reachedFrom[to].includes(found.state)) {
      const from = reachedFrom[to].join(" or ");
      throw new CardError(
        `the card is ${found.state}: only a card that is ${from} becomes ${to}${found.state === "draft" ? "; validate it first" : ""}`,
      );
    }
    if (to === "champion" && actor === found.author) {
      throw new CardError(`${actor} made this card: a second person must approve it`);
    }
    if (to !== "retired") await refuseUnlessGolden(transaction, found);
    const now = instantToText(clock.now());
    if (to === "champion" || to === "shadow") {
      await transaction.query(
        `with ended as (
           update card set state = 'retired', state_since = $2::timestamptz where state = $1 returning card_version
         )
         insert into card_event (card_version, at, state, actor) select card_version, $2::timestamptz, 'retired', $3 from ended`,
        [to, now, actor],
      );
    }
    await transaction.query(
      "update card set state = $2, state_since = $3, approver = case when $2 = 'champion' then $4 else approver end where card_version = $1",
      [found.cardVersion, to, now, actor],
    );
    await transaction.query("insert into card_event (card_version, at, state, actor) values ($1, $2, $3, $4)", [
      found.cardVersion,
      now,
      to,
      actor,
    ]);
    return findCard(transaction, found.cardVersion);
  });
}

async function refuseUnlessGolden(transaction: Queryable, { cardVersion, card }: StoredCard): Promise<void> {
  if (cardVersionOf(card) !== cardVersion)
    throw new CardError("what is stored under this version is another card: it was changed in the database");
  const checked = await checkGoldenVectors(transaction, card);
  if ("fault" in checked) throw new CardError(`${checked.fault}; train or import the card again`);
}
