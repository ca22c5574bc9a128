import { Typography } from "antd";
import { useText } from "../../shell/preferences.tsx";
import { firstDifference } from "./first-difference.ts";

/** Two strings side by side, with the first character in which they differ marked in both. */
export function DifferingStrings(strings: { expected: string; signed: string | undefined; isPasted: boolean }) {
  const { expected, signed, isPasted } = strings;
  const t = useText();
  const at = signed === undefined ? undefined : firstDifference(expected, signed);
  return (
    <div className="side-by-side">
      {signed !== undefined && (
        <MarkedString
          title={isPasted ? t("粘贴的字符串", "As pasted") : t("实际签名的", "What was signed")}
          text={signed}
          at={at}
        />
      )}
      <MarkedString title={t("应该签名的", "What has to be signed")} text={expected} at={at} />
    </div>
  );
}

function MarkedString({ title, text, at }: { title: string; text: string; at: number | undefined }) {
  const t = useText();
  const marked = at === undefined || at >= text.length ? "" : String.fromCodePoint(text.codePointAt(at) ?? 0x20);
  return (
    <figure className="code-block">
      <figcaption>
        <span>{title}</span>
        <Typography.Text copyable={{ text, tooltips: [t("复制", "Copy"), t("已复制", "Copied")] }} />
      </figcaption>
      <pre tabIndex={0}>
        {at === undefined ? (
          text
        ) : (
          <>
            {text.slice(0, at)}
            <mark aria-label={t("第一处不同", "first difference")}>{marked === "" ? "∎" : marked}</mark>
            {text.slice(at + marked.length)}
          </>
        )}
      </pre>
    </figure>
  );
}
