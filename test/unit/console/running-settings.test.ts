import { expect, test } from "vitest";
import { readConfig, settings } from "#kaimen/config.ts";
import { runningSettings } from "#kaimen/console/running-settings.ts";

const masterKey = "0123456789abcdef".repeat(4);

function shownOf(environment: Record<string, string>): Record<string, string> {
  return Object.fromEntries(runningSettings(readConfig(environment)).map(({ name, value }) => [name, value]));
}

test("every setting is shown, with what it was left to where nobody set it", () => {
  const shown = shownOf({});
  expect(Object.keys(shown).toSorted()).toEqual(Object.keys(settings).toSorted());
  expect(shown).toMatchObject({
    KAIMEN_SECOND_PERSON: "off",
    KAIMEN_GATEWAY_PROFILE: "helpful",
    KAIMEN_BODY_LIMIT_MB: "50",
  });
});

test("set again from what is shown, a server runs with the same", () => {
  const set = {
    KAIMEN_BODY_LIMIT_MB: "20",
    KAIMEN_UPLOADS: "8",
    KAIMEN_REQUEST_LOG_MB: "16",
    KAIMEN_AS_OF: "2026-03",
    KAIMEN_SIGN_TYPES: "RSA2",
    KAIMEN_TRUSTED_PROXIES: "10.0.0.0/8,loopback",
    KAIMEN_DISABLED_METHODS: "zhima.credit.score.get",
    KAIMEN_SECOND_PERSON: "on",
  };
  const shown = shownOf(set);
  expect(shown).toMatchObject(set);
  expect(readConfig(shown)).toEqual(readConfig(set));
});

test("neither the master key nor the database's password is shown", () => {
  const shown = shownOf({
    KAIMEN_MODE: "production",
    DATABASE_URL: "postgresql://kaimen:pa55word@db.internal:5433/score?password=pa55word",
    KAIMEN_MASTER_KEY: masterKey,
  });
  expect(shown).toMatchObject({ KAIMEN_MASTER_KEY: "set", DATABASE_URL: "postgresql://db.internal:5433/score" });
  expect(JSON.stringify(shown)).not.toMatch(/pa55word|0123456789abcdef/);
});
