import { Button, Segmented } from "antd";
import { useState } from "react";
import { CodeBlock } from "../../parts/code-block.tsx";
import { useText } from "../../shell/preferences.tsx";
import { rawCurl } from "./raw-curl.ts";
import type { Whole } from "./why.tsx";

type Reading = "decoded" | "raw";

/** The request as it was sent: its head, its parameters as they came and as they were read, its files. */
export function RequestPanel({ whole }: { whole: Whole }) {
  const t = useText();
  const [reading, setReading] = useState<Reading>("decoded");
  const { head, body, parameters, files, bizContent, charset } = whole;
  const curl = rawCurl(whole, location.origin);
  return (
    <section className="panel" aria-labelledby="request">
      <h2 id="request">{t("请求", "Request")}</h2>
      <div className="row" style={{ justifyContent: "space-between", marginBottom: 8 }}>
        <span className="quiet">
          <code>
            {head.method} {head.target.split("?", 1)[0]}
          </code>{" "}
          HTTP/{head.httpVersion} · {charset} · {t(`正文 ${body.bytes} 字节`, `${body.bytes} bytes of body`)}
        </span>
        <Segmented<Reading>
          value={reading}
          onChange={setReading}
          aria-label={t("参数的读法", "How parameters are shown")}
          options={[
            { value: "decoded", label: t("解码后", "Decoded") },
            { value: "raw", label: t("原始", "As sent") },
          ]}
        />
      </div>
      <table className="pairs">
        <tbody>
          {parameters.map(({ place, name, raw, value }, index) => (
            <tr key={index}>
              <th scope="row">
                <code>{name}</code>
                <br />
                <small>{place === "query" ? t("地址", "query") : t("正文", "body")}</small>
              </th>
              <td>
                {reading === "raw" ? (
                  raw
                ) : value === null ? (
                  <span className="bad">{t(`不是有效的 ${charset} 字节`, `no valid ${charset} bytes`)}</span>
                ) : (
                  value
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {parameters.length === 0 && <p className="quiet">{t("没有参数。", "No parameters.")}</p>}
      {bizContent !== null && (
        <>
          <h3>
            {whole.verification.isEncrypted
              ? t("biz_content（解密后）", "biz_content, decrypted")
              : t("biz_content（排版后）", "biz_content, laid out")}
          </h3>
          <CodeBlock text={bizContent} label="biz_content" isJson />
        </>
      )}
      {files.map((file) => (
        <FilePreview key={file.name} file={file} />
      ))}
      <h3>{t("请求头", "Headers")}</h3>
      <Headers pairs={head.headers} />
      {curl !== undefined && (
        <>
          <h3>
            {t(
              "原样重发（同一请求再发一次，返回原来的应答，不重复计费）",
              "Send the same again: it gets the same reply and is not billed twice",
            )}
          </h3>
          <CodeBlock text={curl} label="curl" />
        </>
      )}
    </section>
  );
}

export function Headers({ pairs }: { pairs: readonly (readonly string[])[] }) {
  return (
    <table className="pairs">
      <tbody>
        {pairs.map(([name, value], index) => (
          <tr key={index}>
            <th scope="row">
              <code>{name}</code>
            </th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function FilePreview({ file }: { file: Whole["files"][number] }) {
  const t = useText();
  const { name, fileName, bytes, base64, isCut } = file;
  const save = (): void => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytesOf(base64)]));
    link.download = fileName;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <>
      <h3>
        {t("文件", "File")} <code>{name}</code>
      </h3>
      {base64 === "" ? (
        <p className="quiet">
          <code>{fileName}</code> · {bytes} {t("字节，内容未保留", "bytes; the content is not kept")}
        </p>
      ) : (
        <CodeBlock
          text={new TextDecoder().decode(bytesOf(base64))}
          label={`${fileName} · ${bytes} ${t("字节", "bytes")}${isCut ? t("，仅开头", ", its beginning") : ""}`}
          isJson={!isCut}
          actions={
            !isCut && (
              <Button size="small" type="text" onClick={save}>
                {t("保存", "Save")}
              </Button>
            )
          }
        />
      )}
    </>
  );
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
