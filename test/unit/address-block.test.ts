import { describe, expect, it } from "vitest";
import { addressBlockOf } from "#kaimen/address-block.ts";

describe("whom a limit by address counts", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["192.0.2.1:40000", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:c000:201", "192.0.2.1"],
    ["[::ffff:192.0.2.1]:443", "192.0.2.1"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:DB8:0:0:ffff:ffff:ffff:ffff", "2001:db8:0:0::/64"],
    ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
    ["[2001:db8:0:1:2:3:4:5]:443", "2001:db8:0:1::/64"],
    ["[2001:db8:0:1:2:3:4:5]", "2001:db8:0:1::/64"],
    ["1:2:3:4:5:6:192.0.2.1", "1:2:3:4::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["1::", "1:0:0:0::/64"],
    ["", "no address"],
    ["unknown", "no address"],
    ["300.1.1.1", "no address"],
    ["a".repeat(100_000), "no address"],
    ["[unknown]", "no address"],
  ])("of %s is %s", (address, block) => {
    expect(addressBlockOf(address)).toBe(block);
  });
});
