import { toBase64 } from "../../../src/sdk/bytes.ts";
import { Alert, Upload } from "antd";
import { useState } from "react";
import { Code, Facts, State, Time } from "../../parts/values.tsx";
import { useText } from "../../shell/preferences.tsx";
import { rootSnOf } from "../../../src/sdk/keys/certificate.ts";
import { readCertificateFile, type ShownCertificate } from "../../wire/certificate-file.ts";
import { DerError } from "../../../src/sdk/keys/der.ts";
import { KeyTextError, readKeyText } from "../../wire/key-text.ts";

interface ReadFile {
  readonly name: string;
  /** None where the file holds none. */
  readonly certificates: readonly ShownCertificate[];
}

const filesLimit = 10;
const fileLimitBytes = 262_144;

/** The serials that certificate mode sends, of the files that are dropped here. */
export function CertificatePanel({ modulus }: { modulus: bigint | undefined }) {
  const t = useText();
  const [files, setFiles] = useState<readonly ReadFile[]>([]);
  const take = async (file: File): Promise<void> => {
    const bytes = file.size > fileLimitBytes ? new Uint8Array() : new Uint8Array(await file.arrayBuffer());
    const read = { name: file.name, certificates: certificatesIn(bytes) };
    setFiles((before) => [read, ...before.filter(({ name }) => name !== file.name)].slice(0, filesLimit));
  };
  return (
    <section className="panel stack" aria-labelledby="certificates">
      <h2 id="certificates" style={{ margin: 0 }}>
        {t("证书序列号", "Certificate serials")}
      </h2>
      <Upload.Dragger
        multiple
        accept=".crt,.cer,.pem,.der"
        showUploadList={false}
        beforeUpload={(file: File) => {
          void take(file);
          return false;
        }}
      >
        {t("拖入证书文件：应用公钥证书、平台证书、根证书", "Drop certificates: the app's, the platform's, the root's")}
      </Upload.Dragger>
      {files.map((file) => (
        <FileReading key={file.name} file={file} modulus={modulus} />
      ))}
    </section>
  );
}

function certificatesIn(bytes: Uint8Array<ArrayBuffer>): readonly ShownCertificate[] {
  try {
    return readCertificateFile(bytes);
  } catch (error) {
    if (error instanceof DerError) return [];
    throw error;
  }
}

function FileReading({ file, modulus }: { file: ReadFile; modulus: bigint | undefined }) {
  const t = useText();
  const { name, certificates } = file;
  const [first] = certificates;
  if (first === undefined)
    return <Alert type="error" showIcon title={t(`${name} 里没有证书`, `${name} holds no certificate`)} />;
  const rootSn = rootSnOf(certificates);
  return (
    <div className="stack">
      <h3 style={{ margin: 0 }}>{name}</h3>
      <Facts
        columns={1}
        facts={[
          ["app_cert_sn / alipay_cert_sn", <Code copy>{first.sn}</Code>],
          certificates.length === 1 && first.issuer !== first.subject
            ? undefined
            : [
                "alipay_root_cert_sn",
                rootSn === "" ? t("没有 RSA 签名的证书", "none is signed with RSA") : <Code copy>{rootSn}</Code>,
              ],
          [t("证书数", "Certificates"), String(certificates.length)],
          [t("使用者", "Subject"), first.subject],
          [t("签发者", "Issuer"), first.issuer],
          [t("有效期至", "Valid until"), <Time at={first.notAfter} />],
          modulus === undefined
            ? undefined
            : [
                t("与左侧密钥", "With the key given"),
                <State tone={modulusOf(first) === modulus ? "good" : "warn"}>
                  {modulusOf(first) === modulus
                    ? t("成对", "belongs together")
                    : t("不成对", "does not belong together")}
                </State>,
              ],
        ]}
      />
    </div>
  );
}

function modulusOf({ spki }: ShownCertificate): bigint | undefined {
  try {
    return readKeyText(toBase64(spki)).modulus;
  } catch (error) {
    if (error instanceof KeyTextError) return undefined;
    throw error;
  }
}
