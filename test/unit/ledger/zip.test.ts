import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type ZipEntry, zipArchive } from "#kaimen/ledger/zip.ts";
import { unzipped } from "../../support/unzipped.ts";

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const long = Array.from({ length: 50_000 }, (_, index) => `${index},${(index * 7_919) % 104_729}\n`);
const archiveOf = async (entries: readonly ZipEntry[]): Promise<Buffer> =>
  Buffer.concat((await zipArchive(entries, new Date("2026-11-22T00:00:00+08:00")).toArray()) as Buffer[]);
const entries = (): ZipEntry[] => [
  { name: "20880156_20261121_业务明细.csv", content: pieces("a,b\n", "1,2\n") },
  { name: "20880156_20261121_业务明细(汇总).csv", content: pieces() },
  { name: "long.csv", content: pieces(...long) },
];

it("an archive holds its files, empty and long ones too, and is the same each time", async () => {
  const archive = await archiveOf(entries());
  const files = [...unzipped(archive)].map(([name, content]) => [name, content.toString()]);
  expect(files).toEqual([
    ["20880156_20261121_业务明细.csv", "a,b\n1,2\n"],
    ["20880156_20261121_业务明细(汇总).csv", ""],
    ["long.csv", long.join("")],
  ]);
  expect(await archiveOf(entries())).toEqual(archive);
});

it("a fault of what is put into an archive is its own", async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("a");
    throw new Error("the database is gone");
  }
  await expect(archiveOf([{ name: "a.csv", content: broken() }])).rejects.toThrow("the database is gone");
});

/** Python decodes a name as UTF-8 where the flag says so, and as code page 437 where it does not. */
const python = `
import sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
for each in archive.infolist():
    print(each.filename, each.file_size, sep="\\t")
`;

it.skipIf(spawnSync("python3", ["--version"]).status !== 0)(
  "another program reads an archive and its names",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "kaimen-zip-"));
    try {
      const path = join(folder, "bill.zip");
      await writeFile(path, await archiveOf(entries()));
      const listed = execFileSync("python3", ["-c", python, path], {
        encoding: "utf8",
        env: { ...process.env, PYTHONIOENCODING: "utf-8" },
      });
      expect(listed.trim().split("\n")).toEqual([
        "20880156_20261121_业务明细.csv\t8",
        "20880156_20261121_业务明细(汇总).csv\t0",
        `long.csv\t${long.join("").length}`,
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
