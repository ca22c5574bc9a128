import fc from "fast-check";
import { expect, test } from "vitest";
import { digestOf, RecentTexts } from "#kaimen/keys/recent-texts.ts";
import { asByteText } from "#kaimen/protocol/byte-text.ts";

const ways = 8;
const longest = 20;

test("gives the last text under a name or none, never another's; the very last is there", () => {
  const steps = fc.array(
    fc.record({ name: fc.integer({ min: 0, max: 40 }), length: fc.integer({ min: 1, max: longest + 3 }) }),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), steps, (count, all) => {
      const recent = new RecentTexts({ count, longest });
      const last = new Map<number, string | undefined>();
      all.forEach(({ name, length }, at) => {
        const text = asByteText(String.fromCharCode(at % 256).repeat(length));
        recent.set(digestOf(String(name)), text);
        last.set(name, length > longest ? undefined : text);
        for (const [each, expected] of last)
          expect([expected, undefined]).toContain(recent.get(digestOf(String(each))));
        expect(recent.get(digestOf(String(name)))).toBe(last.get(name));
      });
    }),
  );
});

test("lets nothing go before as many others have come as a set has places", () => {
  const recent = new RecentTexts({ count: 1, longest });
  for (let index = 0; index < 600; index += 1) {
    recent.set(digestOf(`n${index}`), asByteText(`text ${index}`));
    recent.set(digestOf(`n${index}`), asByteText(`text ${index} again`));
    const kept = Array.from({ length: ways + 2 }, (_, back) => recent.get(digestOf(`n${index - back}`)));
    const expected = kept.map((_, back) => (back < ways && index >= back ? `text ${index - back} again` : undefined));
    expect(kept).toEqual(expected);
  }
});

test("keeps most of as many as it is made for", () => {
  const count = 4_096;
  const recent = new RecentTexts({ count, longest: 40 });
  for (let index = 0; index < 3 * count; index += 1) recent.set(digestOf(`n${index}`), asByteText(`text ${index}`));
  const kept = (from: number, to: number): number =>
    Array.from({ length: to - from }, (_, index) => recent.get(digestOf(`n${from + index}`))).filter(
      (text) => text !== undefined,
    ).length;
  expect(kept(0, 3 * count)).toBeLessThanOrEqual(count);
  expect(kept(3 * count - count / 2, 3 * count)).toBeGreaterThan(0.95 * (count / 2));
});
