import { Alert, Button, Empty, Input } from "antd";
import { useState } from "react";
import { useSend } from "../../api/queries.ts";
import type { ReplyOf } from "../../api/client.ts";
import { PageHead } from "../../parts/page-head.tsx";
import { ProblemAlert } from "../../parts/problem.tsx";
import { isSandbox } from "../../shell/environment-badge.tsx";
import { useBilingual, useText } from "../../shell/preferences.tsx";
import { DifferingStrings } from "./differing-strings.tsx";
import "../requests/requests.css";
import "../debugging/debugging.css";
import "./doctor.css";

type Diagnosis = ReplyOf<"POST /api/sandbox/diagnoses">;

const examples = [
  "curl 'https://…/gateway.do' -d 'app_id=…&sign=…'",
  "POST /gateway.do?charset=utf-8 HTTP/1.1",
  "https://…/gateway.do?app_id=…&sign=…",
  "app_id=…&biz_content={…}&charset=utf-8&…",
].join("\n");

/** Why a signature does not verify: paste what was sent, or what was signed. */
export default function DoctorPage() {
  const t = useText();
  const [text, setText] = useState("");
  const [publicKey, setPublicKey] = useState("");
  const diagnose = useSend("POST /api/sandbox/diagnoses");
  const run = (): void =>
    diagnose.mutate({ body: { request: text, ...(publicKey.trim() === "" ? {} : { publicKey: publicKey.trim() }) } });
  return (
    <>
      <PageHead
        title={t("签名诊断", "Signature doctor")}
        about={t(
          "验签失败？粘贴请求、curl、URL、日志行或待签名字符串，看哪里不对。",
          "A signature does not verify? Paste the request, a curl, URL, log line or string to sign, and see why.",
        )}
      />
      {!isSandbox && (
        <Alert
          type="info"
          showIcon
          title={t(
            "生产环境请在本机运行 kaimen doctor signature",
            "In production, run kaimen doctor signature on your machine",
          )}
        />
      )}
      {isSandbox && (
        <div className="debug">
          <section className="panel stack" aria-labelledby="pasted">
            <h2 id="pasted" style={{ margin: 0 }}>
              {t("粘贴", "Paste")}
            </h2>
            <div className="debug-field">
              <label htmlFor="request">
                {t("请求、curl、URL、日志行或待签名字符串", "Request, curl, URL, log line or string to sign")}
              </label>
              <Input.TextArea
                id="request"
                className="mono"
                rows={12}
                maxLength={65_536}
                value={text}
                placeholder={examples}
                onChange={(event) => setText(event.target.value)}
                spellCheck={false}
                autoComplete="off"
              />
            </div>
            <div className="debug-field">
              <label htmlFor="public-key">
                {t("应用公钥（选填，默认用已登记的）", "The app's public key; the registered one when empty")}
              </label>
              <Input.TextArea
                id="public-key"
                className="mono"
                rows={2}
                maxLength={16_384}
                value={publicKey}
                onChange={(event) => setPublicKey(event.target.value)}
                spellCheck={false}
                autoComplete="off"
              />
            </div>
            <div>
              <Button type="primary" disabled={text.trim() === ""} loading={diagnose.isPending} onClick={run}>
                {t("诊断", "Diagnose")}
              </Button>
            </div>
          </section>
          <div className="stack">
            {diagnose.isError && <ProblemAlert error={diagnose.error} />}
            {diagnose.data !== undefined && !diagnose.isError ? (
              <Found diagnosis={diagnose.data} />
            ) : (
              <section className="panel">
                <Empty
                  image={Empty.PRESENTED_IMAGE_SIMPLE}
                  description={t(
                    "这里显示诊断结论、两个待签名字符串与第一个不同的字节。",
                    "The diagnosis, both strings to sign and the first differing byte show here.",
                  )}
                />
              </section>
            )}
          </div>
        </div>
      )}
    </>
  );
}

function Found({ diagnosis }: { diagnosis: Diagnosis }) {
  const t = useText();
  const say = useBilingual();
  const { read, verifies, findings, expected, signed, differsAt, differsIn } = diagnosis;
  const isString = read === "string";
  return (
    <section className="panel stack" aria-labelledby="found" aria-live="polite">
      <h2 id="found" style={{ margin: 0 }}>
        {t("诊断", "Diagnosis")}
      </h2>
      {verifies ? (
        <Alert
          type="success"
          showIcon
          title={
            isString ? t("与网关生成的一致", "It is as the gateway makes it") : t("验签通过", "The signature verifies")
          }
        />
      ) : (
        findings.map((finding) => (
          <Alert
            key={finding.name}
            type="error"
            showIcon
            title={say(finding)}
            description={<code>{finding.name}</code>}
          />
        ))
      )}
      {differsAt !== undefined && (
        <p style={{ margin: 0 }}>
          {t(`第一个不同的字节：第 ${differsAt + 1} 个`, `The first differing byte is number ${differsAt + 1}`)}
          {differsIn !== undefined && (
            <>
              {t("，在 ", ", in ")}
              <code>{differsIn}</code>
            </>
          )}
        </p>
      )}
      <DifferingStrings expected={expected} signed={verifies ? undefined : signed} isPasted={isString} />
    </section>
  );
}
