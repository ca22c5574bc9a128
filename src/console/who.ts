import type { Permission } from "../accounts/roles.ts";

/**
 * Who may call a route. Of several, each may: a batch is read by the merchant that sent it and by operators who may read
 * feedback.
 */
export interface Who {
  /** Whoever comes, signed in or not. */
  readonly anybody?: true;
  /** Whoever has signed in, about their own account. */
  readonly accounts?: true;
  /** A merchant's staff, or its app by a signed address (docs/decisions/0041), about that merchant alone. */
  readonly merchants?: true;
  /** A merchant's staff who have signed in, about that merchant alone: an app's signature covers no body. */
  readonly staff?: true;
  /** Operators whose role has the permission, or any. */
  readonly operators?: Permission | "any";
}
