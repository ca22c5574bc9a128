import type { Parameters } from "../call.ts";

/** What a program has to send: every parameter but the timestamp and the signature, which it makes itself. */
export interface SnippetCall {
  /** The gateway's address. */
  readonly gateway: string;
  readonly parameters: Parameters;
  /** Read from the folder in which the program runs. */
  readonly files: readonly { readonly name: string; readonly fileName: string }[];
  readonly signType: "RSA2" | "RSA";
}

/** Where every program reads its private key from: PKCS#8, PEM. None has it in its text. */
export const keyFile = "app_private_key.pem";

/** A text between double quotes, as JSON has it: what JavaScript, Python, Java, C# and Go read alike. */
export const quoted = (text: string): string => JSON.stringify(text);

/** Each parameter in a line of its own. */
export function lines(parameters: Parameters, line: (name: string, value: string) => string): string {
  return Object.entries(parameters)
    .map(([name, value]) => line(name, value))
    .join("\n");
}
