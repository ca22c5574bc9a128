import { closeSync, fstatSync } from "node:fs";
import { expect, test } from "vitest";
import { closeFiles } from "#kaimen/gateway/body/receive-body.ts";
import { AsideFileWriter } from "#kaimen/keys/aside-file.ts";

test("a file that cannot be closed keeps no other one open", async () => {
  const contents = await Promise.all([1, 2, 3].map(async () => (await AsideFileWriter.create()).finish()));
  const [first] = contents;
  if (first === undefined) throw new Error("three were made");
  closeSync(first.descriptor);
  const files = [...contents, new Uint8Array(3)].map((content) => ({ filename: "a", content }));
  await expect(closeFiles(files)).rejects.toThrow("EBADF");
  for (const { descriptor } of contents) expect(() => fstatSync(descriptor)).toThrow("EBADF");
});
