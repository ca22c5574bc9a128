import type { Bilingual } from "../protocol/refusal.ts";
import { hashPassword, type PasswordHash, passwordLengthLimit } from "./password-hash.ts";

/** Why a password cannot be set, in words for whoever chose it. */
export class PasswordError extends Error {
  override readonly name = "PasswordError";
  /** For pages, which speak both languages; the message is the English of it. */
  readonly words: Bilingual;

  constructor(words: Bilingual) {
    super(words.en);
    this.words = words;
  }
}

const leastLength = 10;
/** Of a list ordered by how common its words are. */
const commonWords = 10_000;
/** So many digits and signs around a common word do not make it another. */
const trimmingsLimit = 6;
const repeatedLengthLimit = 4;
/** A shorter login may well occur in a good password. */
const loginLengthCounted = 4;

const faults = {
  length: {
    en: `password has ${leastLength} to ${passwordLengthLimit} characters`,
    zh: `密码须为 ${leastLength} 至 ${passwordLengthLimit} 个字符`,
  },
  login: {
    en: "password contains the login; choose one that does not",
    zh: "密码不能包含账号",
  },
  row: {
    en: "password repeats or counts; choose one that cannot be continued by its beginning",
    zh: "密码不能是重复或连续的字符",
  },
  common: {
    en: "password is one of the most common ones, or nearly; choose another",
    zh: "密码过于常见，请换一个",
  },
} as const;

/**
 * The hash of a password that somebody sets for a login: the only way to one, so that no password is stored without
 * having been held against the rules.
 * @throws PasswordError when it breaks one.
 */
export async function hashNewPassword({ login, password }: { login: string; password: string }): Promise<PasswordHash> {
  const fault = await passwordFault(login, password);
  if (fault !== undefined) throw new PasswordError(fault);
  return hashPassword(password);
}

/** Undefined for a password that may be set: 10 to 256 characters, not common, not a row or a repetition, not the login. */
export async function passwordFault(login: string, password: string): Promise<Bilingual | undefined> {
  const plain = password.normalize("NFKC");
  if (/\p{Cs}/u.test(password) || [...plain].length < leastLength || password.length > passwordLengthLimit)
    return faults.length;
  const word = plain.toLowerCase();
  if (containsLogin(word, login.normalize("NFKC").toLowerCase())) return faults.login;
  const repeated = word.slice(0, periodOf(word));
  if (repeated.length <= repeatedLengthLimit || isRow(word)) return faults.row;
  const common = await listOfCommonPasswords();
  if (common.all.has(word) || common.first.has(repeated) || common.first.has(withoutTrimmings(word)))
    return faults.common;
  return undefined;
}

function containsLogin(word: string, login: string): boolean {
  const parts = [login, login.split("@", 1)[0] ?? ""];
  return word === login || parts.some((part) => part.length >= loginLengthCounted && word.includes(part));
}

/** The length of the shortest beginning that, repeated, gives the whole word and perhaps a part of itself once more. */
function periodOf(word: string): number {
  // What is the longest beginning that is also the end, for every beginning of the word: Knuth, Morris and Pratt.
  const borders = [0];
  for (let at = 1; at < word.length; at += 1) {
    let border = borders[at - 1] ?? 0;
    while (border > 0 && word[at] !== word[border]) border = borders[border - 1] ?? 0;
    borders.push(word[at] === word[border] ? border + 1 : 0);
  }
  return word.length - (borders.at(-1) ?? 0);
}

/** abcdefghij, 9876543210, and 1234567890, where the digits begin anew. */
function isRow(word: string): boolean {
  const codes = [...word].map((character) => character.codePointAt(0) ?? 0);
  return [1, -1].some((step) =>
    codes.every((code, at) => {
      const before = codes[at - 1];
      return (
        before === undefined ||
        code === before + step ||
        (isDigit(code) && isDigit(before) && code === before - 9 * step)
      );
    }),
  );
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function withoutTrimmings(word: string): string {
  const core = word.slice(firstLetter(word, 0, 1), firstLetter(word, word.length - 1, -1) + 1);
  return word.length - core.length <= trimmingsLimit ? core : word;
}

function firstLetter(word: string, from: number, step: 1 | -1): number {
  let at = from;
  while (at >= 0 && at < word.length && !/\p{L}/u.test(word[at] ?? "")) at += step;
  return at;
}

interface CommonPasswords {
  readonly all: ReadonlySet<string>;
  readonly first: ReadonlySet<string>;
}

let commonPasswords: Promise<CommonPasswords> | undefined;

/** Read when the first password is set: most processes never set one. */
function listOfCommonPasswords(): Promise<CommonPasswords> {
  commonPasswords ??= import("@zxcvbn-ts/language-common").then(({ dictionary }) => {
    const words = dictionary["passwords-common"].map((word) => word.toString().toLowerCase());
    return {
      all: new Set(words.filter((word) => word.length >= leastLength)),
      first: new Set(words.slice(0, commonWords)),
    };
  });
  return commonPasswords;
}
