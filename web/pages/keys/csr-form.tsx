import { Alert, Button, Input } from "antd";
import { useState } from "react";
import { CodeBlock } from "../../parts/code-block.tsx";
import { useText } from "../../shell/preferences.tsx";
import { createCsr, type CsrSubject } from "../../wire/csr.ts";
import { toPem } from "../../wire/key-text.ts";

const noSubject: CsrSubject = { commonName: "", organisation: "", organisationalUnit: "", country: "CN" };
const longest = 64;

/** A request for a certificate of the key above, to be signed by the platform. */
export function CsrForm({ privateKey }: { privateKey: string }) {
  const t = useText();
  const [subject, setSubject] = useState(noSubject);
  const [made, setMade] = useState<{ readonly pem: string; readonly of: string }>();
  const isCountry = /^(?:[A-Z]{2})?$/.test(subject.country);
  const create = async (): Promise<void> =>
    setMade({ pem: toPem("CERTIFICATE REQUEST", await createCsr(subject, privateKey)), of: privateKey });
  const fields: readonly (readonly [keyof CsrSubject, string])[] = [
    ["commonName", t("CN：应用的 app_id 或名称", "CN: the app's id or name")],
    ["organisation", t("O：公司", "O: company")],
    ["organisationalUnit", t("OU：部门（选填）", "OU: department, optional")],
    ["country", t("C：国家，两个大写字母", "C: country, two capital letters")],
  ];
  return (
    <section className="panel stack" aria-labelledby="csr">
      <h2 id="csr" style={{ margin: 0 }}>
        {t("证书请求（CSR）", "Certificate request (CSR)")}
      </h2>
      {fields.map(([name, label]) => (
        <label key={name} className="debug-field">
          <span className="quiet">{label}</span>
          <Input
            value={subject[name]}
            maxLength={name === "country" ? 2 : longest}
            onChange={(event) => setSubject({ ...subject, [name]: event.target.value })}
          />
        </label>
      ))}
      {!isCountry && <Alert type="warning" title={t("国家为两个大写字母，或留空", "Two capital letters, or none")} />}
      <div>
        <Button disabled={subject.commonName.trim() === "" || !isCountry} onClick={() => void create()}>
          {t("生成 CSR", "Make the request")}
        </Button>
      </div>
      {made !== undefined && made.of === privateKey && <CodeBlock text={made.pem} label="app.csr" />}
    </section>
  );
}
