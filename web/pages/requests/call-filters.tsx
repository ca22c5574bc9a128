import { Button, Form, Input, Popover, Select, Tag } from "antd";
import { type ReactNode, useState } from "react";
import { useAsk } from "../../api/queries.ts";
import { beijingText } from "../../parts/values.tsx";
import { useBilingual, useText } from "../../shell/preferences.tsx";
import type { CallFilter, FilterName } from "./call-filter.ts";
import { readSearch } from "./search-words.ts";

interface FilterBar {
  readonly filter: CallFilter;
  readonly onChange: (filter: CallFilter) => void;
  readonly isOperator: boolean;
  readonly actions: ReactNode;
}

const outcomes = ["answered", "repeated", "refused", "failed"] as const;

/** One place to type what is looked for, the usual choices beside it, and what is chosen below, each to be taken away. */
export function CallFilters({ filter, onChange, isOperator, actions }: FilterBar) {
  const t = useText();
  const [typed, setTyped] = useState("");
  const set = (name: FilterName, value: string | undefined): void => {
    const { [name]: _, ...rest } = filter;
    onChange(value === undefined || value === "" ? rest : { ...rest, [name]: value });
  };
  const search = (text: string): void => {
    if (text.trim() === "") return;
    onChange({ ...filter, ...readSearch(text) });
    setTyped("");
  };
  const outcomeTexts: Record<(typeof outcomes)[number], string> = {
    answered: t("已应答", "Answered"),
    repeated: t("重复请求", "Repeated"),
    refused: t("被拒绝", "Refused"),
    failed: t("内部故障", "Failed"),
  };
  return (
    <div role="search">
      <div className="search-row">
        <Input.Search
          id="call-search"
          className="search-words"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onSearch={search}
          onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
          maxLength={200}
          spellCheck={false}
          aria-label={t("搜索调用", "Search calls")}
          placeholder={t(
            "trace_id、流水号、错误码、报文中的文字，或 app:… biz_no:…",
            "trace_id, transaction_id, code, any text, or app:… biz_no:…",
          )}
        />
        <Select
          allowClear
          aria-label={t("结果", "Result")}
          placeholder={t("结果", "Result")}
          value={filter.outcome ?? null}
          onChange={(value: string | null | undefined) => set("outcome", value ?? undefined)}
          options={outcomes.map((value) => ({ value, label: outcomeTexts[value] }))}
          style={{ width: 120 }}
        />
        <MethodChoice value={filter.method} onChange={(value) => set("method", value)} />
        <PeriodChoice value={filter.from} onChange={(value) => set("from", value)} />
        <MoreFilters filter={filter} onChange={onChange} isOperator={isOperator} />
        {actions}
      </div>
      <Chosen filter={filter} set={set} clear={() => onChange({})} />
    </div>
  );
}

export function MethodChoice({ value, onChange }: { value: string | undefined; onChange: (name?: string) => void }) {
  const t = useText();
  const say = useBilingual();
  const { data } = useAsk("GET /api/methods", {});
  return (
    <Select
      allowClear
      showSearch
      aria-label={t("接口", "Method")}
      placeholder={t("接口", "Method")}
      value={value ?? null}
      onChange={(chosen: string | null | undefined) => onChange(chosen ?? undefined)}
      options={(data?.methods ?? []).map(({ name, title }) => ({ value: name, label: name, title: say(title) }))}
      popupMatchSelectWidth={360}
      style={{ width: 180 }}
    />
  );
}

const hourMs = 3_600_000;

export function PeriodChoice({ value, onChange }: { value: string | undefined; onChange: (from?: string) => void }) {
  const t = useText();
  const periods = [
    { value: 1, label: t("最近 1 小时", "Last hour") },
    { value: 24, label: t("最近 24 小时", "Last day") },
    { value: 168, label: t("最近 7 天", "Last week") },
  ];
  return (
    <Select
      allowClear
      aria-label={t("时间", "Time")}
      placeholder={t("时间", "Time")}
      value={value === undefined ? null : Number(value)}
      onChange={(hours: number | null | undefined) =>
        onChange(hours === null || hours === undefined ? undefined : String(Date.now() - hours * hourMs))
      }
      options={value === undefined ? periods : [...periods, { value: Number(value), label: fromText(value, t) }]}
      style={{ width: 150 }}
      popupMatchSelectWidth={false}
    />
  );
}

const fromText = (from: string, t: ReturnType<typeof useText>): string =>
  t(`自 ${beijingText(Number(from)).slice(5, 16)}`, `since ${beijingText(Number(from)).slice(5, 16)}`);

const more = ["appId", "merchantId", "code", "subCode", "transactionId", "bizNo", "traceId"] as const;

const wireNames: Partial<Record<FilterName, string>> = {
  appId: "app_id",
  merchantId: "merchant_id",
  code: "code",
  subCode: "sub_code",
  transactionId: "transaction_id",
  bizNo: "biz_no",
  traceId: "trace_id",
};

function MoreFilters({ filter, onChange, isOperator }: Omit<FilterBar, "actions">) {
  const t = useText();
  const [isOpen, setIsOpen] = useState(false);
  const shown = more.filter((name) => name !== "merchantId" || isOperator);
  const send = (values: Record<string, string | undefined>): void => {
    const kept = Object.entries(filter).filter(([name]) => !more.some((each) => each === name));
    const chosen = Object.entries(values).flatMap(([name, value]) =>
      value === undefined || value.trim() === "" ? [] : [[name, value.trim()]],
    );
    onChange(Object.fromEntries([...kept, ...chosen]));
    setIsOpen(false);
  };
  return (
    <Popover
      open={isOpen}
      onOpenChange={setIsOpen}
      trigger="click"
      placement="bottomRight"
      destroyOnHidden
      content={
        <Form
          layout="vertical"
          size="small"
          onFinish={send}
          initialValues={filter}
          style={{ width: 280 }}
          requiredMark={false}
        >
          {shown.map((name) => (
            <Form.Item key={name} name={name} label={wireNames[name]} style={{ marginBottom: 8 }}>
              <Input className="mono" autoComplete="off" spellCheck={false} />
            </Form.Item>
          ))}
          <Button type="primary" htmlType="submit" size="middle" block>
            {t("筛选", "Filter")}
          </Button>
        </Form>
      }
    >
      <Button aria-expanded={isOpen}>{t("更多筛选", "More filters")}</Button>
    </Popover>
  );
}

/** Those that no choice of the bar shows. */
function Chosen(chosen: {
  filter: CallFilter;
  set: (name: FilterName, value: string | undefined) => void;
  clear: () => void;
}) {
  const { filter, set, clear } = chosen;
  const t = useText();
  const shown = (["text", ...more] as const).filter((name) => filter[name] !== undefined);
  if (shown.length === 0) return null;
  return (
    <div className="row" style={{ marginBottom: 12 }}>
      {shown.map((name) => (
        <Tag key={name} closable onClose={() => set(name, undefined)}>
          {wireNames[name] ?? t("文字", "text")}: <span className="mono">{filter[name]}</span>
        </Tag>
      ))}
      <Button type="link" size="small" onClick={clear}>
        {t("全部清除", "Clear all")}
      </Button>
    </div>
  );
}
