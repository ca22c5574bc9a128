import { toBase64 } from "../../../src/sdk/bytes.ts";
import { Tabs } from "antd";
import { CodeBlock } from "../../parts/code-block.tsx";
import { useText } from "../../shell/preferences.tsx";
import { pemLabels, type ReadKey, toPem } from "../../wire/key-text.ts";

/** One key in every form in which a platform or a library wants it. */
export function KeyForms({ read }: { read: ReadKey }) {
  const t = useText();
  const { pkcs8, pkcs1, spki, pkcs1Public } = read;
  const forms = [
    {
      key: "pkcs8",
      title: t("私钥 PKCS#8（Java、C#）", "Private, PKCS#8 (Java, C#)"),
      der: pkcs8,
      label: pemLabels.pkcs8,
    },
    {
      key: "pkcs1",
      title: t("私钥 PKCS#1（PHP、Python、Node）", "Private, PKCS#1 (PHP, Python, Node)"),
      der: pkcs1,
      label: pemLabels.pkcs1,
    },
    { key: "spki", title: t("公钥（登记到平台）", "Public (for the platform)"), der: spki, label: pemLabels.spki },
    {
      key: "pkcs1-public",
      title: t("公钥 PKCS#1", "Public, PKCS#1"),
      der: pkcs1Public,
      label: pemLabels["pkcs1-public"],
    },
  ];
  return (
    <section className="panel" aria-labelledby="forms">
      <h2 id="forms">{t("转换", "Converted")}</h2>
      <Tabs
        items={forms.flatMap(({ key, title, der, label }) =>
          der === undefined
            ? []
            : [
                {
                  key,
                  label: title,
                  children: (
                    <div className="stack">
                      <CodeBlock
                        text={toBase64(der)}
                        label={t("一行（SDK 与平台用）", "One line (for SDKs and the platform)")}
                      />
                      <CodeBlock text={toPem(label, der)} label="PEM" />
                    </div>
                  ),
                },
              ],
        )}
      />
    </section>
  );
}
