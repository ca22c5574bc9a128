import { Button, Empty, Input, Select, Skeleton, Table, type TableColumnsType } from "antd";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import type { ConsoleApi, InputOf, ReplyOf } from "../api/client.ts";
import { useAsk } from "../api/queries.ts";
import { useText } from "../shell/preferences.tsx";
import { ProblemAlert } from "./problem.tsx";

/** A filter that the server applies; what is chosen stands in the page's address, so that a link shows the same. */
export interface Filter {
  readonly name: string;
  readonly label: string;
  /** Without options it is a text. */
  readonly options?: readonly { readonly value: string; readonly label: string }[];
}

export type Columns<Row> = TableColumnsType<Row>;

interface ListOf<Name extends keyof ConsoleApi, Row> {
  readonly name: Name;
  readonly input?: { readonly params?: object; readonly query?: object };
  readonly rows: (reply: ReplyOf<Name>) => readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly columns: Columns<Row>;
  readonly filters?: readonly Filter[];
  readonly onOpen?: (row: Row) => void;
  /** What to do where there is nothing. */
  readonly empty: ReactNode;
  readonly enabled?: boolean;
}

const pageRows = 50;

/** Every list of the console: the server pages and filters, and the address says which part is shown. */
export function List<Name extends keyof ConsoleApi, Row extends object>(list: ListOf<Name, Row>) {
  const { filters = [], input = {}, enabled = true } = list;
  const [search, setSearch] = useSearchParams();
  const [before, setBefore] = useState<readonly string[]>([]);
  const after = search.get("after") ?? undefined;
  const chosen = Object.fromEntries(
    filters.flatMap(({ name }) => {
      const value = search.get(name);
      return value === null || value === "" ? [] : [[name, value]];
    }),
  );
  const query = { ...input.query, ...chosen, limit: pageRows, ...(after === undefined ? {} : { after }) };
  // What a list sends beside its paging is checked where the list is written.
  const asked = useAsk(list.name, { ...input, query } as unknown as InputOf<Name>, { enabled });
  const next = (asked.data as { next?: string } | undefined)?.next; // Every paged reply has it, or it is the last.

  const go = (values: Record<string, string | undefined>): void =>
    setSearch((current) => {
      const changed = new URLSearchParams(current);
      for (const [name, value] of Object.entries(values))
        if (value === undefined || value === "") changed.delete(name);
        else changed.set(name, value);
      return changed;
    });
  const filter = (name: string, value: string | undefined): void => {
    setBefore([]);
    go({ [name]: value, after: undefined });
  };
  return (
    <section>
      {filters.length > 0 && <Filters filters={filters} chosen={chosen} onChange={filter} />}
      {asked.isError ? (
        <ProblemAlert error={asked.error} />
      ) : (
        <Rows
          rows={asked.data === undefined ? undefined : list.rows(asked.data)}
          rowKey={list.rowKey}
          columns={list.columns}
          empty={list.empty}
          isFetching={asked.isFetching && asked.isPlaceholderData}
          {...(list.onOpen === undefined ? {} : { onOpen: list.onOpen })}
        />
      )}
      <Pager
        hasBefore={after !== undefined}
        hasNext={next !== undefined}
        onBefore={() => {
          go({ after: before.at(-1) });
          setBefore(before.slice(0, -1));
        }}
        onNext={() => {
          setBefore([...before, after ?? ""]);
          go({ after: next });
        }}
      />
    </section>
  );
}

/** Rows that are there already, or undefined while they come. */
export function Rows<Row extends object>(table: {
  rows: readonly Row[] | undefined;
  rowKey: (row: Row) => string;
  columns: Columns<Row>;
  empty: ReactNode;
  isFetching?: boolean;
  onOpen?: (row: Row) => void;
}) {
  const { rows, rowKey, columns, empty, isFetching = false, onOpen } = table;
  const sheet = useRef<HTMLDivElement>(null);
  useEffect(() => focusableWhereItScrolls(sheet.current));
  if (rows === undefined)
    return (
      <div className="sheet" style={{ padding: 20 }}>
        <Skeleton active paragraph={{ rows: 6 }} title={false} />
      </div>
    );
  return (
    <div className="sheet" ref={sheet}>
      <Table<Row>
        size="middle"
        pagination={false}
        rowKey={rowKey}
        dataSource={[...rows]}
        columns={columns}
        loading={isFetching}
        scroll={{ x: "max-content" }}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={empty} /> }}
        rowClassName={onOpen === undefined ? "" : "clickable"}
        {...(onOpen === undefined ? {} : { onRow: (row: Row) => ({ onClick: () => onOpen(row) }) })}
      />
    </div>
  );
}

/** What is wider than its place is scrolled with the keyboard, too. Gives what ends the watch. */
function focusableWhereItScrolls(sheet: HTMLElement | null): (() => void) | undefined {
  const scroller = sheet?.querySelector<HTMLElement>(".ant-table-content");
  if (scroller === null || scroller === undefined) return undefined;
  const observer = new ResizeObserver(() => {
    if (scroller.scrollWidth > scroller.clientWidth) scroller.tabIndex = 0;
    else scroller.removeAttribute("tabindex");
  });
  observer.observe(scroller);
  return () => observer.disconnect();
}

function Filters(bar: {
  filters: readonly Filter[];
  chosen: Record<string, string>;
  onChange: (name: string, value: string | undefined) => void;
}) {
  const { filters, chosen, onChange } = bar;
  return (
    <div className="filters" role="search">
      {filters.map(({ name, label, options }) =>
        options === undefined ? (
          <Input.Search
            key={`${name} ${chosen[name] ?? ""}`}
            allowClear
            aria-label={label}
            placeholder={label}
            defaultValue={chosen[name] ?? ""}
            onSearch={(value) => onChange(name, value.trim())}
            style={{ width: 260, maxWidth: "100%" }}
          />
        ) : (
          <Select
            key={name}
            allowClear
            aria-label={label}
            placeholder={label}
            value={chosen[name] ?? null}
            options={[...options]}
            onChange={(value: string | null | undefined) => onChange(name, value ?? undefined)}
            style={{ minWidth: 140 }}
          />
        ),
      )}
    </div>
  );
}

export function Pager(pager: { hasBefore: boolean; hasNext: boolean; onBefore: () => void; onNext: () => void }) {
  const t = useText();
  if (!pager.hasBefore && !pager.hasNext) return null;
  return (
    <nav className="pager" aria-label={t("翻页", "Pages")}>
      <Button disabled={!pager.hasBefore} onClick={pager.onBefore}>
        {t("上一页", "Previous")}
      </Button>
      <Button disabled={!pager.hasNext} onClick={pager.onNext}>
        {t("下一页", "Next")}
      </Button>
    </nav>
  );
}
