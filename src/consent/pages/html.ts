/** HTML that is safe to send: made only by the html tag, which escapes whatever is put into it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function html(strings: TemplateStringsArray, ...values: (string | Html | readonly Html[])[]): Html {
  const parts = strings.map((string, index) => {
    const value = values[index];
    if (value === undefined) return string;
    return string + (Array.isArray(value) ? value : [value]).map(render).join("");
  });
  return new Html(parts.join(""));
}

function render(value: string | Html): string {
  return value instanceof Html ? value.text : value.replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
}
