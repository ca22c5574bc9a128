import { Button, Input, Segmented, Upload } from "antd";
import { useText } from "../../shell/preferences.tsx";
import type { Bytes } from "../../../src/sdk/bytes.ts";
import type { Row } from "./record-file.ts";

/** A file of one's own, in place of one that is made of the grid's rows. */
export interface ChosenFile {
  readonly fileName: string;
  readonly content: Bytes;
}

interface FileGridParts {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  readonly setRows: (rows: readonly Row[]) => void;
  readonly chosen: ChosenFile | undefined;
  readonly setChosen: (file: ChosenFile | undefined) => void;
  readonly example: Row;
}

const rowsLimit = 200;

/** The file of a feedback: rows written here, with the columns that the call names, or a file that is at hand. */
export function FileGrid({ columns, rows, setRows, chosen, setChosen, example }: FileGridParts) {
  const t = useText();
  const set = (at: number, column: string, value: string): void =>
    setRows(rows.map((row, index) => (index === at ? { ...row, [column]: value } : row)));
  const take = async (file: File): Promise<void> =>
    setChosen({ fileName: file.name, content: new Uint8Array(await file.arrayBuffer()) });
  return (
    <section className="panel stack" aria-labelledby="file">
      <div className="row" style={{ justifyContent: "space-between" }}>
        <h2 id="file" style={{ margin: 0 }}>
          {t("反馈文件", "File")}
        </h2>
        <Segmented<"grid" | "file">
          value={chosen === undefined ? "grid" : "file"}
          aria-label={t("文件来源", "Where the file comes from")}
          onChange={(value) => setChosen(value === "grid" ? undefined : { fileName: "", content: new Uint8Array() })}
          options={[
            { value: "grid", label: t("在表格中填写", "Write rows") },
            { value: "file", label: t("选择文件", "Choose a file") },
          ]}
        />
      </div>
      {chosen !== undefined ? (
        <Upload.Dragger
          accept=".json,.txt,.csv,.xlsx"
          maxCount={1}
          showUploadList={false}
          beforeUpload={(file: File) => {
            void take(file);
            return false;
          }}
        >
          {chosen.fileName === ""
            ? t("拖入或点击选择文件", "Drop a file here, or click to choose one")
            : `${chosen.fileName} · ${chosen.content.length} B`}
        </Upload.Dragger>
      ) : (
        <>
          <div className="grid" tabIndex={0} role="region" aria-label={t("记录", "Records")}>
            <table>
              <thead>
                <tr>
                  {columns.map((column) => (
                    <th key={column} scope="col">
                      <code>{column}</code>
                    </th>
                  ))}
                  <th aria-label={t("操作", "Actions")} />
                </tr>
              </thead>
              <tbody>
                {rows.map((row, at) => (
                  <tr key={at}>
                    {columns.map((column) => (
                      <td key={column}>
                        <Input
                          variant="borderless"
                          size="small"
                          className="mono"
                          aria-label={`${column} ${at + 1}`}
                          value={row[column] ?? ""}
                          onChange={(event) => set(at, column, event.target.value)}
                        />
                      </td>
                    ))}
                    <td>
                      <Button
                        size="small"
                        type="text"
                        aria-label={t(`删除第 ${at + 1} 行`, `Remove row ${at + 1}`)}
                        onClick={() => setRows(rows.filter((_, index) => index !== at))}
                      >
                        ✕
                      </Button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <div>
            <Button
              size="small"
              disabled={rows.length >= rowsLimit}
              onClick={() => setRows([...rows, rows.at(-1) ?? example])}
            >
              {t("加一行", "Add a row")}
            </Button>
          </div>
        </>
      )}
    </section>
  );
}
