import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { MultipartReader, parseMultipart } from "#kaimen/gateway/body/multipart.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

type Read = { fields: [string, string][]; files: [string, string, string][] } | undefined;

/** Names of fields as their bytes, values and contents as UTF-8. */
function read(body: string | Uint8Array, contentType: string): Read {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const parsed = parseMultipart(bytes, contentType);
  if (parsed === undefined) return undefined;
  return {
    fields: parsed.fields.map(({ name, value }) => [
      Buffer.from(name, "latin1").toString(),
      Buffer.from(value, "latin1").toString(),
    ]),
    files: parsed.files.map(({ name, filename, content }) => [name, filename, Buffer.from(content).toString()]),
  };
}

const contentType = "multipart/form-data; boundary=b";
const field = (name: string, value: string): string => `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`;
const file = (filename: string, content: string): string =>
  `Content-Disposition: form-data; name="file"; filename="${filename}"\r\nContent-Type: application/octet-stream\r\n\r\n${content}`;
const bodyOf = (parts: readonly string[], boundary = "b"): string =>
  `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join("")}--${boundary}--\r\n`;

describe("the layout of", () => {
  test.each<[string, string, string, Read]>([
    [
      "Java: a boundary of digits before charset, a line break before the first boundary, headers without a space",
      "multipart/form-data;boundary=1700000000123;charset=UTF-8",
      '\r\n--1700000000123\r\nContent-Disposition:form-data;name="records"\r\nContent-Type:text/plain\r\n\r\n1' +
        '\r\n--1700000000123\r\nContent-Disposition:form-data;name="file";filename="反馈.txt"\r\nContent-Type:application/octet-stream\r\n\r\n{}' +
        "\r\n--1700000000123--\r\n",
      { fields: [["records", "1"]], files: [["file", "反馈.txt", "{}"]] },
    ],
    [
      "PHP: many dashes, no type of a text part, the whole path of the file",
      "multipart/form-data; boundary=------------------------0123456789abcdef",
      bodyOf(
        [field("file_charset", "UTF-8"), file("/home/merchant/反馈 1.json", "{}")],
        "------------------------0123456789abcdef",
      ),
      { fields: [["file_charset", "UTF-8"]], files: [["file", "反馈 1.json", "{}"]] },
    ],
    [
      "Python: a constant boundary, a charset of each text part, an encoding of the file",
      "multipart/form-data; boundary=ALIPAY_SDK_PYTHON_BOUNDARY",
      bodyOf(
        [
          'Content-Disposition: form-data; name="columns"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\na,b',
          'Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n{}',
        ],
        "ALIPAY_SDK_PYTHON_BOUNDARY",
      ),
      { fields: [["columns", "a,b"]], files: [["file", "a.txt", "{}"]] },
    ],
    [
      "Node: dashes and digits",
      "multipart/form-data; boundary=--------------------------012345678901234567890123",
      bodyOf([field("records", "1"), file("a.txt", "{}")], "--------------------------012345678901234567890123"),
      { fields: [["records", "1"]], files: [["file", "a.txt", "{}"]] },
    ],
    [
      "Go: the file first, the signature among the fields",
      `multipart/form-data; boundary=${"0a".repeat(30)}`,
      bodyOf([file("a.txt", "{}"), field("sign", "a+b/c=="), field("app_id", "1")], "0a".repeat(30)),
      {
        fields: [
          ["sign", "a+b/c=="],
          ["app_id", "1"],
        ],
        files: [["file", "a.txt", "{}"]],
      },
    ],
    [
      ".NET: charset before the boundary",
      "multipart/form-data;charset=utf-8;boundary=8dc1f2a3b4c5d6e",
      `\r\n${bodyOf(['Content-Disposition:form-data;name="a"\r\nContent-Type:text/plain\r\n\r\n1'], "8dc1f2a3b4c5d6e")}`,
      { fields: [["a", "1"]], files: [] },
    ],
    [
      "EasySDK for PHP: an unquoted boundary with a space and colons",
      "multipart/form-data;charset=utf-8;boundary=2026-11-22 02:39:09",
      bodyOf([field("a", "1"), file("a.txt", "{}")], "2026-11-22 02:39:09"),
      { fields: [["a", "1"]], files: [["file", "a.txt", "{}"]] },
    ],
  ])("%s", (_name, type, body, expected) => {
    expect(read(body, type)).toEqual(expected);
  });
});

describe("the boundary is found in", () => {
  test.each([
    ["multipart/form-data; boundary=b"],
    ["multipart/form-data;boundary=b"],
    ["multipart/form-data; boundary=b; charset=utf-8"],
    ["multipart/form-data; boundary=b "],
    ['multipart/form-data; boundary="b"'],
    ['multipart/form-data; boundary="b"; charset=utf-8'],
    ["Multipart/Form-Data; Charset=UTF-8; Boundary=b"],
    ["multipart/form-data; boundary = b"],
  ])("%j", (type) => {
    expect(read(bodyOf([field("a", "1")]), type)).toEqual({ fields: [["a", "1"]], files: [] });
  });

  test("quotes that hold what ends it otherwise", () => {
    expect(read(bodyOf([field("a", "1")], "x; y:z"), 'multipart/form-data; boundary="x; y:z"')).toEqual({
      fields: [["a", "1"]],
      files: [],
    });
  });

  test.each([
    "multipart/form-data",
    "multipart/form-data; boundary=",
    'multipart/form-data; boundary=""',
    "multipart/form-data; xboundary=b",
    "multipart/form-data; boundary=; charset=utf-8",
    "multipart/form-data; boundary=B",
    "",
  ])("no other place, as %j", (type) => {
    expect(read(bodyOf([field("a", "1")]), type)).toBe(undefined);
  });
});

describe("a part is read:", () => {
  test.each<[string, string, Read]>([
    ["an empty value", field("a", ""), { fields: [["a", ""]], files: [] }],
    ["an empty file", file("a.txt", ""), { fields: [], files: [["file", "a.txt", ""]] }],
    ["a file without a name", file("", "x"), { fields: [], files: [["file", "", "x"]] }],
    ["line breaks in a value", field("a", "\r\n1\r\n\r\n2\r\n"), { fields: [["a", "\r\n1\r\n\r\n2\r\n"]], files: [] }],
    ["Chinese in a value", field("a", "中"), { fields: [["a", "中"]], files: [] }],
    ["Chinese in a name", field("中", "1"), { fields: [["中", "1"]], files: [] }],
    ["headers in lower case", 'content-disposition: form-data; name="a"\r\n\r\n1', { fields: [["a", "1"]], files: [] }],
    [
      "a disposition in any case, with much space",
      'CONTENT-DISPOSITION:   Form-Data ;  Name = "a"\r\n\r\n1',
      { fields: [["a", "1"]], files: [] },
    ],
    [
      "another header before the disposition",
      'Content-Type: text/plain\r\nContent-Disposition: form-data; name="a"\r\n\r\n1',
      { fields: [["a", "1"]], files: [] },
    ],
    ["an unquoted name", "Content-Disposition: form-data; name=a\r\n\r\n1", { fields: [["a", "1"]], files: [] }],
    [
      "an unquoted file name",
      "Content-Disposition: form-data; name=file; filename=a.txt\r\n\r\n1",
      { fields: [], files: [["file", "a.txt", "1"]] },
    ],
    [
      "the file name before the name",
      'Content-Disposition: form-data; filename="a.txt"; name="file"\r\n\r\n1',
      { fields: [], files: [["file", "a.txt", "1"]] },
    ],
    ["a path of Windows", file("C:\\Users\\张三\\反馈.txt", "x"), { fields: [], files: [["file", "反馈.txt", "x"]] }],
    ["a path of Unix", file("/数据/反馈.txt", "x"), { fields: [], files: [["file", "反馈.txt", "x"]] }],
    ["a path with both slashes", file("C:\\data/2026\\a.txt", "x"), { fields: [], files: [["file", "a.txt", "x"]] }],
    ["a path upwards", file("../../etc/passwd", "x"), { fields: [], files: [["file", "passwd", "x"]] }],
    ["a file name with a semicolon", file("a;b.txt", "x"), { fields: [], files: [["file", "a;b.txt", "x"]] }],
    [
      "a file name that says name=",
      file("a; name=evil.txt", "x"),
      { fields: [], files: [["file", "a; name=evil.txt", "x"]] },
    ],
    [
      "a file name that says name= before the name",
      'Content-Disposition: form-data; filename="a; name=evil.txt"; name="file"\r\n\r\nx',
      { fields: [], files: [["file", "a; name=evil.txt", "x"]] },
    ],
    [
      "a name that says filename=",
      field("a; filename=b.txt", "1"),
      { fields: [["a; filename=b.txt", "1"]], files: [] },
    ],
    ["a name with an escaped quote", field('a\\"b', "1"), { fields: [['a"b', "1"]], files: [] }],
    ["a name with an escaped backslash", field("a\\\\b", "1"), { fields: [["a\\b", "1"]], files: [] }],
    ["a file name with an escaped quote", file('a\\"b.txt', "x"), { fields: [], files: [["file", 'a"b.txt', "x"]] }],
    ...[
      "filename*=utf-8''%E5%8F%8D%E9%A6%88.txt",
      "filename*=UTF-8'zh-CN'%e5%8f%8d%e9%a6%88.txt",
      "filename*=\"utf-8''%E5%8F%8D%E9%A6%88.txt\"",
      "filename*=反馈.txt",
      "filename=\"?.txt\"; filename*=utf-8''%E5%8F%8D%E9%A6%88.txt",
      "filename*=utf-8''%E5%8F%8D%E9%A6%88.txt; filename=\"?.txt\"",
      "filename*=utf-8''..%2F%E5%8F%8D%E9%A6%88.txt",
    ].map((filename): [string, string, Read] => [
      `a file by ${filename}`,
      `Content-Disposition: form-data; name="file"; ${filename}\r\n\r\nx`,
      { fields: [], files: [["file", "反馈.txt", "x"]] },
    ]),
    [
      "a header of 4,096 bytes",
      `X: ${"x".repeat(4_096 - 3 - 2 - field("a", "").length + 4)}\r\n${field("a", "1")}`,
      { fields: [["a", "1"]], files: [] },
    ],
  ])("%s", (_name, part, expected) => {
    expect(read(bodyOf([part]), contentType)).toEqual(expected);
  });

  test.each([
    ["without a disposition", "Content-Type: text/plain\r\n\r\n1"],
    ["without headers", "\r\n1"],
    ["without an end of its headers", 'Content-Disposition: form-data; name="a"\r\n1'],
    ["with lines that end in LF alone", 'Content-Disposition: form-data; name="a"\n\n1'],
    ["without a name", "Content-Disposition: form-data\r\n\r\n1"],
    ["with an empty name", field("", "1")],
    ["that is an attachment", 'Content-Disposition: attachment; name="a"\r\n\r\n1'],
    [
      "with a header of 4,097 bytes",
      `X: ${"x".repeat(4_096 - 3 - 2 - field("a", "").length + 5)}\r\n${field("a", "1")}`,
    ],
    ["that is empty", ""],
  ])("not %s", (_name, part) => {
    expect(read(bodyOf([field("z", "1"), part]), contentType)).toBe(undefined);
  });

  test("the bytes of a value as they came, valid in a charset or not", () => {
    const value = Uint8Array.from({ length: 256 }, (_, index) => index);
    const parsed = parseMultipart(
      Buffer.concat([Buffer.from(`--b\r\n${field("a", "")}`), value, Buffer.from("\r\n--b--")]),
      contentType,
    );
    expect(parsed?.fields[0]?.value).toBe(Buffer.from(value).toString("latin1"));
  });

  test("a body that lies inside a larger buffer", () => {
    const whole = Buffer.from(`xxx${bodyOf([field("a", "1")])}`);
    expect(read(new Uint8Array(whole.buffer, whole.byteOffset + 3, whole.length - 3), contentType)).toEqual({
      fields: [["a", "1"]],
      files: [],
    });
  });
});

describe("content is kept where the boundary in it is no delimiter:", () => {
  test.each(["x--b", "x--b\r\ny", "\n--b\n", "\r--b", "\r\n-b", "\r\n--", "b", "\r\n--c\r\n"])("%j", (content) => {
    expect(read(bodyOf([field("a", content), file("a.txt", content)]), contentType)).toEqual({
      fields: [["a", content]],
      files: [["file", "a.txt", content]],
    });
  });

  test("on a line of its own it is one, and what follows must be a part", () => {
    expect(read(bodyOf([field("a", "1\r\n--b\r\nrest")]), contentType)).toBe(undefined);
    expect(read(bodyOf([field("a", `1\r\n--b\r\n${field("c", "2")}`)]), contentType)).toEqual({
      fields: [
        ["a", "1"],
        ["c", "2"],
      ],
      files: [],
    });
    expect(read(bodyOf([field("a", "1\r\n--b--\r\nrest")]), contentType)).toEqual({ fields: [["a", "1"]], files: [] });
    expect(read(bodyOf([field("a", "1\r\n--bx")]), contentType)).toBe(undefined);
    expect(read(bodyOf([field("a", "--b")]), contentType)).toBe(undefined);
  });
});

describe("a body is", () => {
  const whole = bodyOf([field("a", "1"), file("a.txt", "{}")]);
  const parts: Read = { fields: [["a", "1"]], files: [["file", "a.txt", "{}"]] };
  test.each<[string, string, Read]>([
    ["read without a line break at its end", whole.slice(0, -2), parts],
    ["read with an epilogue after its closing boundary", `${whole}whatever`, parts],
    ["read with line breaks before its first boundary", `\r\n\r\n${whole}`, parts],
    ["read with LF alone before its first boundary", `\n${whole}`, parts],
    ["read without any part", "--b--\r\n", { fields: [], files: [] }],
    ["malformed without its closing boundary", whole.slice(0, -"--b--\r\n".length), undefined],
    ["malformed with half of its closing boundary", whole.slice(0, -"--\r\n".length), undefined],
    ["malformed without the last dash of its closing boundary", whole.slice(0, -"-\r\n".length), undefined],
    ["read with a text before its first boundary", `This is a message.\r\n${whole}`, parts],
    ["malformed with a boundary inside a line before its first boundary", `x--b\r\n${whole}`, undefined],
    ["read with a text of 1,022 bytes before its first boundary", `${"x".repeat(1_022)}\r\n${whole}`, parts],
    ["malformed with a text of 1,023 bytes before its first boundary", `${"x".repeat(1_023)}\r\n${whole}`, undefined],
    ["malformed when its first boundary begins no line", `x${whole}`, undefined],
    ["malformed with lines that end in LF alone", whole.replaceAll("\r\n", "\n"), undefined],
    ["malformed when empty", "", undefined],
    ["malformed when it is a boundary alone", "--b", undefined],
    ["malformed when it is a boundary and a line break", "--b\r\n", undefined],
  ])("%s", (_name, body, expected) => {
    expect(read(body, contentType)).toEqual(expected);
  });

  test("told from others when its lines end in LF alone", () => {
    const ends = (body: string): boolean | undefined => {
      const reader = MultipartReader.of(contentType);
      reader?.push(Buffer.from(body));
      return reader?.endsLinesInLf;
    };
    expect(ends(whole.replaceAll("\r\n", "\n"))).toBe(true);
    expect(ends(whole)).toBe(false);
    expect(ends(whole.replace("--b\r\n", "--bx"))).toBe(false);
  });

  test("cut at any place before the end of its closing boundary is malformed", () => {
    const end = whole.length - "\r\n".length;
    for (let length = 0; length < end; length += 1)
      expect(read(whole.slice(0, length), contentType), `${length} bytes`).toBe(undefined);
    expect(read(whole.slice(0, end), contentType)).toEqual(parts);
  });

  const many = (count: number): string[] => Array.from({ length: count }, (_, index) => field(`a${index}`, "1"));

  test("read with 200 parts and refused with 201", () => {
    expect(read(bodyOf(many(200)), contentType)?.fields.length).toBe(200);
    expect(read(bodyOf(many(201)), contentType)).toBe(undefined);
  });

  test("refused with a hundred thousand parts as with 201", () => {
    expect(read(`--b\r\n${field("a", "1")}\r\n`.repeat(100_000), contentType)).toBe(undefined);
  });

  test("read to the fields and files that were put in, in their order, whatever they hold", () => {
    const text = fc.string({ unit: "binary", maxLength: 40 });
    const name = fc.string({ unit: fc.constantFrom(..."abc_中 ;=:'"), minLength: 1, maxLength: 10 });
    const plain = fc.tuple(name, fc.oneof(text, fc.constantFrom("\r\n", "--b", "--b--", "\r\n\r\n")));
    const boundary = fc
      .string({ unit: fc.constantFrom(..."0123456789abcdef-: '"), minLength: 8, maxLength: 60 })
      .map((each) => `x${each}x`);
    fc.assert(
      fc.property(
        fc.array(plain, { maxLength: 6 }),
        fc.array(plain, { maxLength: 3 }),
        boundary,
        (fields, files, mark) => {
          const sent = [
            ...fields.map(([key, value]) => field(key, value)),
            ...files.map(([filename, content]) => file(filename, content)),
          ];
          expect(read(bodyOf(sent, mark), `multipart/form-data; boundary=${mark}`)).toEqual({
            fields: fields.map(([key, value]) => [key, value]),
            files: files.map(([filename, content]) => ["file", filename, content]),
          });
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** What comes out of a body that arrives in pieces of these lengths, in turn. */
function readInPieces(body: Buffer, type: string, lengths: readonly number[]): Read {
  const reader = MultipartReader.of(type);
  if (reader === undefined) return undefined;
  const fields: [string, string][] = [];
  const files: [string, string, string][] = [];
  let part = { name: "", filename: undefined as string | undefined };
  let content: Buffer[] = [];
  for (let at = 0, turn = 0; at < body.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    for (const event of reader.push(body.subarray(at, at + length))) {
      if (event.kind === "part") [part, content] = [event, []];
      else if (event.kind === "content") content.push(Buffer.from(event.bytes));
      else {
        const name = Buffer.from(part.name, "latin1").toString();
        const text = Buffer.concat(content).toString();
        if (part.filename === undefined) fields.push([name, text]);
        else files.push([name, part.filename, text]);
      }
    }
    at += length;
  }
  return reader.isDone ? { fields, files } : undefined;
}

test("a header that comes a byte at a time is not copied anew with each of them", () => {
  const body = Buffer.from(bodyOf(Array.from({ length: 20 }, () => `X: ${"x".repeat(4_000)}\r\n${field("a", "1")}`)));
  let copied = 0;
  const concat = vi.spyOn(Buffer, "concat").mockImplementation((pieces) => {
    const whole = pieces.flatMap((piece) => [...piece]);
    copied += whole.length;
    return Buffer.from(whole);
  });
  try {
    const reader = MultipartReader.of(contentType);
    for (let at = 0; at < body.length; at += 1) reader?.push(body.subarray(at, at + 1));
    expect(reader?.isDone).toBe(true);
  } finally {
    concat.mockRestore();
  }
  expect(copied).toBeLessThan(body.length);
});

test("a body that arrives in pieces is the body, wherever it is cut, whole or broken", () => {
  const part = fc.oneof(
    fc
      .tuple(fc.constantFrom("records", "columns"), fc.string({ maxLength: 40 }))
      .map(([name, value]) => field(name, value)),
    fc
      .tuple(
        fc.constantFrom("a.txt", "b.json"),
        fc.constantFrom("", "{}", "\r\n", "\r\n--", "--b", "\r\n-", "x".repeat(300), "反馈".repeat(30)),
      )
      .map(([name, content]) => file(name, content)),
    fc.constantFrom("no header at all", "Content-Disposition: form-data\r\n\r\nx", "\r\n\r\n"),
  );
  const text = fc
    .tuple(fc.constantFrom("", "\r\n", "x"), fc.array(part, { maxLength: 5 }), fc.constantFrom("", "tail", "\r\n--b--"))
    .map(([before, parts, after]) => before + bodyOf(parts) + after);
  const cut = fc
    .tuple(text, fc.integer({ min: 0, max: 60 }))
    .map(([whole, short]) => Buffer.from(whole).subarray(0, -short || undefined));
  fc.assert(
    fc.property(cut, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 }), (body, lengths) => {
      expect(readInPieces(body, contentType, lengths)).toEqual(read(body, contentType));
    }),
    { numRuns: 500 },
  );
});
