/**
 * The least that an answer costs in Node: node:http reads a request and its body, one signature is verified, one is made
 * in the thread pool, and the reply is sent. Nothing is parsed, judged or stored. No gateway in Node can be faster.
 */
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
/** As long as the string that an inquiry's client signs, and as the node of its answer. */
const request = Buffer.alloc(400, "a");
const node = Buffer.from(
  '{"code":"10000","msg":"Success","biz_no":"ZM202611221200000000010000000001","zm_score":"700"}',
);
const theirSignature = sign("RSA-SHA256", request, privateKey);

const server = createServer((incoming, reply) => {
  incoming.resume();
  incoming.once("end", () => {
    if (!verify("RSA-SHA256", request, publicKey, theirSignature)) return void reply.writeHead(400).end();
    sign("RSA-SHA256", node, privateKey, (error, signature) => {
      if (error !== null) return void reply.destroy(error);
      const text = `{"zhima_credit_score_get_response":${node.toString("latin1")},"sign":"${signature.toString("base64")}"}`;
      reply.writeHead(200, { "content-type": "text/html;charset=utf-8", "content-length": text.length });
      reply.end(text, "latin1");
    });
  });
});
server.listen(0, "127.0.0.1", () => process.send?.(server.address() as AddressInfo)); // Of a TCP server, an AddressInfo.
process.once("disconnect", () => process.exit(0));
