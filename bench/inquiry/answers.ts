import { createHash, type KeyObject } from "node:crypto";
import { parsePublicKey } from "#kaimen/keys/formats.ts";
import { verifySignature } from "#kaimen/keys/rsa.ts";
import { toByteText } from "#kaimen/protocol/byte-text.ts";
import { methodNode } from "#kaimen/protocol/envelope.ts";
import type { HttpReply } from "./connection.ts";
import type { SignedRequest } from "./requests.ts";

/** One in so many replies has its signature verified. */
const verifiedEvery = 50;
const nodeName = methodNode("zhima.credit.score.get");

interface ScoreNode {
  readonly code?: string;
  readonly biz_no?: string;
  readonly zm_score?: string;
}

/** What was answered to which transaction_id; throws at the first answer that is not as it has to be. */
export class Answers {
  readonly #publicKey: KeyObject;
  readonly #nodes = new Map<string, string>();
  readonly #scores = new Map<string, string>();
  readonly #bizNos = new Set<string>();
  #checked = 0;
  verifiedSignatures = 0;

  constructor(publicKey: string) {
    this.#publicKey = parsePublicKey(publicKey);
  }

  get count(): number {
    return this.#nodes.size;
  }

  /** A first answer: a success, the user's score, a biz_no that no other answer has. */
  async accept(request: SignedRequest, reply: HttpReply): Promise<void> {
    const node = await this.#openNode(reply);
    const { code, biz_no: bizNo = "", zm_score: score = "" } = JSON.parse(node) as ScoreNode; // Each field is checked below.
    if (code !== "10000") throw new Error(`${request.transactionId} was answered with ${node}`);
    if (!/^ZM\d{30}$/.test(bizNo) || this.#bizNos.has(bizNo)) throw new Error(`biz_no ${bizNo} is malformed or taken`);
    if (score !== request.expectedScore)
      throw new Error(`${request.transactionId}: ${score} instead of ${request.expectedScore}`);
    this.#bizNos.add(bizNo);
    this.#nodes.set(request.transactionId, node);
    this.#scores.set(request.transactionId, score);
  }

  /** The answer to a repeat: byte for byte the first one. */
  async acceptRepeat(request: SignedRequest, reply: HttpReply): Promise<void> {
    const node = await this.#openNode(reply);
    const first = this.#nodes.get(request.transactionId);
    if (node !== first)
      throw new Error(`${request.transactionId} repeated was answered with ${node}, at first with ${first}`);
  }

  /** Equal in every run that asks for the same users under the same ids; biz_no, which never repeats, is no part of it. */
  hash(): string {
    const lines = [...this.#scores].map(([transactionId, score]) => `${transactionId} ${score}\n`);
    return createHash("sha256").update(lines.toSorted().join("")).digest("hex");
  }

  async #openNode(reply: HttpReply): Promise<string> {
    const match = /^\{"([a-z_]+)":(\{.*\}),"sign":"([A-Za-z0-9+/=]+)"\}$/s.exec(reply.body);
    if (reply.status !== 200 || match === null) throw new Error(`HTTP ${reply.status}: ${reply.body.slice(0, 500)}`);
    const [, name, node = "", signature = ""] = match;
    if (name !== nodeName) throw new Error(`an unexpected node: ${reply.body.slice(0, 500)}`);
    this.#checked += 1;
    if (this.#checked % verifiedEvery === 1) {
      const valid = await verifySignature(
        "RSA2",
        this.#publicKey,
        toByteText(Buffer.from(node)),
        Buffer.from(signature, "base64"),
      );
      if (!valid) throw new Error(`the signature does not verify: ${reply.body}`);
      this.verifiedSignatures += 1;
    }
    return node;
  }
}
