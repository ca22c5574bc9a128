/**
 * Puts a text of a workbook together from its runs (ISO/IEC 29500-1, 18.4): each <t> is a piece of it, but those inside
 * <rPh>, which say how characters are pronounced.
 */
export class XstringReader {
  #pieces: string[] = [];
  #isPhonetic = false;
  #isText = false;

  begin(): void {
    this.#pieces = [];
    this.#isPhonetic = false;
    this.#isText = false;
  }

  open(name: string): void {
    if (name === "rPh") this.#isPhonetic = true;
    if (name === "t") this.#isText = !this.#isPhonetic;
  }

  text(text: string): void {
    if (this.#isText) this.#pieces.push(text);
  }

  close(name: string): void {
    if (name === "rPh") this.#isPhonetic = false;
    if (name === "t") this.#isText = false;
  }

  end(): string {
    return unescaped(this.#pieces.join(""));
  }
}

/** Characters that XML has no room for stand as _x000D_, and what looks like one of those has its first _ written so. */
export function unescaped(text: string): string {
  return text.replaceAll(/_x(000[9AD]|005F(?=_x[\dA-F]{4}_))_/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
