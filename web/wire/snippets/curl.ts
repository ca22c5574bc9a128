import { keyFile, type SnippetCall } from "./snippet.ts";

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A shell's commands: openssl signs, curl sends. */
export function curlSnippet({ gateway, parameters, files, signType }: SnippetCall): string {
  const option = files.length > 0 ? "--form-string" : "--data-urlencode";
  // The shell puts in the time; names sorted in byte order, as the rule wants them.
  const all = Object.entries({ ...parameters, timestamp: "" }).toSorted(([left], [right]) => (left < right ? -1 : 1));
  const signed = all.filter(([name, value]) => name === "timestamp" || value !== "");
  const at = signed.findIndex(([name]) => name === "timestamp");
  const join = (pairs: typeof signed): string => pairs.map(([name, value]) => `${name}=${value}`).join("&");
  const before = at === 0 ? "" : `${join(signed.slice(0, at))}&`;
  const after = at === signed.length - 1 ? "" : `&${join(signed.slice(at + 1))}`;
  return [
    "TIMESTAMP=$(TZ=Asia/Shanghai date '+%Y-%m-%d %H:%M:%S')",
    `SIGN=$(printf '%s' ${quoted(`${before}timestamp=`)}"$TIMESTAMP"${quoted(after)} |`,
    `  openssl dgst ${signType === "RSA2" ? "-sha256" : "-sha1"} -sign ${keyFile} | openssl base64 -A)`,
    [
      `curl -sS ${quoted(gateway)}`,
      ...Object.entries(parameters).map(([name, value]) => `${option} ${quoted(`${name}=${value}`)}`),
      `${option} "timestamp=$TIMESTAMP"`,
      ...files.map(({ name, fileName }) => `--form ${quoted(`${name}=@${fileName}`)}`),
      `${option} "sign=$SIGN"`,
    ].join(" \\\n  "),
    "",
  ].join("\n");
}
