import { describe, expect, it } from "vitest";
import { BodyBudget, type BodyHold } from "#kaimen/gateway/body/body-budget.ts";
import { pieceBytes } from "#kaimen/keys/aside-file.ts";

const megabyte = 1_048_576;
/** 200 MB of memory, 800 MB of disk and 256 files, a quarter of each for an address. */
const full = { bodyLimitBytes: 50 * megabyte, diskBytes: 800 * megabyte };

function holdOf(budget: BodyBudget, address: string): BodyHold & { abandoned: () => boolean } {
  let abandoned = false;
  const hold = budget.hold(address, () => (abandoned = true));
  return Object.assign(hold, { abandoned: () => abandoned });
}

describe("the room for bodies", () => {
  it("counts what lies on the disk not as memory", () => {
    const budget = new BodyBudget(full);
    const uploads = [1, 2, 3, 4].map(() => holdOf(budget, "192.0.2.1"));
    expect(uploads.map((upload) => upload.needs("disk", 50 * megabyte))).toEqual([true, true, true, true]);
    expect(holdOf(budget, "192.0.2.1").needs("memory", 50 * megabyte)).toBe(true);
  });

  it.each([
    ["memory", 50 * megabyte, 4],
    ["disk", 200 * megabyte, 4],
    ["files", 64, 4],
  ] as const)("of %s gives one address a quarter, and all of them no more than there is", (kind, share, addresses) => {
    const budget = new BodyBudget(full);
    const holds = Array.from({ length: addresses }, (_, number) => holdOf(budget, `192.0.2.${number}`));
    for (const hold of holds) {
      expect(hold.needs(kind, share + 1)).toBe(false);
      expect(hold.needs(kind, share)).toBe(true);
    }
    const other = holdOf(budget, "192.0.2.200");
    expect(other.needs(kind, 1)).toBe(false);
    holds[0]?.release();
    expect(other.needs(kind, share)).toBe(true);
  });

  it("an address of IPv6 shares with its /64", () => {
    const budget = new BodyBudget(full);
    expect(holdOf(budget, "2001:db8::1").needs("memory", 50 * megabyte)).toBe(true);
    expect(holdOf(budget, "2001:db8::2").needs("memory", 1)).toBe(false);
    expect(holdOf(budget, "2001:db8:0:1::1").needs("memory", 1)).toBe(true);
  });

  it("is all there for a proxy that names nobody: nobody knows how many it sends for", () => {
    const budget = new BodyBudget({ ...full, standsForMany: (address) => address === "10.0.0.1" });
    expect(holdOf(budget, "10.0.0.1").needs("memory", 200 * megabyte)).toBe(true);
    expect(holdOf(budget, "10.0.0.1").needs("memory", 1)).toBe(false);
  });

  it("comes back as it went, whatever was asked of it in between", () => {
    const budget = new BodyBudget(full);
    for (let round = 0; round < 1_000; round += 1) {
      const hold = holdOf(budget, "192.0.2.1");
      expect(hold.needs("memory", 30 * megabyte)).toBe(true);
      expect(hold.needs("memory", 60 * megabyte)).toBe(false);
      expect(hold.needs("disk", 30 * megabyte) && hold.needs("memory", megabyte)).toBe(true);
      hold.release();
    }
    expect(holdOf(budget, "192.0.2.1").needs("memory", 50 * megabyte)).toBe(true);
  });

  it("is given up by bodies that get nowhere, when and only when somebody needs it", () => {
    let now = 0;
    const budget = new BodyBudget({ ...full, now: () => now });
    const [stuck, dripping, whole, lively, elsewhere] = ["1", "1", "1", "1", "2"].map((number) =>
      holdOf(budget, `192.0.2.${number}`),
    );
    if (!stuck || !dripping || !whole || !lively || !elsewhere) throw new Error("five were made");
    for (const hold of [stuck, dripping, whole, lively, elsewhere])
      expect(hold.needs("memory", 10 * megabyte)).toBe(true);
    whole.noteWhole();
    for (now = 1_000; now <= 6_000; now += 1_000) {
      // What pieces cost beside their bytes is no progress: these are sixty of one byte.
      expect(dripping.needs("memory", 10 * megabyte + (now / 1_000) * 60 * (1 + pieceBytes))).toBe(true);
      dripping.noteArrival(60);
      lively.noteArrival(65_536);
    }
    const abandoned = (): boolean[] => [stuck, dripping, whole, lively, elsewhere].map((hold) => hold.abandoned());
    expect(abandoned()).toEqual([false, false, false, false, false]);
    expect(holdOf(budget, "192.0.2.1").needs("memory", 20 * megabyte)).toBe(false);
    // The other address takes nothing from this one.
    expect(abandoned()).toEqual([true, true, false, false, false]);
  });

  it("tells once in ten seconds that it is short, and how often", () => {
    let now = 0;
    const told: number[] = [];
    const budget = new BodyBudget({ ...full, now: () => now, onShort: (refused) => told.push(refused) });
    const hold = holdOf(budget, "192.0.2.1");
    for (; now < 11_000; now += 10) hold.needs("memory", 51 * megabyte);
    expect(told).toEqual([1, 1_000]);
  });
});
