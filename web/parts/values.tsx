import { Descriptions, Tag } from "antd";
import { lazy, type ReactNode, Suspense } from "react";
import { useText } from "../shell/preferences.tsx";

const beijing = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** yyyy-MM-dd HH:mm:ss in Beijing, of an instant as the API gives it. */
export function beijingText(instant: string | number | Date): string {
  return beijing.format(new Date(instant)).replace(",", "");
}

/** An instant in Beijing time; which zone that is stands beside it. */
export function Time({ at }: { at: string | null | undefined }) {
  const t = useText();
  if (at === null || at === undefined) return <span className="quiet">—</span>;
  return (
    <time dateTime={at} className="number" title={`${beijingText(at)} ${t("北京时间", "Beijing time")} (UTC+8)`}>
      {beijingText(at)} <span className="quiet">+8</span>
    </time>
  );
}

// What copies is loaded where something is copied, which is not on the first page.
const CopiedText = lazy(() => import("./copied-text.tsx"));

/** An id or a code: in the fixed-width font, copied with a click where it is long. */
export function Code({ children, copy = false }: { children: string; copy?: boolean }) {
  return copy ? (
    <Suspense fallback={<code>{children}</code>}>
      <CopiedText text={children}>{children}</CopiedText>
    </Suspense>
  ) : (
    <code>{children}</code>
  );
}

/** A long text of which the beginning is shown and the whole is copied. */
export function Clipped({ children }: { children: string }) {
  return (
    <span className="clipped">
      <code>{children}</code>
      <Suspense>
        <CopiedText text={children} />
      </Suspense>
    </span>
  );
}

type Tone = "good" | "warn" | "bad" | "plain" | "info";
const colours = { good: "success", warn: "warning", bad: "error", plain: undefined, info: "processing" } as const;

export function State({ tone, children }: { tone: Tone; children: ReactNode }) {
  const color = colours[tone];
  return (
    <Tag variant="filled" {...(color === undefined ? {} : { color })}>
      {children}
    </Tag>
  );
}

/** Whether something counts or is stopped. */
export function Suspended({ value }: { value: boolean }) {
  const t = useText();
  return value ? (
    <State tone="bad">{t("已停用", "Suspended")}</State>
  ) : (
    <State tone="good">{t("正常", "Active")}</State>
  );
}

/** What is known of one thing: name and value, one below the other on a narrow screen. */
export function Facts({
  facts,
  columns = 2,
}: {
  facts: readonly (readonly [ReactNode, ReactNode] | undefined)[];
  columns?: number;
}) {
  return (
    <Descriptions
      bordered
      size="small"
      column={{ xs: 1, sm: 1, md: columns }}
      items={facts.filter((fact) => fact !== undefined).map(([label, children], key) => ({ key, label, children }))}
    />
  );
}
