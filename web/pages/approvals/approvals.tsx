import { Button, Segmented, Space } from "antd";
import { useState } from "react";
import type { ReplyOf } from "../../api/client.ts";
import { useAsk, useSend } from "../../api/queries.ts";
import type { Session } from "../../api/session.ts";
import { FormButton } from "../../parts/form-button.tsx";
import { type Columns, Rows } from "../../parts/list.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { ProblemAlert } from "../../parts/problem.tsx";
import { State, Time } from "../../parts/values.tsx";
import { type Text, useText } from "../../shell/preferences.tsx";

type Approval = ReplyOf<"GET /api/approvals">["approvals"][number];
const refreshMs = 15_000;

export default function ApprovalsPage({ session }: { session: Session }) {
  const t = useText();
  const [all, setAll] = useState(false);
  const asked = useAsk("GET /api/approvals", { query: all ? { all: true } : {} }, { refetchInterval: refreshMs });
  const columns: Columns<Approval> = [
    {
      title: t("事项", "Change"),
      render: (_, row) => (
        <>
          <strong>{actionText(t, row.action)}</strong>
          <div className="quiet mono">{asksForText(t, row)}</div>
        </>
      ),
    },
    { title: t("理由", "Reason"), render: (_, row) => (row.reason === "" ? "—" : row.reason) },
    {
      title: t("申请人", "Asked by"),
      render: (_, row) => (
        <>
          {row.askedBy}
          <div>
            <Time at={row.askedAt} />
          </div>
        </>
      ),
    },
    { title: t("状态", "State"), render: (_, row) => <Decision approval={row} /> },
    {
      title: t("操作", "Actions"),
      render: (_, row) => row.decision === null && <Decide approval={row} isOwn={row.askedBy === session.login} />,
    },
  ];
  return (
    <>
      <PageHead
        title={t("复核", "Approvals")}
        about={t(
          "敏感变更由第二人复核后才执行；申请人不能复核自己的申请，七天未决即失效。",
          "What one operator asked for takes effect when another approves it. Nobody approves their own; after seven days it lapses.",
        )}
        actions={
          <Segmented
            aria-label={t("显示", "Shown")}
            value={all ? "all" : "waiting"}
            onChange={(value) => setAll(value === "all")}
            options={[
              { value: "waiting", label: t("待复核", "Waiting") },
              { value: "all", label: t("全部", "All") },
            ]}
          />
        }
      />
      {asked.isError ? (
        <ProblemAlert error={asked.error} />
      ) : (
        <Rows
          rows={asked.data?.approvals}
          rowKey={(row) => row.approvalId}
          columns={columns}
          empty={t("没有待复核的事项。", "Nothing waits for a second person.")}
        />
      )}
    </>
  );
}

function Decide({ approval, isOwn }: { approval: Approval; isOwn: boolean }) {
  const t = useText();
  const approve = useSend("POST /api/approvals/:approvalId/approve");
  const reject = useSend("POST /api/approvals/:approvalId/reject");
  const withdraw = useSend("POST /api/approvals/:approvalId/withdraw");
  const params = { approvalId: approval.approvalId };
  if (isOwn)
    return (
      <>
        <Button size="small" loading={withdraw.isPending} onClick={() => withdraw.mutate({ params })}>
          {t("撤回", "Withdraw")}
        </Button>
        {withdraw.isError && <ProblemAlert error={withdraw.error} />}
      </>
    );
  return (
    <Space wrap>
      <FormButton
        title={t("通过并执行", "Approve")}
        button={{ size: "small", type: "primary" }}
        about={
          <>
            {actionText(t, approval.action)} <span className="mono">{asksForText(t, approval)}</span>
          </>
        }
        fields={[]}
        onSubmit={async () => secretOf((await approve.mutateAsync({ params })).answer, t)}
      />
      <FormButton
        title={t("驳回", "Reject")}
        button={{ size: "small", danger: true }}
        fields={[]}
        onSubmit={async () => void (await reject.mutateAsync({ params }))}
      />
    </Space>
  );
}

/** A password that the change made is shown to whoever approved it, this once. */
function secretOf(answer: unknown, t: Text) {
  const { login, password } = (answer ?? {}) as { login?: unknown; password?: unknown }; // Any value may be asked for a field.
  if (typeof password !== "string") return undefined;
  return (
    <>
      {t("初始密码只显示这一次：", "The first password, shown this once: ")} {String(login)} <code>{password}</code>
    </>
  );
}

function Decision({ approval }: { approval: Approval }) {
  const t = useText();
  const { decision, decidedBy, decidedAt, expiresAt } = approval;
  if (decision === null)
    return (
      <>
        <State tone="warn">{t("待复核", "Waiting")}</State>
        <div className="quiet">
          {t("截止", "until")} <Time at={expiresAt} />
        </div>
      </>
    );
  const texts = {
    approved: t("已通过", "Approved"),
    rejected: t("已驳回", "Rejected"),
    withdrawn: t("已撤回", "Withdrawn"),
  };
  return (
    <>
      <State tone={decision === "approved" ? "good" : decision === "rejected" ? "bad" : "plain"}>
        {texts[decision]}
      </State>
      <div className="quiet">
        {decidedBy} <Time at={decidedAt} />
      </div>
    </>
  );
}

function asksForText(t: Text, { asksFor }: Approval): string {
  if (asksFor === null)
    return t(
      "内容无法用当前主密钥解开：请驳回后重新申请",
      "cannot be opened under this master key: reject it, and ask anew",
    );
  return Object.entries(asksFor)
    .map(([name, value]) => `${name}=${value}`)
    .join("  ");
}

function actionText(t: Text, action: string): string {
  const texts: Readonly<Record<string, string>> = {
    "app.key": t("更换应用密钥", "Change an app's keys"),
    "card.activate": t("评分卡上线", "Put a card in force"),
    "ledger.adjust": t("调账", "Correct a bill"),
    "operator.add": t("新增操作员", "Add an operator"),
    "operator.change": t("修改操作员", "Change an operator"),
    "operator.reset": t("重置操作员密码", "Reset an operator's password"),
    "score.release": t("解除评分冻结", "Release a score"),
  };
  return texts[action] ?? action;
}
