import type { Instant } from "../clock.ts";

/** An app that somebody, a user or a merchant, lets do something, or once did. */
export interface AppGrant {
  readonly appId: string;
  readonly appName: string;
  /** Whose app it is. */
  readonly merchantName: string;
  readonly grantedAt: Instant;
  readonly expiresAt: Instant;
  /** Undefined while it is good. */
  readonly ended: "withdrawn" | "expired" | undefined;
}

/** How many of them are listed to one reader. */
export const grantsListed = 200;
