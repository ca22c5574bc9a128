import { Input, Switch, Table, type TableColumnsType } from "antd";
import { useState } from "react";
import { useText } from "../../shell/preferences.tsx";
import type { FeedbackTable } from "./read-table.ts";

export interface CellFault {
  /** From 0. */
  readonly row: number;
  readonly column: string;
  readonly reason: string;
}

interface GridRow {
  readonly at: number;
  readonly cells: readonly string[];
}

const pageRows = 20;

/** The table to mend: every cell can be written in, bad ones say what is wrong with them. */
export function MendingGrid(grid: {
  table: FeedbackTable;
  faults: readonly CellFault[];
  onChange: (row: number, column: number, value: string) => void;
}) {
  const { table, faults, onChange } = grid;
  const t = useText();
  const [onlyBad, setOnlyBad] = useState(true);
  const reasons = new Map(faults.map(({ row, column, reason }) => [`${row} ${column}`, reason]));
  const badRows = new Set(faults.map(({ row }) => row));
  const rows = table.rows
    .map((cells, at): GridRow => ({ at, cells }))
    .filter(({ at }) => badRows.size === 0 || !onlyBad || badRows.has(at));
  const columns: TableColumnsType<GridRow> = [
    { title: "#", fixed: "left", render: (_, { at }) => <span className="number quiet">{at + 1}</span> },
    ...table.columns.map((name, index) => ({
      title: <code>{name}</code>,
      key: name,
      render: (_: unknown, { at, cells }: GridRow) => {
        const reason = reasons.get(`${at} ${name}`);
        return (
          <>
            <Input
              size="small"
              value={cells[index] ?? ""}
              aria-label={`${name} ${at + 1}`}
              {...(reason === undefined ? {} : { status: "error" as const, "aria-invalid": true })}
              onChange={(event) => onChange(at, index, event.target.value)}
              style={{ minWidth: 120 }}
            />
            {reason !== undefined && <div className="bad cell-fault">{reason}</div>}
          </>
        );
      },
    })),
  ];
  return (
    <div className="stack">
      {badRows.size > 0 && (
        <label className="row">
          <Switch
            size="small"
            checked={onlyBad}
            onChange={setOnlyBad}
            aria-label={t("只看有误的记录", "Only bad records")}
          />
          {t(`只看有误的 ${badRows.size} 条`, `Only the ${badRows.size} bad ones`)}
        </label>
      )}
      <div className="sheet">
        <Table<GridRow>
          size="small"
          rowKey={({ at }) => at}
          dataSource={rows}
          columns={columns}
          scroll={{ x: "max-content" }}
          pagination={{ pageSize: pageRows, showSizeChanger: false, hideOnSinglePage: true }}
        />
      </div>
    </div>
  );
}
