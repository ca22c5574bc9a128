import { Alert, Input, Segmented, Select, Tag } from "antd";
import type { ReactNode } from "react";
import { useText } from "../../shell/preferences.tsx";
import { canSign } from "../../wire/signatures.ts";
import { encryptTypes } from "../../wire/encryption.ts";
import type { DebugState } from "./debug-state.ts";
import type { CallKeys } from "./material.ts";

interface KeysFormParts {
  readonly keys: CallKeys;
  readonly isOwn: boolean;
  readonly hasMaterial: boolean;
  readonly state: DebugState;
  readonly setKeys: (keys: CallKeys) => void;
  readonly setIsOwn: (isOwn: boolean) => void;
  readonly setState: (state: DebugState) => void;
}

/** Who calls, and how it is signed, encoded and encrypted. */
export function KeysForm({ keys, isOwn, hasMaterial, state, setKeys, setIsOwn, setState }: KeysFormParts) {
  const t = useText();
  return (
    <section className="panel stack" aria-labelledby="caller">
      <h2 id="caller" style={{ margin: 0 }}>
        {t("谁来调用", "Who calls")}
      </h2>
      {!canSign() && (
        <Alert
          type="error"
          showIcon
          title={t("浏览器在此地址下不能签名", "The browser signs nothing at this address")}
          description={t(
            "WebCrypto 只在 https 或 localhost 下可用：改用其中之一打开本页。",
            "WebCrypto works on https and on localhost only: open the page at one of these.",
          )}
        />
      )}
      {hasMaterial && (
        <Segmented<"sandbox" | "own">
          value={isOwn ? "own" : "sandbox"}
          onChange={(value) => setIsOwn(value === "own")}
          aria-label={t("应用", "App")}
          options={[
            { value: "sandbox", label: t("沙箱示例应用", "The sandbox's app") },
            { value: "own", label: t("自己的应用", "An app of mine") },
          ]}
        />
      )}
      {isOwn ? (
        <OwnKeys keys={keys} setKeys={setKeys} state={state} />
      ) : (
        <div>
          <code>{keys.appId}</code> <Tag>{t("密钥已就绪", "keys are ready")}</Tag>
        </div>
      )}
      <div className="debug-options">
        <Field label={t("签名", "Signature")}>
          <Segmented<DebugState["signType"]>
            value={state.signType}
            onChange={(signType) => setState({ ...state, signType })}
            options={["RSA2", "RSA"]}
          />
        </Field>
        <Field label={t("模式", "Mode")}>
          <Segmented<DebugState["mode"]>
            value={state.mode}
            onChange={(mode) => setState({ ...state, mode })}
            options={[
              { value: "key", label: t("公钥", "Key") },
              { value: "certificate", label: t("证书", "Certificate") },
            ]}
          />
        </Field>
        <Field label={t("字符集", "Charset")}>
          <Segmented<DebugState["charset"]>
            value={state.charset}
            onChange={(charset) => setState({ ...state, charset })}
            options={[
              { value: "utf-8", label: "UTF-8" },
              { value: "gbk", label: "GBK" },
            ]}
          />
        </Field>
        <Field label={t("内容加密", "Encryption")}>
          <Select
            value={state.encryptType ?? "none"}
            onChange={(value) => setState({ ...state, encryptType: encryptTypes.find((each) => each === value) })}
            aria-label={t("内容加密", "Encryption")}
            options={[
              { value: "none", label: t("不加密", "None") },
              ...encryptTypes.map((value) => ({ value, label: value })),
            ]}
            style={{ width: 108 }}
          />
        </Field>
      </div>
    </section>
  );
}

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="debug-field" role="group" aria-label={label}>
      <span className="quiet">{label}</span>
      {children}
    </div>
  );
}

function OwnKeys({ keys, setKeys, state }: Pick<KeysFormParts, "keys" | "setKeys" | "state">) {
  const t = useText();
  const text = (name: keyof CallKeys, label: string, rows: number) => (
    <label className="debug-field">
      <span className="quiet">{label}</span>
      {rows === 1 ? (
        <Input
          className="mono"
          value={keys[name]}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setKeys({ ...keys, [name]: event.target.value.trim() })}
        />
      ) : (
        <Input.TextArea
          className="mono"
          rows={rows}
          value={keys[name]}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setKeys({ ...keys, [name]: event.target.value })}
        />
      )}
    </label>
  );
  return (
    <div className="stack">
      <Alert
        type="info"
        showIcon
        title={t(
          "私钥只留在这个页面的内存里，用来在浏览器中签名；从不发送，离开页面即忘。",
          "The private key stays in this page's memory to sign in the browser; it is never sent, and forgotten when you leave.",
        )}
      />
      {text("appId", "app_id", 1)}
      {text(
        "privateKey",
        t("应用私钥（PKCS#8 或 PKCS#1，PEM 或一行）", "App private key (PKCS#8 or #1, PEM or one line)"),
        4,
      )}
      {text("alipayPublicKey", t("网关公钥（用来验证应答）", "The gateway's public key, to verify replies"), 2)}
      {state.encryptType !== undefined && text("encryptKey", t("AES 密钥（base64）", "AES key (base64)"), 1)}
      {state.mode === "certificate" && text("appCert", t("应用公钥证书（PEM）", "App certificate (PEM)"), 3)}
      {state.mode === "certificate" && text("rootCert", t("根证书（PEM）", "Root certificate (PEM)"), 3)}
    </div>
  );
}
