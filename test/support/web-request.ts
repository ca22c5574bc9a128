import { exchange, type HttpAnswer } from "./raw-http.ts";

export interface WebRequest {
  readonly method?: string;
  readonly path: string;
  /** As they are written on the wire; `Host` and what closes the connection are added. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** One request over a socket of its own, byte for byte as given. */
export async function askRaw(
  port: number,
  { method = "GET", path, headers = {}, body }: WebRequest,
): Promise<HttpAnswer> {
  const content = Buffer.from((body ?? "") as string); // Copies bytes as well.
  const fixed: Record<string, string> = {
    Host: `127.0.0.1:${port}`,
    Connection: "close",
    ...(body === undefined ? {} : { "Content-Length": String(content.length) }),
  };
  const lines = Object.entries({ ...fixed, ...headers }).map(([name, value]) => `${name}: ${value}`);
  const head = Buffer.from(`${[`${method} ${path} HTTP/1.1`, ...lines].join("\r\n")}\r\n\r\n`, "latin1");
  const answer = await exchange(port, Buffer.concat([head, content]), true);
  if (answer === undefined) throw new Error(`no answer to ${method} ${path}`);
  return answer;
}

/** What a program sends with its token. */
export function bearer({ token }: { readonly token: string }): string {
  return `Bearer ${token}`;
}

export function basic({ login, password }: { readonly login: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`;
}
