import { CodeBlock } from "../../parts/code-block.tsx";
import { Facts, State } from "../../parts/values.tsx";
import { useText } from "../../shell/preferences.tsx";
import type { Whole } from "./why.tsx";

/** What the gateway expected to be signed, and what came of the comparison. */
export function VerificationPanel({ whole: { verification } }: { whole: Whole }) {
  const t = useText();
  const { holds, signType, stringToSign, key, deviations, mode, isEncrypted } = verification;
  return (
    <section className="panel" aria-labelledby="verification">
      <h2 id="verification">{t("签名", "Signature")}</h2>
      <div className="stack">
        <Facts
          facts={[
            [
              t("验签", "Verification"),
              holds === null ? (
                <State tone="plain">{t("未到这一步", "not reached")}</State>
              ) : holds ? (
                <State tone="good">{t("通过", "holds")}</State>
              ) : (
                <State tone="bad">{t("不通过", "does not hold")}</State>
              ),
            ],
            ["sign_type", <code key="type">{signType}</code>],
            [
              t("密钥", "Key"),
              key === null
                ? "—"
                : key === "current"
                  ? t("当前公钥", "the current one")
                  : t("下一把公钥（轮换中）", "the next one (being changed)"),
            ],
            [
              t("模式", "Mode"),
              `${mode === "certificate" ? t("证书", "certificate") : t("公钥", "key")}${
                isEncrypted ? t("，内容加密", ", encrypted") : ""
              }`,
            ],
            deviations.length === 0
              ? undefined
              : [t("被容许的偏差", "Deviations taken"), <code key="deviations">{deviations.join(", ")}</code>],
          ]}
        />
        {stringToSign !== null && (
          <CodeBlock text={stringToSign} label={t("网关的待签名字符串", "The string to sign, by the gateway")} />
        )}
      </div>
    </section>
  );
}
