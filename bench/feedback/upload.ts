import { request } from "node:http";
import { parsePrivateKey } from "#kaimen/keys/formats.ts";
import type { SandboxFile } from "#kaimen/sandbox/sandbox-file.ts";
import { signParameters } from "#kaimen/keys/signed-request.ts";

/** Sends a feedback file as the SDKs do, and gives the seconds until the answer. Throws unless it was accepted. */
export async function uploadFile(
  sandbox: SandboxFile,
  file: { content: Buffer; records: number; columns: string },
): Promise<number> {
  const signed = await signParameters(
    {
      app_id: sandbox.app_id,
      method: "zhima.data.batch.feedback",
      charset: "utf-8",
      timestamp: new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " "),
      version: "1.0",
      file_type: "json_data",
      file_charset: "UTF-8",
      records: String(file.records),
      columns: file.columns,
      primary_key_columns: "order_no,pay_month",
    },
    { privateKey: parsePrivateKey(sandbox.app_private_key_pkcs8), signType: "RSA2" },
  );
  const boundary = `kaimen${Date.now()}`;
  const fields = [...signed].map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = Buffer.from(
    `${fields.join("")}--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="feedback.json"\r\nContent-Type: application/octet-stream\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const startedAt = performance.now();
  const answer = await send(sandbox.gateway_url, boundary, [head, file.content, tail]);
  const elapsedS = (performance.now() - startedAt) / 1_000;
  if (!answer.includes('"code":"10000"')) throw new Error(`the file was refused: ${answer.slice(0, 500)}`);
  return elapsedS;
}

function send(url: string, boundary: string, parts: readonly Buffer[]): Promise<string> {
  return new Promise((settle, fail) => {
    const length = parts.reduce((total, part) => total + part.length, 0);
    const headers = { "content-type": `multipart/form-data; boundary=${boundary}`, "content-length": length };
    const sent = request(url, { method: "POST", headers }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on("data", (chunk: Buffer) => chunks.push(chunk));
      reply.on("end", () => settle(Buffer.concat(chunks).toString()));
      reply.on("error", fail);
    });
    sent.on("error", fail);
    for (const part of parts) sent.write(part);
    sent.end();
  });
}
