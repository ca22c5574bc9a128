import { html } from "./html.ts";
import { type Language, page } from "./layout.ts";

const texts = {
  zh: {
    fault: { title: "服务出错", advice: "这不是您的问题，请稍后重试；若问题依旧，请将下面的追踪号告知我们。" },
    missing: { title: "没有这个页面", advice: "请检查地址，或返回应用重试。" },
    refused: { title: "无法处理该请求", advice: "请返回上一页重试；若问题依旧，请将下面的追踪号告知我们。" },
    trace: "追踪号",
  },
  en: {
    fault: {
      title: "Something failed here",
      advice: "This is no fault of yours. Try again later; if it stays, tell us the trace id below.",
    },
    missing: { title: "There is no such page", advice: "Check the address, or go back to the app and try again." },
    refused: {
      title: "This request cannot be answered",
      advice: "Go back and try again; if it stays, tell us the trace id below.",
    },
    trace: "Trace id",
  },
} as const;

/** A page that says what went wrong by a code, with the id under which the log knows it, and nothing of the request. */
export function problemPage(
  language: Language,
  problem: { kind: "fault" | "missing" | "refused"; code: string; traceId: string },
): string {
  const { [problem.kind]: words, trace } = texts[language];
  return page(
    language,
    words.title,
    html`<p class="error" role="alert"><code>${problem.code}</code></p>
      <p>${words.advice}</p>
      <p>${trace}<br /><code>${problem.traceId}</code></p>`,
  );
}
