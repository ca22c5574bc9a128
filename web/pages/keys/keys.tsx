import { toBase64 } from "../../../src/sdk/bytes.ts";
import { Alert, Button, Input, Segmented } from "antd";
import { useState } from "react";
import { PageHead } from "../../parts/page-head.tsx";
import { State } from "../../parts/values.tsx";
import { useText } from "../../shell/preferences.tsx";
import { generateKeyPair } from "../../wire/csr.ts";
import { canSign } from "../../wire/signatures.ts";
import { CertificatePanel } from "./certificate-panel.tsx";
import { CsrForm } from "./csr-form.tsx";
import { type KeyReading, readKeyOrCertificate, useKeyFault } from "./key-reading.ts";
import { KeyForms } from "./key-forms.tsx";
import "../requests/requests.css";
import "../debugging/debugging.css";

const sizes = [2048, 4096] as const;

/** Keys and certificates, made and read in the browser: nothing of this page is sent anywhere. */
export default function KeysPage() {
  const t = useText();
  const [privateText, setPrivateText] = useState("");
  const [publicText, setPublicText] = useState("");
  const [bits, setBits] = useState<(typeof sizes)[number]>(2048);
  const [isBusy, setIsBusy] = useState(false);
  const privateKey = readKeyOrCertificate(privateText);
  const publicKey = readKeyOrCertificate(publicText);

  const generate = async (): Promise<void> => {
    setIsBusy(true);
    try {
      const made = await generateKeyPair(bits);
      setPrivateText(toBase64(made.pkcs8));
      setPublicText(toBase64(made.spki));
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <>
      <PageHead
        title={t("密钥工具", "Key tools")}
        about={t(
          "生成、转换、配对、CSR 与证书序列号：全部在浏览器里完成，什么都不会发送或保存。",
          "Generate, convert, match, request certificates and read their serials: all in the browser; nothing is sent or kept.",
        )}
      />
      <div className="debug">
        <section className="panel stack" aria-labelledby="keys">
          <h2 id="keys" style={{ margin: 0 }}>
            {t("密钥", "Keys")}
          </h2>
          {canSign() ? (
            <div className="row">
              <Segmented
                value={bits}
                onChange={setBits}
                aria-label={t("位数", "Bits")}
                options={sizes.map((value) => ({ value, label: `RSA ${value}` }))}
              />
              <Button type="primary" loading={isBusy} onClick={() => void generate()}>
                {t("生成一对密钥", "Generate a pair")}
              </Button>
            </div>
          ) : (
            <Alert
              type="warning"
              showIcon
              title={t(
                "浏览器只在 https 或 localhost 下生成密钥与 CSR；转换和比对不受影响。",
                "Keys and requests are made on https and localhost only; converting and matching work all the same.",
              )}
            />
          )}
          <KeyField
            id="key-private"
            label={t("密钥：私钥或公钥，任何格式", "A key: private or public, in any form")}
            value={privateText}
            onChange={setPrivateText}
            reading={privateKey}
          />
          <KeyField
            id="key-public"
            label={t("要配对的公钥或证书", "The public key or certificate it should belong to")}
            value={publicText}
            onChange={setPublicText}
            reading={publicKey}
          />
          <Match left={privateKey} right={publicKey} />
        </section>
        <div className="stack">
          {privateKey.key !== undefined && <KeyForms read={privateKey.key} />}
          {privateKey.key?.pkcs8 !== undefined && canSign() && <CsrForm privateKey={privateText} />}
          <CertificatePanel modulus={privateKey.key?.modulus} />
        </div>
      </div>
    </>
  );
}

function KeyField(field: {
  id: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  reading: KeyReading;
}) {
  const { id, label, value, onChange, reading } = field;
  const t = useText();
  const faultText = useKeyFault();
  const { key, fault, isCertificate } = reading;
  const names = { pkcs8: "PKCS#8", pkcs1: "PKCS#1", spki: "SPKI", "pkcs1-public": "PKCS#1" };
  return (
    <div className="debug-field">
      <label htmlFor={id}>{label}</label>
      <Input.TextArea
        id={id}
        className="mono"
        rows={5}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        spellCheck={false}
        autoComplete="off"
        status={fault === undefined ? "" : "error"}
        aria-describedby={`${id}-is`}
      />
      <small id={`${id}-is`} className={fault === undefined ? "quiet" : "bad"}>
        {fault !== undefined && faultText(fault)}
        {key !== undefined &&
          [
            isCertificate
              ? t("证书", "certificate")
              : key.isPrivate
                ? t("私钥", "private key")
                : t("公钥", "public key"),
            ...(isCertificate ? [] : [names[key.form], key.isPem ? "PEM" : t("一行 base64", "one line")]),
            t(`${key.bits} 位`, `${key.bits} bits`),
          ].join(" · ")}
      </small>
    </div>
  );
}

function Match({ left, right }: { left: KeyReading; right: KeyReading }) {
  const t = useText();
  if (left.key === undefined || right.key === undefined) return null;
  const isPair = left.key.modulus === right.key.modulus;
  return (
    <div role="status">
      <State tone={isPair ? "good" : "bad"}>
        {isPair
          ? t("成对：是同一对密钥", "They belong together")
          : t("不成对：不是同一对密钥", "They do not belong together")}
      </State>
      {left.key.bits < 2048 && <State tone="warn">{t("RSA2 要求至少 2048 位", "RSA2 wants 2048 bits at least")}</State>}
    </div>
  );
}
