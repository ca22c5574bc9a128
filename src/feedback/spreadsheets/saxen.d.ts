/** The part of saxen's interface that is used here; the package brings no types. */
declare module "saxen" {
  type Decode = (text: string) => string;
  export class Parser {
    on(event: "error", call: (error: Error) => void): this;
    on(event: "openTag", call: (name: string, attributes: () => Record<string, string>, decode: Decode) => void): this;
    on(event: "closeTag", call: (name: string) => void): this;
    on(event: "text", call: (text: string, decode: Decode) => void): this;
    on(event: "cdata", call: (text: string) => void): this;
    parse(xml: string): Error | undefined;
  }
}
