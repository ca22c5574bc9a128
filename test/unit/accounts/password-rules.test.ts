import { dictionary } from "@zxcvbn-ts/language-common";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { hashNewPassword, PasswordError, passwordFault } from "#kaimen/accounts/password-rules.ts";
import { randomToken } from "#kaimen/keys/secrets.ts";

const login = "average@sandbox.kaimen";
const length = "password has 10 to 256 characters";
const common = expect.stringContaining("most common");
const repeated = expect.stringContaining("repeats or counts");
const named = expect.stringContaining("contains the login");

test.each([
  ["correct horse battery staple", undefined],
  ["kai men #7", undefined],
  ["开门见山不绕弯子一二", undefined],
  ["Tr0ub4dor&3", undefined],
  ["a sentence with password in it", undefined],
  ["", length],
  ["short pas", length],
  ["九个字符的密码不", length],
  ["🔑🔑🔑🔑🔑🔑🔑🔑🔑", length],
  // One ligature is three letters once it is normalised, and a letter with its accent is one.
  ["ﬃx7qpw2m", undefined],
  ["e\u0301x7qpw2mk", length],
  [`${"kaimen sesame ".repeat(20)}`.slice(0, 256), undefined],
  ["k7".padEnd(257, "open sesame "), length],
  ["half a pair \ud83d of surrogates", length],
  ["password123", common],
  ["PASSWORD123", common],
  ["Password2024!", common],
  ["!!dragon2024", common],
  ["ｐａｓｓｗｏｒｄ１２３", common],
  ["qwertyuiop", common],
  ["1q2w3e4r5t", common],
  ["iloveyou123", common],
  ["passwordpassword", common],
  ["dragondragondrag", common],
  ["aaaaaaaaaa", repeated],
  ["ababababababa", repeated],
  ["abcdabcdabcd", repeated],
  ["1234567890", repeated],
  ["12345678901234", repeated],
  ["9876543210", repeated],
  ["abcdefghij", repeated],
  ["jihgfedcba", repeated],
  [login, named],
  ["my AVERAGE password", named],
  ["ａｖｅｒａｇｅ people", named],
])("the password %j has the fault %s", async (password, expected) => {
  expect((await passwordFault(login, password))?.en).toEqual(expected);
});

describe("a password", () => {
  it("may contain a login of three characters, and not be it", async () => {
    expect(await passwordFault("kai", "kai men #7")).toBeUndefined();
    expect((await passwordFault("kai men #7", "kai men #7"))?.en).toEqual(named);
  });

  it("is refused when it is one of the ten thousand most common ones, in any case", async () => {
    const words = dictionary["passwords-common"].slice(0, 10_000).filter((word) => word.length >= 10);
    expect(words.length).toBeGreaterThan(100);
    for (const word of words) {
      expect(await passwordFault("somebody", word), word).toBeDefined();
      expect(await passwordFault("somebody", word.toUpperCase()), word).toBeDefined();
    }
  });

  it("made by Kaimen is good", async () => {
    for (let attempt = 0; attempt < 1_000; attempt += 1)
      expect(await passwordFault("operator@sandbox.kaimen", randomToken(12))).toBeUndefined();
  });

  it("of any text whatever is judged, and one shorter than ten characters never good", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 300 }), async (text) => {
        const fault = await passwordFault(login, text);
        if ([...text.normalize("NFKC")].length < 10) expect(fault?.en).toBe(length);
      }),
    );
  });

  it("that breaks a rule is not hashed, and the error says which", async () => {
    await expect(hashNewPassword({ login, password: "password123" })).rejects.toThrow(PasswordError);
  });
});
