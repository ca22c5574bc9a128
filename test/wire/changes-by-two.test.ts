import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settleIn } from "../support/accounts.ts";
import { runCommand } from "../support/command.ts";
import { askScore } from "../support/integrator.ts";
import { officialSdk, userByLogin } from "../support/kaimen.ts";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { askAsOperator, askWithToken } from "../support/operator.ts";
import { startPostgres } from "../support/postgres-cluster.ts";

/** What of bills, scores and cards one operator asks for and another approves. */
const cluster = await startPostgres();
const timeout = 120_000;

describe.skipIf(cluster === undefined)("with a second person", { timeout }, () => {
  let started: KaimenOnPostgres;
  let second = "";
  const secondLogin = "second@changes";

  beforeAll(async () => {
    started = await startKaimenOnPostgres(cluster, { KAIMEN_SECOND_PERSON: "on" });
    const emergency = ["operator", "add", "--login", secondLogin, "--role", "admin", "--emergency"];
    const added = await runCommand(started.kaimen, { DATABASE_URL: started.url }, ...emergency);
    const { password } = JSON.parse(added.stdout) as { password: string }; // What the command prints.
    const credentials = { login: secondLogin, password };
    second = (await settleIn(started.kaimen.sandbox.gateway_url, credentials, "the other pair of eyes")).token;
  }, timeout);
  afterAll(() => started?.stop());

  const asFirst = (route: string, body?: object) => askAsOperator(started.kaimen.sandbox, route, body);
  const asSecond = (route: string, body?: object) => askWithToken(started.kaimen.sandbox, second, route, body);
  /** Asks as the first, sees that nothing was done, and approves as the second. */
  async function approved(route: string, body: object, untouched: () => Promise<void>) {
    const asked = await asFirst(route, body);
    expect(asked.status, JSON.stringify(asked.answer)).toBe(202);
    await untouched();
    return asSecond(`POST /api/approvals/${String(asked.answer["approvalId"])}/approve`);
  }

  it("a bill is corrected, in the name of who asked for it", async () => {
    const { sandbox } = started.kaimen;
    const { bizNo } = await askScore(officialSdk(sandbox), userByLogin(sandbox, "average").access_token);
    const merchantId = sandbox.merchant_id;
    const corrections = async () =>
      (await asFirst(`GET /api/ledger/adjustments?merchantId=${merchantId}`)).answer["adjustments"];
    const body = { merchantId, bizNo, amountFen: -40, reason: "goodwill" };
    const { status } = await approved("/api/ledger/adjustments", body, async () =>
      expect(await corrections()).toEqual([]),
    );
    expect(status).toBe(200);
    expect(await corrections()).toMatchObject([{ bizNo, amountFen: -40, madeBy: sandbox.operator.login }]);
    const again = ["adjust", String(bizNo), "--amount-fen", "40", "--reason", "back again"];
    const waiting = await runCommand(started.kaimen, ...again);
    expect(waiting).toMatchObject({ code: 1, stderr: expect.stringContaining("kaimen approval approve") as string });
    expect(await corrections()).toHaveLength(1);
  });

  it("a stopped score is released; it is stopped at once, by one alone", async () => {
    const { sandbox } = started.kaimen;
    const user = userByLogin(sandbox, "excellent");
    const sdk = officialSdk(sandbox);
    const body = { credentialsNo: user.credentials_no, reason: "disputes order 7" };
    expect((await asFirst("/api/scores/hold", body)).status).toBe(200);
    const { status } = await approved("/api/scores/release", body, async () =>
      expect(await askScore(sdk, user.access_token)).toMatchObject({ zmScore: "N/A" }),
    );
    expect(status).toBe(200);
    expect(await askScore(sdk, user.access_token)).toMatchObject({ zmScore: user.score });
  });

  it("a card is put in force, and never by who made it: neither alone nor as the one who approves", async () => {
    const championOf = async () => {
      const { cards } = (await asFirst("GET /api/cards")).answer as { cards: { cardVersion: string; state: string }[] };
      return cards.find(({ state }) => state === "champion")?.cardVersion ?? "none";
    };
    const before = await championOf();
    const { card } = (await asFirst(`GET /api/cards/${before}`)).answer as { card: object };
    const drafted = async (ask: typeof asFirst, title: string): Promise<string> => {
      const { answer } = await ask("/api/cards", { card: { ...card, title: { en: title, zh: title } } });
      const version = String(answer["cardVersion"]);
      expect((await ask(`/api/cards/${version}/state`, { state: "validated" })).status).toBe(200);
      return version;
    };
    const untouched = async () => expect(await championOf()).toBe(before);

    const ofSecond = await drafted(asSecond, "by the second");
    const refused = await approved(`PUT /api/cards/${ofSecond}/champion`, {}, untouched);
    expect(refused).toMatchObject({
      status: 400,
      answer: { code: "refused", detail: expect.stringContaining(`${secondLogin} made this card`) as string },
    });
    await untouched();

    const ofFirst = await drafted(asFirst, "by the first");
    const { status } = await approved(`PUT /api/cards/${ofFirst}/champion`, { reason: "trained anew" }, untouched);
    expect(status).toBe(200);
    expect(await championOf()).toBe(ofFirst);
    expect((await asFirst(`GET /api/cards/${ofFirst}`)).answer).toMatchObject({
      author: started.kaimen.sandbox.operator.login,
      approver: secondLogin,
    });
  });
});
