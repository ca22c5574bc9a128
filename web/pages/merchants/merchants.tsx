import type { ReplyOf } from "../../api/client.ts";
import { useSend } from "../../api/queries.ts";
import { mayCall, type Session } from "../../api/session.ts";
import { FormButton } from "../../parts/form-button.tsx";
import { type Columns, List } from "../../parts/list.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Code, Suspended, Time } from "../../parts/values.tsx";
import { useText } from "../../shell/preferences.tsx";

type Merchant = ReplyOf<"GET /api/merchants">["merchants"][number];

export default function MerchantsPage({ session }: { session: Session }) {
  const t = useText();
  const add = useSend("POST /api/merchants");
  const columns: Columns<Merchant> = [
    { title: t("商户号", "Merchant id"), render: (_, row) => <Code>{row.merchantId}</Code> },
    { title: t("名称", "Name"), dataIndex: "name" },
    { title: t("状态", "State"), render: (_, row) => <Suspended value={row.suspended} /> },
    { title: t("创建时间", "Since"), responsive: ["md"], render: (_, row) => <Time at={row.createdAt} /> },
  ];
  return (
    <>
      <PageHead
        title={t("商户", "Merchants")}
        about={t("接入平台、查询评分并反馈数据的机构。", "The institutions that ask for scores and feed back data.")}
        actions={
          mayCall(session, { operators: "merchants:write" }) && (
            <FormButton
              title={t("新增商户", "Add a merchant")}
              button={{ type: "primary" }}
              fields={[
                {
                  name: "merchantId",
                  label: t("商户号", "Merchant id"),
                  required: true,
                  pattern: /^[\w-]{1,32}$/,
                  help: t("支付宝的商户号是 2088 加十二位数字。", "Alipay's are 2088 and twelve digits."),
                },
                { name: "name", label: t("名称", "Name"), required: true, maxLength: 64 },
              ]}
              onSubmit={async ({ merchantId, name }) =>
                void (await add.mutateAsync({ body: { merchantId: String(merchantId), name: String(name) } }))
              }
            />
          )
        }
      />
      <List
        name="GET /api/merchants"
        rows={(reply) => reply.merchants}
        rowKey={(row) => row.merchantId}
        columns={columns}
        filters={[
          { name: "search", label: t("商户号开头或名称", "Id or name") },
          {
            name: "suspended",
            label: t("状态", "State"),
            options: [
              { value: "false", label: t("正常", "Active") },
              { value: "true", label: t("已停用", "Suspended") },
            ],
          },
        ]}
        empty={t("还没有商户：点右上角“新增商户”。", "No merchants yet: add one above.")}
      />
    </>
  );
}
