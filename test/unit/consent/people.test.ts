import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  identityCard,
  identityCheckCharacter,
  identityNumberFault,
  isRealDay,
  nameId,
  normaliseCredentialsNo,
  personKey,
} from "#kaimen/consent/people.ts";
import { createVault } from "#kaimen/keys/vault.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

/** ISO 7064 MOD 11-2 as the standard states it: each character times 2 to the power of its place makes 1 modulo 11. */
function isCongruent(number: string): boolean {
  const sum = [...number].reduce(
    (total, character) => (total * 2 + (character === "X" ? 10 : Number(character))) % 11,
    0,
  );
  return sum === 1;
}

const days = fc
  .date({ min: new Date("1900-01-01T00:00:00Z"), max: new Date("2026-01-01T00:00:00Z"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10).replaceAll("-", ""));
const digits = (count: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: count, maxLength: count });
const seventeens = fc.tuple(digits(6), days, digits(3)).map((parts) => parts.join(""));
const numbers = seventeens.map((seventeen) => seventeen + identityCheckCharacter(seventeen));

describe("an identity number", () => {
  test.each([
    // The two examples of GB 11643-1999.
    ["11010519491231002X", undefined],
    ["440524188001010014", undefined],
    ["990000197001010002", "check"],
    ["110105194912310021", "check"],
    ["110105194902290029", "date"],
    ["110105190002290024", "date"],
    ["110105194913310024", "date"],
    ["110105194900310024", "date"],
    ["110105194912000024", "date"],
    ["110105194912320024", "date"],
    ["110105000001010024", "date"],
    ["", "form"],
    ["11010519491231002", "form"],
    ["11010519491231002XX", "form"],
    ["11010519491231002x", "form"],
    ["1101051949123100X2", "form"],
    ["110105491231002", "form"],
    ["１１０１０５１９４９１２３１００２X", "form"],
    ["11010519491231002X\n", "form"],
    [" 11010519491231002X", "form"],
  ])("%j has the fault %s", (number, expected) => {
    expect(identityNumberFault(number)).toBe(expected);
  });

  test.each([
    ["11010520000229000", undefined],
    ["11010519000228000", undefined],
    ["11010520240229000", undefined],
    ["11010520230229000", "date"],
    ["11010521000229000", "date"],
  ])("of a leap day or none, %s, has the fault %s", (seventeen, expected) => {
    expect(identityNumberFault(seventeen + identityCheckCharacter(seventeen))).toBe(expected);
  });

  test("with the check character that is computed for it is sound, and congruent to 1 modulo 11", () => {
    fc.assert(
      fc.property(numbers, (number) => {
        expect(identityNumberFault(number)).toBe(undefined);
        expect(isCongruent(number)).toBe(true);
      }),
    );
  });

  test("with any other check character is refused for it", () => {
    fc.assert(
      fc.property(numbers, (number) => {
        const faults = [..."0123456789X"].filter(
          (character) => identityNumberFault(number.slice(0, 17) + character) === undefined,
        );
        expect(faults).toEqual([number[17]]);
      }),
    );
  });

  test("with any one character changed is refused, as the standard promises", () => {
    fc.assert(
      fc.property(numbers, (number) => {
        for (let place = 0; place < 18; place += 1) {
          for (const character of "0123456789") {
            if (character === number[place]) continue;
            expect(identityNumberFault(number.slice(0, place) + character + number.slice(place + 1))).not.toBe(
              undefined,
            );
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test("with any two neighbours swapped is refused, as the standard promises", () => {
    fc.assert(
      fc.property(numbers, (number) => {
        for (let place = 0; place < 17; place += 1) {
          if (number[place] === number[place + 1]) continue;
          const swapped = `${number.slice(0, place)}${number[place + 1]}${number[place]}${number.slice(place + 2)}`;
          expect(identityNumberFault(swapped)).not.toBe(undefined);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("whose two errors cancel out is not noticed: the standard promises no more than one", () => {
    const changed = Array.from({ length: 100 }, (_, index) => `${String(index).padStart(2, "0")}010519491231002X`);
    const unnoticed = changed.filter((number) => identityNumberFault(number) === undefined);
    expect(unnoticed).toEqual(changed.filter((number) => isCongruent(number)));
    expect(unnoticed.length).toBe(9);
  });
});

test.each([
  ["1949-12-31", true],
  ["2024-02-29", true],
  ["2000-02-29", true],
  ["9999-12-31", true],
  ["0001-01-01", true],
  ["2023-02-29", false],
  ["1900-02-29", false],
  ["2023-04-31", false],
  ["2023-00-10", false],
  ["2023-13-10", false],
  ["2023-01-00", false],
  ["0000-00-00", false],
  // The calendar goes from 1 BC to 1 AD, and so does PostgreSQL's type date.
  ["0000-01-01", false],
  ["2023-1-1", false],
  ["", false],
  ["today", false],
])("%j is a day of the calendar: %s", (day, expected) => {
  expect(isRealDay(day)).toBe(expected);
});

describe("a credential number is written in one way:", () => {
  test.each([
    ["11010519491231002X", "11010519491231002X"],
    ["11010519491231002x", "11010519491231002X"],
    [" 110105 19491231\t002x\n", "11010519491231002X"],
    ["110105\u300019491231\u00a0002X", "11010519491231002X"],
    ["１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X"],
    ["１１０１０５１９４９１２３１００２ｘ", "11010519491231002X"],
    ["'11010519491231002X", "11010519491231002X"],
    ["\u2019\t11010519491231002x", "11010519491231002X"],
    ["\ufeff11010519491231002\u200bX", "11010519491231002X"],
    ["11010519491231002Х", "11010519491231002X"],
    ["11010519491231002×", "11010519491231002X"],
    // Fifteen digits, as issued before 1999.
    ["110105491231002", "11010519491231002X"],
    ["１１０１０５ 491231 002", "11010519491231002X"],
    ["'110105491231002\t", "11010519491231002X"],
    ["", ""],
  ])("%j as %j", (text, expected) => {
    expect(normaliseCredentialsNo(identityCard, text)).toBe(expected);
  });

  test.each([
    ["1", "110105491231002", "110105491231002"],
    ["PASSPORT", " e1234 5678", "E12345678"],
    ["PASSPORT", "'G12345678", "G12345678"],
  ])("of type %s, %j as %j", (type, text, expected) => {
    expect(normaliseCredentialsNo(type, text)).toBe(expected);
  });

  test("normalising twice is normalising once", () => {
    fc.assert(
      fc.property(fc.oneof(numbers, fc.string({ unit: fc.constantFrom(..."０９xXｘ 1\u3000\t'") })), (text) => {
        const once = normaliseCredentialsNo(identityCard, text);
        expect(normaliseCredentialsNo(identityCard, once)).toBe(once);
      }),
    );
  });
});

describe("a person's key", () => {
  const fill = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
  const vault = createVault({ sealing: fill(1), lookup: fill(2) });
  const number = "11010519491231002X";

  test("is the same for the same credential, and lies in one of 256 buckets", () => {
    expect(personKey(vault, identityCard, number)).toEqual(personKey(vault, identityCard, number));
    const buckets = new Set(
      Array.from({ length: 5_000 }, (_, index) => personKey(vault, identityCard, String(index)).bucket),
    );
    expect([...buckets].toSorted((left, right) => left - right)).toEqual(
      Array.from({ length: 256 }, (_, index) => index),
    );
  });

  test.each([
    ["another number", personKey(vault, identityCard, "440524188001010014")],
    ["another type of credential", personKey(vault, "1", number)],
    ["type and number cut elsewhere", personKey(vault, `${identityCard}1`, number.slice(1))],
    ["another lookup key", personKey(createVault({ sealing: fill(1), lookup: fill(3) }), identityCard, number)],
  ])("differs for %s", (_name, other) => {
    expect(other.personId).not.toBe(personKey(vault, identityCard, number).personId);
  });

  test("is never the id of a name with the same text", () => {
    expect(nameId(vault, `${identityCard}\0${number}`)).not.toBe(personKey(vault, identityCard, number).personId);
  });
});
