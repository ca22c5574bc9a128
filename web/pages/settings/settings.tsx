import { Input } from "antd";
import { useState } from "react";
import type { ReplyOf } from "../../api/client.ts";
import { useAsk } from "../../api/queries.ts";
import { type Columns, Rows } from "../../parts/list.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { ProblemAlert } from "../../parts/problem.tsx";
import { State } from "../../parts/values.tsx";
import { useText } from "../../shell/preferences.tsx";

type Setting = ReplyOf<"GET /api/settings">["settings"][number];

export default function SettingsPage() {
  const t = useText();
  const [searched, setSearched] = useState("");
  const asked = useAsk("GET /api/settings", {});
  const columns: Columns<Setting> = [
    { title: t("变量", "Variable"), render: (_, row) => <code>{row.name}</code> },
    {
      title: t("当前值", "Value"),
      render: (_, row) => (
        <span className="row">
          {row.value === "" ? <span className="quiet">—</span> : <code>{row.value}</code>}
          {row.default !== "" && row.value !== row.default && <State tone="info">{t("已更改", "changed")}</State>}
        </span>
      ),
    },
    {
      title: t("默认值", "Default"),
      render: (_, row) => (row.default === "" ? <span className="quiet">—</span> : <code>{row.default}</code>),
    },
    { title: t("含义", "Meaning"), render: (_, row) => <div className="wide-text">{row.meaning}</div> },
  ];
  const wanted = searched.trim().toLowerCase();
  return (
    <>
      <PageHead
        title={t("运行配置", "Settings")}
        about={t(
          "本服务器实际生效的配置，密钥与口令不显示。修改环境变量并重启后生效。",
          "As this server runs with them; secrets are not shown. Change them in the environment and start anew.",
        )}
      />
      <div className="filters" role="search">
        <Input
          allowClear
          aria-label={t("搜索配置", "Search settings")}
          placeholder={t("搜索配置", "Search settings")}
          value={searched}
          onChange={(event) => setSearched(event.target.value)}
          style={{ width: 260, maxWidth: "100%" }}
        />
      </div>
      {asked.isError ? (
        <ProblemAlert error={asked.error} />
      ) : (
        <Rows
          rows={asked.data?.settings.filter(({ name, meaning }) => `${name} ${meaning}`.toLowerCase().includes(wanted))}
          rowKey={(row) => row.name}
          columns={columns}
          empty={t("没有这样的配置。", "There is no such setting.")}
        />
      )}
    </>
  );
}
