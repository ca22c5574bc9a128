import { createHash } from "node:crypto";
import type { Vault } from "../keys/vault.ts";

/**
 * The deprecated `alipay_user_id` of a token reply: 32 digits, which the real gateway sends beside the 16 of user_id and
 * which stand for the same user everywhere. No method takes it back.
 */
export function alipayUserIdOf(userId: string): string {
  const digits = BigInt(`0x${createHash("sha256").update(`alipay_user_id ${userId}`).digest("hex")}`).toString();
  return `2088${digits.slice(-28).padStart(28, "0")}`;
}

/** Who a user is to one app, and to no other: apps that were made since open_id are told this instead of user_id. */
export function openIdOf(vault: Vault, appId: string, userId: string): string {
  return `0${vault.lookupId("open_id", `${appId}\0${userId}`).replaceAll("-", "")}`;
}
