import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { monthToText, type MonthIndex } from "#kaimen/clock.ts";
import type { Card } from "#kaimen/scoring/card/card.ts";
import { describeOnBothEngines } from "../support/engines.ts";
import { type FeedbackRow, recordOf, testPerson } from "../support/feedback-data.ts";
import { askScore, feedBack } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen, startKaimen, userByLogin } from "../support/kaimen.ts";
import { askAsOperator } from "../support/operator.ts";

const asOf = (2026 * 12 + 5) as MonthIndex;
const command = new URL("../../dist/cli/main.js", import.meta.url).pathname;
const people = 300;

/** People of whom the first of every four is late again and again, and turns bad, with a few exceptions either way. */
const isLate = (index: number): boolean => index % 4 === 0;
const isBad = (index: number): boolean => (index % 10 === 7 ? !isLate(index) : isLate(index));

function history(index: number): FeedbackRow[] {
  return [1, 2, 3, 4, 5, 6].map((age) =>
    recordOf(testPerson(index), monthToText((asOf - age) as MonthIndex), {
      overdue_cnt: String(isLate(index) && age <= 3 ? 1 + (index % 3) : 0),
      create_amt: `${1_000 + (index % 50) * 100}.00`,
    }),
  );
}

describeOnBothEngines("a card's life", (engine) => {
  let kaimen: RunningKaimen;
  let files: string;
  let version: string;
  const path = (name: string): string => join(files, name);

  beforeAll(async () => {
    files = await mkdtemp(join(tmpdir(), "kaimen-cards-"));
    kaimen = await startKaimen({ database: engine.database, env: { KAIMEN_AS_OF: monthToText(asOf) } });
    const reply = await feedBack(officialSdk(kaimen.sandbox), {
      rows: Array.from({ length: people }, (_, index) => history(index)).flat(),
    });
    if (reply.code !== "10000") throw new Error(`the histories were refused: ${JSON.stringify(reply)}`);
    const labels = Array.from(
      { length: people },
      (_, index) => `${testPerson(index).credentialsNo},${isBad(index) ? 1 : 0},${index % 2 === 0 ? "F" : "M"}`,
    );
    await writeFile(path("labels.csv"), ["user_credentials_no,label,sex", ...labels, ""].join("\n"));
  });
  afterAll(async () => {
    await kaimen.stop();
    await rm(files, { recursive: true, force: true });
  });

  function run(...args: string[]): Promise<{ code: number; output: string; error: string }> {
    return runWith({ KAIMEN_DATA: kaimen.dataDirectory }, ...args);
  }

  function runWith(
    environment: Record<string, string>,
    ...args: string[]
  ): Promise<{ code: number; output: string; error: string }> {
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [command, ...args],
        { env: { ...process.env, ...environment } },
        (failure, output, error) => {
          resolve({ code: failure === null ? 0 : Number(failure.code), output, error });
        },
      );
    });
  }

  /** As the operator; a command takes a process, and most of a test's time. */
  async function askApi<Answer>(address: string, body?: object): Promise<Answer & { detail?: string }> {
    const route = `${body === undefined ? "GET" : "POST"} ${address}`;
    const { answer } = await askAsOperator(kaimen.sandbox, route, body);
    return answer as Answer & { detail?: string }; // What the test then looks at.
  }

  interface Listed {
    readonly cards: readonly { cardVersion: string; state: string }[];
    readonly progress: { bucketsDone: number; scoredWith: string; marked: number };
  }

  /** Waits until everybody is scored with the champion. */
  async function scored(): Promise<Listed> {
    for (let attempt = 0; attempt < 600; attempt += 1) {
      const listed = await askApi<Listed>("/api/cards");
      const champion = listed.cards.find(({ state }) => state === "champion")?.cardVersion ?? "none";
      if (
        listed.progress.bucketsDone === 256 &&
        listed.progress.scoredWith.includes(champion) &&
        listed.progress.marked === 0
      )
        return listed;
      await delay(50);
    }
    throw new Error("not everybody was scored");
  }

  const championOf = async (): Promise<string> =>
    (await askApi<Listed>("/api/cards")).cards.find(({ state }) => state === "champion")?.cardVersion ?? "none";

  const demo = () => userByLogin(kaimen.sandbox, "excellent");

  it("begins with the expert's card in force", async () => {
    const { cards } = await scored();
    expect(cards.map(({ state }) => state)).toEqual(["champion"]);
  });

  it.each([
    ["a column that nobody may be scored by", [], "nobody may be scored by sex"],
    [
      "an outcome that begins in the as-of month",
      ["--audit", "sex", "--outcome-from", monthToText(asOf)],
      "the outcome must begin after it",
    ],
    ["a month that is none", ["--audit", "sex", "--as-of", "2026-13"], "--as-of is a month"],
  ])("refuses to train with %s", async (_name, args, message) => {
    const refused = await run("card", "train", "--labels", path("labels.csv"), "--as-of", monthToText(asOf), ...args);
    expect([refused.code, refused.error]).toEqual([1, expect.stringContaining(message)]);
  });

  it("reads nothing of the outcome's own months: the card is the same where such records have come", async () => {
    const trained = await run(
      "card",
      "train",
      "--labels",
      path("labels.csv"),
      "--as-of",
      monthToText(asOf),
      "--audit",
      "sex",
      "--report",
      path("report"),
      "--out",
      path("card.json"),
      "--title",
      "Trained",
    );
    expect(trained.error).toContain("with fewer than 200");
    const printed = JSON.parse(trained.output);
    version = printed.card_version;
    expect(printed).toMatchObject({ state: "draft", rows: people, not_scored: 0 });
    expect(printed.auc_cv).toBeGreaterThan(0.75);
    const leaking = testPerson(1);
    const reply = await feedBack(officialSdk(kaimen.sandbox), {
      rows: [recordOf(leaking, monthToText((asOf + 1) as MonthIndex), { overdue_cnt: "9" })],
    });
    expect(reply.code).toBe("10000");
    const again = JSON.parse(
      (
        await run(
          "card",
          "train",
          "--labels",
          path("labels.csv"),
          "--as-of",
          monthToText(asOf),
          "--audit",
          "sex",
          "--title",
          "Trained",
        )
      ).output,
    );
    expect(again.card_version).toBe(version);
  });

  it("comes with a report that needs nothing from elsewhere and compares the groups that it was not trained on", async () => {
    const [page, report] = [
      await readFile(path("report.html"), "utf8"),
      JSON.parse(await readFile(path("report.json"), "utf8")),
    ];
    expect(page).toContain("<svg");
    expect(page).not.toMatch(/(?:src|href)=|url\(|<script/);
    expect(report.groups.map(({ column, value }: { column: string; value: string }) => `${column} ${value}`)).toEqual([
      "sex F",
      "sex M",
    ]);
    const card = JSON.parse(await readFile(path("card.json"), "utf8")) as Card;
    expect(card.training).toMatchObject({
      rows: people,
      outcomeFrom: monthToText((asOf + 1) as MonthIndex),
      asOfMonths: [monthToText(asOf)],
    });
  });

  it("is shown in plain words with every bin, and whole as JSON", async () => {
    const words = (await run("card", "show", version)).output;
    expect(words).toContain(`It was trained on ${people} people`);
    expect(words).toMatch(/A month that was paid later(, or not at all, never raises| can raise)/);
    const told = JSON.parse((await run("card", "show", version, "--json")).output);
    for (const { feature } of told.card.characteristics) expect(words).toContain(`(${feature}, `);
    expect(words).toContain(`${told.card.goldenVectors.length} golden vectors`);
    const expert = await championOf();
    const shown = (await run("card", "show", expert)).output;
    expect(shown).toContain("never raises this card's score");
    expect(shown).toContain("not trained here on outcomes");
  });

  it("is reached by the card's and the score's commands on a server that is named, with an operator's token", async () => {
    const { gateway_url: gateway, operator } = kaimen.sandbox;
    const environment = {
      KAIMEN_DATA: "/nowhere",
      KAIMEN_SERVER: new URL(gateway).origin,
      KAIMEN_TOKEN: operator.token,
    };
    for (const args of [
      ["card", "list"],
      ["card", "show", version],
      ["card", "drift", "--kept"],
      ["score", "explain", testPerson(0).credentialsNo, "--purpose", "asked by the person"],
      ["score", "holds"],
    ]) {
      expect([args, (await runWith(environment, ...args)).code]).toEqual([args, 0]);
    }
    expect(await runWith(environment, "score", "explain", testPerson(0).credentialsNo)).toMatchObject({
      code: 1,
      error: expect.stringContaining("--purpose"),
    });
    expect(await runWith({ ...environment, KAIMEN_TOKEN: `${operator.token}x` }, "card", "list")).toMatchObject({
      code: 1,
      error: expect.stringContaining("token"),
    });
  });

  it("goes through its states in order, and a draft is not activated", async () => {
    expect(await run("card", "activate", version, "--approver", "second")).toMatchObject({
      code: 1,
      error: expect.stringContaining("validate it first"),
    });
    expect(await run("card", "validate", version)).toMatchObject({ code: 0 });
    expect(await run("card", "activate", version)).toMatchObject({
      code: 1,
      error: expect.stringContaining("a second person must approve"),
    });
  });

  it("in shadow answers nobody, and is compared with the champion", async () => {
    expect(await run("card", "shadow", version)).toMatchObject({ code: 0 });
    await delay(100);
    await scored();
    const reply = await askScore(officialSdk(kaimen.sandbox), demo().access_token);
    expect(reply["zmScore"]).toBe(demo().score);
    const swap = JSON.parse((await run("card", "compare")).output);
    expect(swap.people).toBeGreaterThanOrEqual(people);
    expect(swap.pairs.length).toBeGreaterThan(1);
  });

  it("is compared with any other version, on everybody and on labelled outcomes", async () => {
    const expert = await championOf();
    expect(await run("card", "compare", version)).toMatchObject({
      code: 1,
      error: expect.stringContaining("two versions are needed"),
    });
    const labels = ["--labels", path("outcomes.csv")];
    await writeFile(
      path("outcomes.csv"),
      [
        "user_credentials_no,label",
        ...Array.from({ length: people }, (_, index) => `${testPerson(index).credentialsNo},${isBad(index) ? 1 : 0}`),
        "",
      ].join("\n"),
    );
    expect(await run("card", "compare", expert, version, ...labels)).toMatchObject({
      code: 1,
      error: expect.stringContaining("--as-of is needed"),
    });
    const told = JSON.parse(
      (await run("card", "compare", expert, version, ...labels, "--as-of", monthToText(asOf))).output,
    );
    expect(told.people).toBeGreaterThanOrEqual(people);
    expect(told.pairs.reduce((sum: number, pair: { people: number }) => sum + pair.people, 0)).toBe(told.people);
    expect(told.labelled).toMatchObject({
      people,
      bads: Array.from({ length: people }, (_, index) => index).filter(isBad).length,
    });
    for (const { auc, ks, bands } of told.labelled.cards) {
      expect(auc).toBeGreaterThan(0.75);
      expect(ks).toBeGreaterThan(0.4);
      expect(bands.reduce((sum: number, band: { bads: number }) => sum + band.bads, 0)).toBe(told.labelled.bads);
    }
    expect(told.labelled.cards.map(({ cardVersion }: { cardVersion: string }) => cardVersion)).toEqual([
      expert,
      version,
    ]);
  });

  it("keeps a drift report once everybody is scored for a month", async () => {
    // What a sandbox has of another month comes from before it was set to this one.
    const keptReports = async () =>
      (await askApi<{ reports: { month: string; drift?: unknown }[] }>("/api/cards/drift-reports")).reports.filter(
        ({ month }) => month === monthToText(asOf),
      );
    const reports = await keptReports();
    for (let attempt = 0; attempt < 100 && reports.length === 0; await delay(50), attempt += 1)
      reports.push(...(await keptReports()));
    expect(JSON.parse((await run("card", "drift", "--kept")).output).reports).toEqual(expect.arrayContaining(reports));
    expect(reports).toMatchObject([{ month: monthToText(asOf), against: monthToText((asOf - 1) as MonthIndex) }]);
    // Nobody was scored the month before, so there is nothing to compare with, and it says so.
    expect(reports[0]?.drift).toBe(undefined);
    expect(await run("card", "drift")).toMatchObject({
      code: 1,
      error: expect.stringContaining("not everybody has been scored"),
    });
  });

  it("answers from its activation on; what was sent before is replayed with the card of that time, and equals it", async () => {
    const sdk = officialSdk(kaimen.sandbox);
    const before = await askScore(sdk, demo().access_token);
    expect(await run("card", "activate", version.slice(0, 8), "--approver", "second")).toMatchObject({ code: 0 });
    const { cards } = await scored();
    expect(cards.map((card) => card.state).toSorted()).toEqual(["champion", "retired"]);
    const after = await askScore(sdk, demo().access_token);
    expect(after["zmScore"]).not.toBe(before["zmScore"]);
    for (const [reply, own] of [
      [before, false],
      [after, true],
    ] as const) {
      const replayed = await run("score", "replay", String(reply["bizNo"]));
      expect(replayed.code).toBe(0);
      const told = JSON.parse(replayed.output);
      expect(told).toMatchObject({ sent: reply["zmScore"], recomputed: reply["zmScore"], equal: true });
      expect(told.cardVersion === version).toBe(own);
      // Whoever reads of a person leaves a trace.
      const { entries } = await askApi<{ entries: object[] }>("/api/audit/search", { action: "score.replay" });
      expect(entries[0]).toMatchObject({
        account: `operator ${kaimen.sandbox.operator.login}`,
        outcome: "done",
        personId: expect.any(String),
        purpose: "sandbox",
        details: { bizNo: reply["bizNo"] },
      });
    }
    expect(await run("score", "replay", "ZM000")).toMatchObject({
      code: 1,
      error: expect.stringContaining("a biz_no is ZM, the day and 22 digits"),
    });
    const unknown = `ZM20261122${"0".repeat(22)}`;
    expect(await run("score", "replay", unknown)).toMatchObject({
      code: 1,
      error: expect.stringContaining("no answered inquiry"),
    });
  });

  it("explains a person, and the explanation adds up", async () => {
    const told = JSON.parse((await run("score", "explain", testPerson(0).credentialsNo)).output);
    const { explanation } = told;
    expect(
      explanation.points.reduce(
        (sum: number, each: { points: number }) => sum + each.points,
        explanation.initialPoints,
      ),
    ).toBe(explanation.scoreBeforeClip);
    expect(told.score).toBe(explanation.score);
    expect(explanation.reasons.length).toBeGreaterThan(0);
    expect(told.history.length).toBeGreaterThan(1);
  });

  it(
    "answers N/A at once where an operator has stopped a person's score, through every rescoring, until it is released",
    { timeout: 90_000 },
    async () => {
      const sdk = officialSdk(kaimen.sandbox);
      const user = demo();
      const transaction = { transaction_id: `HOLD_${Date.now()}`, product_code: "w1010100100000000001" };
      const before = await askScore(sdk, user.access_token, transaction);
      expect(before["zmScore"]).toMatch(/^\d{3}$/);
      const number = user.credentials_no;
      for (const [action, asked, error] of [
        ["hold", { credentialsNo: number, reason: " " }, "a reason is needed"],
        ["hold", { credentialsNo: number, reason: "two\nlines" }, "reason: 1 to 200 characters in one line"],
        ["hold", { credentialsNo: "110101199003070000", reason: "x" }, "nothing was ever reported"],
        ["hold", { reason: "x" }, "credentialsNo: is needed"],
        ["release", { credentialsNo: number, reason: "x" }, "is not stopped"],
      ] as const) {
        expect((await askApi(`/api/scores/${action}`, asked)).detail).toContain(error);
      }

      expect(await run("score", "hold", number, "--reason", "disputes order 7")).toMatchObject({ code: 0 });
      const held = await askScore(sdk, user.access_token);
      expect([held.code, held["zmScore"]]).toEqual(["10000", "N/A"]);
      // An id asked before is given its first answer, as published.
      expect((await askScore(sdk, user.access_token, transaction))["zmScore"]).toBe(before["zmScore"]);
      expect(await run("score", "hold", number, "--reason", "again")).toMatchObject({
        code: 1,
        error: expect.stringContaining("stopped already"),
      });
      expect((await askApi<{ holds: object[] }>("/api/scores/holds")).holds).toMatchObject([
        { reason: "disputes order 7", heldBy: kaimen.sandbox.operator.login },
      ]);
      expect(await run("score", "replay", String(held["bizNo"]))).toMatchObject({ code: 0 });

      const reply = await feedBack(sdk, {
        rows: [
          {
            ...recordOf(testPerson(0), monthToText((asOf - 1) as MonthIndex)),
            user_credentials_no: number,
            user_name: user.name,
            order_no: "HOLD1",
          },
        ],
      });
      expect(reply.code).toBe("10000");
      await scored();
      expect((await askScore(sdk, user.access_token))["zmScore"]).toBe("N/A");

      expect(await run("score", "release", number, "--reason", "settled")).toMatchObject({ code: 0 });
      expect((await askScore(sdk, user.access_token))["zmScore"]).toMatch(/^\d{3}$/);
      const told = await askApi<{ holds: object[]; history: { naReason: string | null }[] }>("/api/scores/explain", {
        credentialsNo: number,
        purpose: "test",
      });
      expect(told.holds).toMatchObject([
        { action: "released", reason: "settled" },
        { action: "held", reason: "disputes order 7", operator: kaimen.sandbox.operator.login },
      ]);
      expect(told.history.map(({ naReason }) => naReason)).toContain("N5");
    },
  );

  it(
    "goes on after a kill in the middle of scoring everybody: nobody is skipped, nobody's score is appended twice",
    { timeout: 90_000 },
    async () => {
      expect(await run("card", "activate", "", "--approver", "x")).toMatchObject({ code: 1 });
      const retired =
        (await askApi<Listed>("/api/cards")).cards.find(({ state }) => state === "retired")?.cardVersion ?? "none";
      await run("card", "activate", retired, "--approver", "third");
      await kaimen.end("SIGKILL");
      kaimen = await startKaimen({ env: kaimen.environment, dataDirectory: kaimen.dataDirectory });
      await scored();
      await writeFile(
        path("people.csv"),
        [
          "user_credentials_no",
          ...Array.from({ length: people }, (_, index) => testPerson(index).credentialsNo),
          "",
        ].join("\n"),
      );
      expect(await run("score", "export", "--people", path("people.csv"), "--out", path("scores.csv"))).toMatchObject({
        code: 0,
      });
      const lines = (await readFile(path("scores.csv"), "utf8")).trimEnd().split("\n").slice(1);
      expect(lines).toHaveLength(people);
      for (const index of [0, 2, 3, 299]) {
        const told = await askApi<{ cardVersion: string; score: number; history: { cardVersion: string }[] }>(
          "/api/scores/explain",
          { credentialsNo: testPerson(index).credentialsNo, purpose: "test" },
        );
        expect(told.cardVersion).toBe(retired);
        expect(lines[index]).toBe(`${testPerson(index).credentialsNo},${told.score}`);
        const own = told.history.filter((each) => each.cardVersion === retired);
        expect(own).toHaveLength(2);
      }
    },
  );
});

describe("without an operator's token", () => {
  let kaimen: RunningKaimen;
  beforeAll(async () => {
    kaimen = await startKaimen();
  });
  afterAll(() => kaimen.stop());

  it.each([
    ["GET", "/api/cards"],
    ["POST", "/api/cards"],
    ["POST", "/api/cards/features"],
    ["POST", "/api/cards/abcd/state"],
    ["PUT", "/api/cards/abcd/champion"],
    ["GET", "/api/scores/replay/ZM1"],
    ["POST", "/api/scores"],
    ["POST", "/api/scores/explain"],
    ["POST", "/api/scores/hold"],
    ["POST", "/api/scores/release"],
    ["GET", "/api/scores/holds"],
  ])("%s %s is refused", async (method, url) => {
    const reply = await fetch(new URL(url, kaimen.sandbox.gateway_url), {
      method,
      ...(method === "GET" ? {} : { body: "{}", headers: { "content-type": "application/json" } }),
    });
    expect(reply.status).toBe(401);
  });
});
