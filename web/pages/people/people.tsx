import { Alert, Button, Form, Input, Tabs } from "antd";
import { useState } from "react";
import { mayCall, type Session } from "../../api/session.ts";
import { PageHead } from "../../parts/page-head.tsx";
import { useText } from "../../shell/preferences.tsx";
import { FileOfPerson } from "./file-of-person.tsx";
import { ScoreOfPerson } from "./score-of-person.tsx";
import { WhoAskedPerson } from "./who-asked-person.tsx";

/** Whom somebody looks at, and why. It stays in the page: neither the address nor the browser's storage has it. */
export interface Looked {
  readonly credentialsNo: string;
  readonly purpose: string;
}

const purposeLength = 200;

export default function PeoplePage({ session }: { session: Session }) {
  const t = useText();
  const [looked, setLooked] = useState<Looked>();
  const [looks, setLooks] = useState(0);
  const mayReadFiles = mayCall(session, { operators: "people:read" });
  return (
    <>
      <PageHead
        title={t("信息主体", "People")}
        about={t(
          "按证件号查询一个人的评分、记录与被查询情况。每次查看都连同目的记入审计日志，本人可以知悉。",
          "A person's score, records and who asked for them, by number. Each look is put on the audit trail with its purpose, and the person may learn of it.",
        )}
      />
      <div className="stack">
        <section className="panel">
          <Form
            layout="vertical"
            className="side-by-side"
            onFinish={(values: Looked) => {
              setLooks(looks + 1);
              setLooked({ credentialsNo: values.credentialsNo.trim(), purpose: values.purpose.trim() });
            }}
          >
            <Form.Item
              name="credentialsNo"
              label={t("证件号码", "Identity number")}
              rules={[{ required: true, whitespace: true, message: t("请填写证件号码", "The number is needed") }]}
            >
              <Input autoComplete="off" spellCheck={false} maxLength={64} />
            </Form.Item>
            <Form.Item
              name="purpose"
              label={t("查看目的", "Purpose")}
              extra={t("例如：处理异议工单 2026-1102。", "Such as: dispute 2026-1102.")}
              rules={[{ required: true, whitespace: true, message: t("请填写查看目的", "Say what it is read for") }]}
            >
              <Input autoComplete="off" maxLength={purposeLength} />
            </Form.Item>
            <Button type="primary" htmlType="submit">
              {t("查看", "Look")}
            </Button>
          </Form>
        </section>
        {looked === undefined ? (
          <Alert
            type="info"
            title={t("填写证件号码与目的后查看。", "Give the number and the purpose to see anything.")}
          />
        ) : (
          <Tabs
            key={looks}
            destroyOnHidden={false}
            items={[
              {
                key: "score",
                label: t("评分", "Score"),
                children: <ScoreOfPerson looked={looked} session={session} />,
              },
              ...(mayReadFiles
                ? [
                    {
                      key: "who",
                      label: t("谁查询过", "Who asked"),
                      children: <WhoAskedPerson looked={looked} />,
                    },
                    {
                      key: "file",
                      label: t("记录与档案", "Records and file"),
                      children: <FileOfPerson looked={looked} session={session} />,
                    },
                  ]
                : []),
            ]}
          />
        )}
      </div>
    </>
  );
}
