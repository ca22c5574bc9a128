import type { Bin, Card, Characteristic, GoldenVector } from "./card.ts";
import { featureNamed, isFeatureName } from "./features.ts";

/** What is wrong with a card that came from outside, and where. */
export class CardFormatError extends Error {
  override readonly name = "CardFormatError";
}

const characteristicsLimit = 100;
const binsLimit = 100;
const pointsLimit = 10_000;
/** Three an edge, and some. */
const vectorsLimit = 40_000;

/** Checks a card from outside, part by part; what comes back can be scored with. Names that a card does not have are refused. */
export function parseCard(json: unknown): Card {
  const card = object(json, "the card", [
    "title",
    "basePoints",
    "characteristics",
    "floor",
    "ceiling",
    "minimumData",
    "goldenVectors",
    "training",
  ]);
  const title = object(card["title"], "title", ["en", "zh"]);
  const minimum = object(card["minimumData"], "minimumData", ["monthsReported", "newestMonths"]);
  const characteristics = list(card["characteristics"], "characteristics", characteristicsLimit).map(
    parseCharacteristic,
  );
  const names = characteristics.map(({ feature }) => feature);
  if (new Set(names).size !== names.length) throw new CardFormatError("a feature is named twice");
  const [floor, ceiling] = [integer(card["floor"], "floor", 0, 10_000), integer(card["ceiling"], "ceiling", 0, 10_000)];
  if (floor >= ceiling) throw new CardFormatError("the floor must be below the ceiling");
  return {
    title: { en: text(title["en"], "title.en"), zh: text(title["zh"], "title.zh") },
    basePoints: integer(card["basePoints"], "basePoints", -pointsLimit, pointsLimit),
    characteristics,
    floor,
    ceiling,
    minimumData: {
      monthsReported: integer(minimum["monthsReported"], "minimumData.monthsReported", 1, 13),
      newestMonths: integer(minimum["newestMonths"], "minimumData.newestMonths", 0, 24),
    },
    ...(card["goldenVectors"] === undefined
      ? {}
      : { goldenVectors: parseVectors(card["goldenVectors"], new Set(names)) }),
    // Told for audits and never computed with: kept as it is.
    ...(card["training"] === undefined
      ? {}
      : { training: object(card["training"], "training") as unknown as NonNullable<Card["training"]> }),
  };
}

/** Whether they are right is seen when the card is validated. */
function parseVectors(json: unknown, names: ReadonlySet<string>): GoldenVector[] {
  return list(json, "goldenVectors", vectorsLimit).map((each, index) => {
    const place = `goldenVectors[${index}]`;
    const vector = object(each, place, ["given", "scoreBeforeClip", "score"]);
    const given = object(vector["given"], `${place}.given`);
    for (const [name, value] of Object.entries(given)) {
      if (!names.has(name))
        throw new CardFormatError(`${place}: the card has no characteristic "${name.slice(0, 60)}"`);
      integer(value, `${place}.given.${name}`);
    }
    return {
      given: given as GoldenVector["given"], // Of the card's names and whole numbers, as just seen.
      scoreBeforeClip: integer(vector["scoreBeforeClip"], `${place}.scoreBeforeClip`),
      score: integer(vector["score"], `${place}.score`),
    };
  });
}

/** A card as a file: golden vectors a line each, so that the rest stays readable. */
export function cardText({ goldenVectors: vectors = [], ...card }: Card): string {
  const text = JSON.stringify(card, undefined, 2);
  const lines = vectors.map((vector) => `    ${JSON.stringify(vector)}`).join(",\n");
  return vectors.length === 0 ? `${text}\n` : `${text.slice(0, -2)},\n  "goldenVectors": [\n${lines}\n  ]\n}\n`;
}

function parseCharacteristic(json: unknown, index: number): Characteristic {
  const place = `characteristics[${index}]`;
  const given = object(json, place, ["feature", "featureVersion", "bins", "special", "missingPoints"]);
  const name = text(given["feature"], `${place}.feature`);
  if (!isFeatureName(name))
    throw new CardFormatError(`${place}: there is no feature "${name.slice(0, 60)}" in the catalogue`);
  const version =
    given["featureVersion"] === undefined
      ? undefined
      : integer(given["featureVersion"], `${place}.featureVersion`, 1, 1_000);
  if (version !== undefined && version !== featureNamed(name).version) {
    throw new CardFormatError(
      `${place}: ${name} is at version ${featureNamed(name).version}, the card is made for ${version}; train it again`,
    );
  }
  const bins = list(given["bins"], `${place}.bins`, binsLimit).map((bin, at) => parseBin(bin, `${place}.bins[${at}]`));
  const edges = bins.map(({ below }) => below);
  if (
    edges.pop() !== undefined ||
    edges.some((edge, at) => edge === undefined || (at > 0 && edge <= (edges[at - 1] ?? edge)))
  ) {
    throw new CardFormatError(`${place}: the bins must ascend by "below", and the last alone has none`);
  }
  const special =
    given["special"] === undefined
      ? undefined
      : list(given["special"], `${place}.special`, binsLimit).map((each, at) => {
          const own = object(each, `${place}.special[${at}]`, ["value", "points"]);
          return {
            value: integer(own["value"], `${place}.special[${at}].value`),
            points: points(own["points"], `${place}.special[${at}]`),
          };
        });
  return {
    feature: name,
    ...(version === undefined ? {} : { featureVersion: version }),
    bins,
    ...(special === undefined ? {} : { special }),
    missingPoints: points(given["missingPoints"], `${place}.missingPoints`),
  };
}

function parseBin(json: unknown, place: string): Bin {
  const bin = object(json, place, ["below", "points"]);
  const own = points(bin["points"], `${place}.points`);
  return bin["below"] === undefined ? { points: own } : { below: integer(bin["below"], `${place}.below`), points: own };
}

function points(value: unknown, place: string): number {
  return integer(value, place, -pointsLimit, pointsLimit);
}

const int4Limit = 2_147_483_646;

function integer(value: unknown, place: string, least = -int4Limit, most = int4Limit): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    throw new CardFormatError(`${place} must be a whole number from ${least} to ${most}`);
  }
  return value;
}

function text(value: unknown, place: string): string {
  if (typeof value !== "string" || value.length > 200)
    throw new CardFormatError(`${place} must be a text of at most 200 characters`);
  return value;
}

function list(value: unknown, place: string, most: number): unknown[] {
  if (!Array.isArray(value) || value.length > most)
    throw new CardFormatError(`${place} must be a list of at most ${most}`);
  return value as unknown[];
}

function object(value: unknown, place: string, names?: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new CardFormatError(`${place} must be an object`);
  const unknown = Object.keys(value).find((name) => names !== undefined && !names.includes(name));
  if (unknown !== undefined) throw new CardFormatError(`${place} has no "${unknown.slice(0, 60)}"`);
  return value as Record<string, unknown>; // An object, seen just above.
}
