import { Typography } from "antd";
import { type ReactNode, useMemo } from "react";
import { useText } from "../shell/preferences.tsx";
import { layOutJson } from "./json-text.ts";

/** A longer text is shown as it is: to colour it would make the page slow. */
const colouredLength = 100_000;

/** A text to read and to copy, as it is; JSON is laid out on lines, and copied as it came. */
export function CodeBlock(block: { text: string; label: string; isJson?: boolean; actions?: ReactNode }) {
  const { text, label, isJson = false, actions } = block;
  const t = useText();
  const pieces = useMemo(
    () => (isJson && text.length <= colouredLength ? layOutJson(text) : undefined),
    [isJson, text],
  );
  return (
    <figure className="code-block">
      <figcaption>
        <span>{label}</span>
        <span className="row">
          {actions}
          <Typography.Text copyable={{ text, tooltips: [t("复制", "Copy"), t("已复制", "Copied")] }} />
        </span>
      </figcaption>
      <pre tabIndex={0}>
        {pieces === undefined
          ? text
          : pieces.map((piece, index) => (
              <span key={index} className={`json-${piece.kind}`}>
                {piece.text}
              </span>
            ))}
      </pre>
    </figure>
  );
}
