/**
 * What a service of this kind commonly looks like: Express, keys parsed from PEM at every call, signing on the
 * event loop, one INSERT and one commit a request. It checks and stores far less than the gateway. Started by the
 * benchmark with the database and the keys in its environment; it tells its port over IPC.
 */
import { createSign, createVerify, randomInt } from "node:crypto";
import type { AddressInfo } from "node:net";
import express from "express";
import pg from "pg";

const {
  DATABASE_URL: connectionString = "",
  APP_PUBLIC_PEM: appPublicPem = "",
  PRIVATE_PEM: privatePem = "",
} = process.env;
const pool = new pg.Pool({ connectionString, max: 10 });
await pool.query(
  "create table naive_inquiry (transaction_id text primary key, biz_no text, user_token text, score int, created_at timestamptz)",
);

const app = express();
app.use(express.urlencoded({ extended: true }));
app.post("/gateway.do", async (request, reply) => {
  const parameters = { ...(request.query as Record<string, string>), ...(request.body as Record<string, string>) }; // Both are flat text.
  const names = Object.keys(parameters)
    .filter((name) => name !== "sign" && parameters[name] !== "")
    .toSorted();
  const text = names.map((name) => `${name}=${parameters[name]}`).join("&");
  if (
    !createVerify("RSA-SHA256")
      .update(text)
      .verify(appPublicPem, parameters["sign"] ?? "", "base64")
  )
    return void reply.sendStatus(400);
  const { transaction_id: transactionId } = JSON.parse(parameters["biz_content"] ?? "{}") as { transaction_id: string };
  const bizNo = `ZM${Date.now()}${String(randomInt(1e9)).padStart(17, "0")}`;
  await pool.query("insert into naive_inquiry values ($1, $2, $3, $4, now())", [
    transactionId,
    bizNo,
    parameters["auth_token"],
    700,
  ]);
  const node = JSON.stringify({ code: "10000", msg: "Success", biz_no: bizNo, zm_score: "700" });
  const sign = createSign("RSA-SHA256").update(node).sign(privatePem, "base64");
  reply.type("text/html; charset=utf-8").send(`{"zhima_credit_score_get_response":${node},"sign":"${sign}"}`);
});
const server = app.listen(0, "127.0.0.1", () => process.send?.(server.address() as AddressInfo)); // Of a TCP server, an AddressInfo.
process.once("disconnect", () => process.exit(0));
