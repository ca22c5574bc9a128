/** Refusals without a signature: whoever has not said who they are has no key to verify one with. */
export const unsignedRefusals: ReadonlySet<string> = new Set([
  "isv.missing-app-id",
  "isv.invalid-app-id",
  "isv.missing-signature",
  "isv.missing-signature-config",
]);
