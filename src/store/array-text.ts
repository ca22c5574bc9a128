/**
 * Reads PostgreSQL's text form of an array, `{1,NULL,"a \"b\""}`, nested ones too. Each element that is not NULL
 * goes through `parse`. Explicit bounds (`[0:1]={…}`) are not a form our columns can hold, and throw.
 */
export function parseArray(text: string, parse: (element: string) => unknown): unknown[] {
  const reader = { text, at: 0 };
  const array = readArray(reader, parse);
  if (reader.at !== text.length) throw notAnArray();
  return array;
}

interface Reader {
  readonly text: string;
  at: number;
}

function readArray(reader: Reader, parse: (element: string) => unknown): unknown[] {
  const { text } = reader;
  if (text[reader.at] !== "{") throw notAnArray();
  reader.at += 1;
  const elements: unknown[] = [];
  if (text[reader.at] === "}") {
    reader.at += 1;
    return elements;
  }
  while (reader.at < text.length) {
    elements.push(readElement(reader, parse));
    const end = text[reader.at];
    reader.at += 1;
    if (end === "}") return elements;
    if (end !== ",") throw notAnArray();
  }
  throw notAnArray();
}

function readElement(reader: Reader, parse: (element: string) => unknown): unknown {
  const first = reader.text[reader.at];
  if (first === "{") return readArray(reader, parse);
  if (first === '"') return parse(readQuoted(reader));
  const start = reader.at;
  while (reader.at < reader.text.length && !",}".includes(reader.text[reader.at] ?? "")) reader.at += 1;
  const bare = reader.text.slice(start, reader.at);
  return bare === "NULL" ? null : parse(bare);
}

function readQuoted(reader: Reader): string {
  const { text } = reader;
  let value = "";
  let start = reader.at + 1;
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === "\\") {
      value += text.slice(start, at);
      at += 1;
      start = at;
    } else if (text[at] === '"') {
      reader.at = at + 1;
      return value + text.slice(start, at);
    }
  }
  throw notAnArray();
}

function notAnArray(): SyntaxError {
  return new SyntaxError("not the text of a PostgreSQL array");
}
