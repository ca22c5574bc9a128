// Whoever compiles this file alone, as the pages do for the types of routes, needs the declaration as well.
// oxlint-disable-next-line typescript/triple-slash-reference -- An import cannot name a file that only declares a module.
/// <reference path="./saxen.d.ts" />
import { Parser } from "saxen";

/** What is called for each element, by its local name: producers choose prefixes as they like. */
export interface XmlHandlers {
  readonly open: (name: string, attributes: () => ReadonlyMap<string, string>) => void;
  readonly close?: (name: string) => void;
  readonly text?: (text: string) => void;
}

/** Reads XML from front to back. Throws where it is not well-formed. Entities that a document declares itself are not expanded. */
export function readXml(xml: string, { open, close, text }: XmlHandlers): void {
  const parser = new Parser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("openTag", (name, attributes, decode) => {
    open(
      localName(name),
      () => new Map(Object.entries(attributes()).map(([key, value]) => [localName(key), decode(value)])),
    );
  });
  if (close !== undefined) parser.on("closeTag", (name) => close(localName(name)));
  if (text !== undefined) {
    parser.on("text", (value, decode) => text(decode(value)));
    parser.on("cdata", text);
  }
  parser.parse(xml);
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}
