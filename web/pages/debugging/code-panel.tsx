import { Alert, Segmented } from "antd";
import { useEffect, useState } from "react";
import { CodeBlock } from "../../parts/code-block.tsx";
import { useText } from "../../shell/preferences.tsx";
import { type CallDraft, type Parameters, parametersOf } from "../../wire/call.ts";
import { snippets } from "../../wire/snippets/index.ts";
import { keyFile } from "../../wire/snippets/snippet.ts";

type Language = (typeof snippets)[number]["key"];

/** The same call in seven languages, with the very values; each reads the private key from a file. */
export function CodePanel({ draft }: { draft: CallDraft }) {
  const t = useText();
  const [language, setLanguage] = useState<Language>("curl");
  const [parameters, setParameters] = useState<Parameters>();
  useEffect(() => {
    // A program writes UTF-8 and in the clear: encryption has its own chapter in the guide.
    const plain: CallDraft = { ...draft, charset: "utf-8", encryption: undefined };
    void parametersOf(plain).then((all) =>
      setParameters(Object.fromEntries(Object.entries(all).filter(([name]) => name !== "timestamp"))),
    );
  }, [draft]);
  const snippet = snippets.find(({ key }) => key === language) ?? snippets[0];
  if (parameters === undefined) return null;
  const gateway = `${location.origin}/gateway.do`;
  const { files, signType } = draft;
  return (
    <div className="stack">
      <Segmented<Language>
        value={language}
        onChange={setLanguage}
        aria-label={t("语言", "Language")}
        options={snippets.map(({ key, title }) => ({ value: key, label: title }))}
        className="languages"
      />
      {(draft.encryption !== undefined || draft.charset !== "utf-8") && (
        <Alert
          type="info"
          showIcon
          title={t("代码用 UTF-8、不加密发送同样的内容。", "The code sends the same in UTF-8 and in the clear.")}
        />
      )}
      <CodeBlock text={snippet.make({ gateway, parameters, files, signType })} label={snippet.fileName} />
      <p className="quiet">
        {t("把应用私钥（PKCS#8 PEM）存为", "Save the app's private key (PKCS#8, PEM) as")} <code>{keyFile}</code>
        {t("，运行", ", then run")} <code>{snippet.run}</code>
      </p>
    </div>
  );
}
