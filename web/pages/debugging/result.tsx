import { Alert, Tabs } from "antd";
import { Link } from "react-router";
import { CodeBlock } from "../../parts/code-block.tsx";
import { State } from "../../parts/values.tsx";
import { useBilingual, useText } from "../../shell/preferences.tsx";
import { readCertificates } from "../../../src/sdk/keys/certificate.ts";
import { CodePanel } from "./code-panel.tsx";
import type { Method } from "./fields-form.tsx";
import type { Material } from "./material.ts";
import type { MadeCall } from "./send-call.ts";

interface ResultParts {
  readonly made: MadeCall;
  readonly method: Method;
  readonly gatewayErrors: Method["errors"];
  readonly material: Material | undefined;
  readonly canRead: boolean;
}

/** What came back, whether its signature holds, and everything that went there. */
export function Result({ made, method, gatewayErrors, material, canRead }: ResultParts) {
  const t = useText();
  const say = useBilingual();
  const { reply, built, expected, traceId, tookMs } = made;
  const { subCode, code } = reply;
  const error = [...method.errors, ...gatewayErrors].find((each) => each.subCode === subCode);
  const isGood = code === "10000" || (subCode === undefined && code === undefined);
  return (
    <section className="panel" aria-labelledby="result" aria-live="polite">
      <h2 id="result">{t("结果", "Result")}</h2>
      <div className="row">
        <State tone={isGood ? "good" : "bad"}>
          <span className="mono">{subCode ?? code ?? `HTTP ${made.status}`}</span>
        </State>
        <Verification made={made} material={material} />
        <span className="quiet number">{Math.round(tookMs)} ms</span>
        {traceId !== undefined && canRead && (
          <Link to={`/requests/${traceId}`}>{t("查看每一步", "See each step")}</Link>
        )}
      </div>
      {expected !== undefined && (
        <Alert
          style={{ marginTop: 12 }}
          type={expected === subCode ? "success" : "error"}
          showIcon
          title={
            expected === subCode
              ? t(`如文档所述：${expected}`, `As documented: ${expected}`)
              : t(`文档说是 ${expected}`, `The documents say ${expected}`)
          }
        />
      )}
      {error !== undefined && (
        <p>
          {say(error.cause)} <strong>{say(error.remedy)}</strong>
        </p>
      )}
      <Tabs
        items={[
          {
            key: "reply",
            label: t("应答", "Reply"),
            children: (
              <div className="stack">
                <CodeBlock text={reply.text} label={t("原文（排版后）", "As it came, laid out")} isJson />
                {reply.content !== undefined && !reply.text.includes(reply.content) && (
                  <CodeBlock text={reply.content} label={t("解密后", "Decrypted")} isJson />
                )}
              </div>
            ),
          },
          {
            key: "signed",
            label: t("待签名字符串", "String to sign"),
            children: (
              <CodeBlock text={built.stringToSign} label={t("签名的就是这些字节", "These bytes were signed")} />
            ),
          },
          {
            key: "request",
            label: t("请求", "Request"),
            children: (
              <div className="stack">
                <CodeBlock text={JSON.stringify(built.parameters)} label={t("全部参数", "All parameters")} isJson />
                <CodeBlock
                  text={`POST /gateway.do\ncontent-type: ${built.contentType}\n\n${built.bodyText}`}
                  label={t(`发出的请求 · ${built.body.length} 字节`, `As sent · ${built.body.length} bytes`)}
                />
              </div>
            ),
          },
          { key: "code", label: t("代码", "Code"), children: <CodePanel draft={made.draft} /> },
        ]}
      />
    </section>
  );
}

function Verification({ made, material }: { made: MadeCall; material: Material | undefined }) {
  const t = useText();
  const { verification, certificateSn } = made.reply;
  const texts = {
    holds: t("应答验签通过", "the reply verifies"),
    fails: t("应答验签不通过", "the reply does not verify"),
    unsigned: t("应答未签名（网关不认识调用方时如此）", "unsigned: the gateway did not know the caller"),
    "no-key": t("未验签：缺网关公钥", "not verified: no gateway key given"),
  };
  const isOurs =
    certificateSn !== undefined &&
    material !== undefined &&
    readCertificates(material.alipayCert)[0]?.sn === certificateSn;
  return (
    <>
      <State tone={verification === "holds" ? "good" : verification === "fails" ? "bad" : "plain"}>
        {texts[verification]}
      </State>
      {certificateSn !== undefined && (
        <State tone={isOurs ? "good" : "plain"}>
          {isOurs ? t("证书序列号相符", "certificate as known") : <code>{certificateSn}</code>}
        </State>
      )}
    </>
  );
}
