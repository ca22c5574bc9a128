interface SentRequest {
  readonly head: {
    readonly method: string;
    readonly target: string;
    readonly headers: readonly (readonly string[])[];
  };
  readonly body: { readonly text: string; readonly isCut: boolean };
  readonly files: readonly unknown[];
}

/**
 * The very request as a command, byte for byte what was sent, so that the gateway knows it again. Undefined for a body
 * in parts, one that was cut, and one that a shell's text cannot hold.
 */
export function rawCurl({ head, body, files }: SentRequest, origin: string): string | undefined {
  const contentType = head.headers.find(([name]) => name?.toLowerCase() === "content-type")?.[1];
  const isInParts = contentType?.toLowerCase().startsWith("multipart/") === true;
  if (body.isCut || isInParts || files.length > 0 || !/^[\x20-\x7e]*$/.test(body.text + head.target)) return undefined;
  const lines = [`curl '${quoted(`${origin}${head.target}`)}'`];
  if (contentType !== undefined) lines.push(`-H 'content-type: ${quoted(contentType)}'`);
  if (head.method === "POST") lines.push(`--data-raw '${quoted(body.text)}'`);
  return lines.join(" \\\n  ");
}

/** Inside the single quotes of a shell. */
const quoted = (text: string): string => text.replaceAll("'", `'\\''`);
