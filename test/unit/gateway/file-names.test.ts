import { expect, test } from "vitest";
import { parseMultipart } from "#kaimen/gateway/body/multipart.ts";

test.each([
  ["a NUL", "a\0b.json", "a\ufffdb.json"],
  ["a line feed", "a\nb.json", "a\ufffdb.json"],
  ["half a character where a long name is cut", `${"𠮷".repeat(200)}x`, `\ufffd${"𠮷".repeat(127)}x`.slice(-255)],
])("a file name with %s is kept without it", (_, filename, kept) => {
  const name = Buffer.from(filename).toString("latin1").replaceAll("\n", "\v");
  const body = Buffer.from(
    `--x\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n1\r\n--x--`,
    "latin1",
  );
  expect(parseMultipart(body, "multipart/form-data; boundary=x")?.files[0]?.filename).toBe(kept);
});
