import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Html, html } from "#kaimen/consent/pages/html.ts";

fc.configureGlobal(process.env["KAIMEN_SEED"] === undefined ? {} : { seed: Number(process.env["KAIMEN_SEED"]) });

/** What a browser shows of escaped text. */
function shown(text: string): string {
  const characters: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
  return text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => characters[entity] ?? "");
}

describe("the html tag gives", () => {
  test.each([
    ["its own text as it is", html`<p class="a">&amp;</p>`, '<p class="a">&amp;</p>'],
    [
      "text escaped",
      html`<p>${"<script>alert(\"1\" & '2')</script>"}</p>`,
      "<p>&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;</p>",
    ],
    [
      "an attribute escaped",
      html`<input value="${'" onfocus="alert(1)'}" />`,
      '<input value="&quot; onfocus=&quot;alert(1)" />',
    ],
    ["an entity in a value as the text it is", html`${"&lt;"}`, "&amp;lt;"],
    ["other Html unescaped, once escaped inside", html`<p>${html`<b>${"<"}</b>`}</p>`, "<p><b>&lt;</b></p>"],
    ["a list of Html, joined", html`${["a", "<"].map((each) => html`<li>${each}</li>`)}`, "<li>a</li><li>&lt;</li>"],
    ["nothing for an empty list or text", html`a${[]}b${""}c`, "abc"],
    ["values at its start and its end", html`${"a"}<br />${"b"}`, "a<br />b"],
    ["$& and $1 as they are", html`${"$&$1"}`, "$&amp;$1"],
  ])("%s", (_name, given, expected) => {
    expect(given).toBeInstanceOf(Html);
    expect(given.text).toBe(expected);
  });
});

const texts = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: fc.constantFrom(..."<>&\"'/=;`lgtamp#39 ") }));

test("whatever a value holds, it leaves no markup, ends no attribute, and is shown as it was", () => {
  fc.assert(
    fc.property(texts, texts, (first, second) => {
      const { text } = html`<p title="${first}">${second}</p>`;
      const parts = /^<p title="([^"<>']*)">([^"<>']*)<\/p>$/.exec(text);
      expect(parts).not.toBe(null);
      expect(shown(parts?.[1] ?? "")).toBe(first);
      expect(shown(parts?.[2] ?? "")).toBe(second);
      expect(text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, "")).not.toContain("&");
    }),
    { numRuns: 500 },
  );
});
