import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "#kaimen/clock.ts";
import { NameError } from "#kaimen/consent/name-rule.ts";
import { identityCard, nameId, personKey, sealCredentialsNo } from "#kaimen/consent/people.ts";
import { newUserId, registerUser } from "#kaimen/consent/users.ts";
import { createVault } from "#kaimen/keys/vault.ts";
import type { Store } from "#kaimen/store/store.ts";
import { describeOnBothEngines, openMigrated } from "../support/engines.ts";
import { testPerson } from "../support/feedback-data.ts";

/** Nobody gets a login for an identity number that is stored with another name: it would read somebody else's score. */
const vault = createVault({ sealing: Buffer.alloc(32, 1), lookup: Buffer.alloc(32, 2) });

describeOnBothEngines("a login", (engine) => {
  let store: Store;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ store, close } = await openMigrated(engine));
  });
  afterAll(() => close());

  const register = async (credentialsNo: string, name: string): Promise<"added" | "another name"> => {
    const userId = newUserId();
    const identity = { credentialsType: identityCard, credentialsNo, name };
    try {
      await registerUser(store, vault, { userId, login: userId, identity }, systemClock.now());
      return "added";
    } catch (error) {
      if (error instanceof NameError) return "another name";
      throw error;
    }
  };

  it("is one name's where many are registered with a number at once, known before or not", async () => {
    for (const [sequence, isKnown] of [
      [1, false],
      [2, true],
    ] as const) {
      const { credentialsNo } = testPerson(sequence);
      const key = personKey(vault, identityCard, credentialsNo);
      if (isKnown)
        await store.query(
          "insert into person (bucket, person_id, credentials_type, credentials_no_sealed, created_at) values ($1, $2, '0', $3, now())",
          [key.bucket, key.personId, sealCredentialsNo(vault, credentialsNo)],
        );
      const names = ["甲", "乙", "丙", "丁", "甲", "乙"];
      const outcomes = await Promise.all(names.map((name) => register(credentialsNo, name)));
      const winners = new Set(names.filter((_, at) => outcomes[at] === "added"));
      expect(winners.size).toBe(1);
      expect(outcomes.filter((outcome) => outcome === "added")).toHaveLength(
        names.filter((name) => winners.has(name)).length,
      );
      const stored = await store.query("select name_id from person_name where person_id = $1", [key.personId]);
      expect(stored).toEqual([...winners].map((name) => ({ name_id: nameId(vault, name) })));
    }
  });

  it("is anybody's of several names that a number is stored with, and nobody else's", async () => {
    const { credentialsNo } = testPerson(3);
    const key = personKey(vault, identityCard, credentialsNo);
    expect(await register(credentialsNo, "甲")).toBe("added");
    await store.query("insert into person_name (bucket, person_id, name_id, name_sealed) values ($1, $2, $3, '')", [
      key.bucket,
      key.personId,
      nameId(vault, "乙"),
    ]);
    expect(await register(credentialsNo, "乙")).toBe("added");
    expect(await register(credentialsNo, "丙")).toBe("another name");
  });
});
