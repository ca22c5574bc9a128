import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Form, Input } from "antd";
import { useEffect, useState } from "react";
import { ask, type InputOf, type ReplyOf } from "../../api/client.ts";
import { type Columns, Pager, Rows } from "../../parts/list.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { ProblemAlert } from "../../parts/problem.tsx";
import { trailColumns } from "../../parts/trail.tsx";
import { useText } from "../../shell/preferences.tsx";

type Entry = ReplyOf<"POST /api/audit/search">["entries"][number];
type Search = Omit<InputOf<"POST /api/audit/search">["body"], "before" | "limit">;
const pageEntries = 50;

/** What is searched stays in the page and out of its address: it may be a person's number. */
export default function AuditPage() {
  const t = useText();
  const [search, setSearch] = useState<Search>({});
  const [places, setPlaces] = useState<readonly number[]>([]);
  const found = useMutation({
    mutationFn: (body: InputOf<"POST /api/audit/search">["body"]) => ask("POST /api/audit/search", { body }),
  });
  const verified = useMutation({ mutationFn: () => ask("POST /api/audit/verify", {}) });
  const before = places.at(-1);
  const { mutate } = found;
  useEffect(
    () => mutate({ ...search, limit: pageEntries, ...(before === undefined ? {} : { before }) }),
    [mutate, search, before],
  );

  const columns: Columns<Entry> = [
    ...trailColumns<Entry>(t),
    { title: t("商户", "Merchant"), render: (_, row) => row.merchantId ?? "—" },
    {
      title: t("细节", "Details"),
      render: (_, row) => <code>{detailsOf(row.details)}</code>,
    },
    { title: t("地址", "Address"), dataIndex: "address" },
    { title: "trace_id", render: (_, row) => <code>{row.traceId}</code> },
  ];
  return (
    <>
      <PageHead
        title={t("审计日志", "Audit trail")}
        about={t(
          "谁在何时因何读取或更改了什么，只增不改；查询本身也会被记录。",
          "Who read or changed what, when and why: appended, never changed. A search is put on it, too.",
        )}
        actions={
          <Button loading={verified.isPending} onClick={() => verified.mutate()}>
            {t("校验完整性", "Verify")}
          </Button>
        }
      />
      <div className="stack">
        {verified.isError && <ProblemAlert error={verified.error} />}
        {verified.data !== undefined && <Verified outcome={verified.data} />}
        <SearchForm
          onSearch={(wanted) => {
            setPlaces([]);
            setSearch(wanted);
          }}
        />
        {found.isError ? (
          <ProblemAlert error={found.error} />
        ) : (
          <Rows
            rows={found.data?.entries}
            rowKey={(row) => String(row.entryNo)}
            columns={columns}
            isFetching={found.isPending}
            empty={t("没有符合条件的记录。", "Nothing of that kind was done.")}
          />
        )}
      </div>
      <Pager
        hasBefore={places.length > 0}
        hasNext={found.data?.next !== undefined}
        onBefore={() => setPlaces(places.slice(0, -1))}
        onNext={() => found.data?.next !== undefined && setPlaces([...places, found.data.next])}
      />
    </>
  );
}

function SearchForm({ onSearch }: { onSearch: (search: Search) => void }) {
  const t = useText();
  const texts = [
    ["account", t("账号，如 operator anna", "Account: operator anna")],
    ["action", t("操作，如 score.explain", "Action: score.explain")],
    ["merchantId", t("商户号", "Merchant id")],
    ["credentialsNo", t("身份证号", "Identity number")],
  ] as const;
  return (
    <Form
      layout="inline"
      role="search"
      onFinish={(values: Record<string, string | undefined>) =>
        onSearch(
          Object.fromEntries(
            Object.entries(values).flatMap(([name, value]) => {
              const text = value?.trim() ?? "";
              return text === "" ? [] : [[name, text]];
            }),
          ),
        )
      }
      style={{ rowGap: 8 }}
    >
      {texts.map(([name, label]) => (
        <Form.Item key={name} name={name} style={{ marginInlineEnd: 8 }}>
          <Input allowClear aria-label={label} placeholder={label} autoComplete="off" style={{ width: 210 }} />
        </Form.Item>
      ))}
      <Button htmlType="submit">{t("查询", "Search")}</Button>
    </Form>
  );
}

function Verified({ outcome }: { outcome: ReplyOf<"POST /api/audit/verify"> }) {
  const t = useText();
  const { broken, entries, head } = outcome;
  if (broken !== undefined)
    return (
      <Alert
        type="error"
        showIcon
        title={t(`第 ${broken.entryNo} 条记录被改动或缺失`, `Entry ${broken.entryNo} was changed or is missing`)}
      />
    );
  return (
    <Alert
      type="success"
      showIcon
      title={t(`${entries} 条记录完整`, `All ${entries} entries are whole`)}
      description={
        <>
          {t(
            "末条摘要（另存一处，日后可证明未被截断）：",
            "The last hash; kept elsewhere, it proves later that no end was cut off: ",
          )}
          <code>{head}</code>
        </>
      }
    />
  );
}

function detailsOf(details: unknown): string {
  const text = JSON.stringify(details);
  return text === "{}" || text === "null" ? "" : text;
}
