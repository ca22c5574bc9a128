import { keyFile, lines, quoted, type SnippetCall } from "./snippet.ts";

/** Node 20 or newer, without packages. */
export function nodeSnippet({ gateway, parameters, files, signType }: SnippetCall): string {
  const body =
    files.length === 0
      ? "const body = new URLSearchParams(parameters);"
      : `const body = new FormData();
for (const [name, value] of Object.entries(parameters)) body.append(name, value);
${files
  .map(
    ({ name, fileName }) =>
      `body.append(${quoted(name)}, new Blob([readFileSync(${quoted(fileName)})]), ${quoted(fileName)});`,
  )
  .join("\n")}`;
  return `import { createSign } from "node:crypto";
import { readFileSync } from "node:fs";

const parameters = {
${lines(parameters, (name, value) => `  ${name}: ${quoted(value)},`)}
  timestamp: new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " "),
};
const stringToSign = Object.keys(parameters)
  .filter((name) => parameters[name] !== "")
  .sort()
  .map((name) => \`\${name}=\${parameters[name]}\`)
  .join("&");
parameters.sign = createSign(${quoted(signType === "RSA2" ? "RSA-SHA256" : "RSA-SHA1")})
  .update(stringToSign, "utf8")
  .sign(readFileSync(${quoted(keyFile)}), "base64");

${body}
const reply = await fetch(${quoted(gateway)}, { method: "POST", body });
console.log(await reply.text());
`;
}
