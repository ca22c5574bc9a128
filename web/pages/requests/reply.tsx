import { CodeBlock } from "../../parts/code-block.tsx";
import { useText } from "../../shell/preferences.tsx";
import { Headers } from "./request.tsx";
import type { Whole } from "./why.tsx";

/** The reply as it was sent; copied, it is byte for byte what the caller got. */
export function ReplyPanel({ whole: { reply } }: { whole: Whole }) {
  const t = useText();
  const cut = reply.isCut ? t("，仅开头", ", its beginning") : "";
  return (
    <section className="panel" aria-labelledby="reply">
      <h2 id="reply">{t("应答", "Reply")}</h2>
      <CodeBlock text={reply.text} label={`${reply.bytes} ${t("字节", "bytes")}${cut}`} isJson={!reply.isCut} />
      <h3>{t("应答头", "Headers")}</h3>
      <Headers pairs={reply.headers} />
    </section>
  );
}
