import { Alert, App, Button, Empty } from "antd";
import { useEffect, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { mayCall, type Session } from "../../api/session.ts";
import { isSandbox } from "../../shell/environment-badge.tsx";
import { useText } from "../../shell/preferences.tsx";
import { timestampOf } from "../../wire/call.ts";
import type { Mistake } from "../../wire/mistakes.ts";
import { type DebugState, hashOf, stateIn, usualState } from "./debug-state.ts";
import { FieldsForm, type Method } from "./fields-form.tsx";
import { type ChosenFile, FileGrid } from "./file-grid.tsx";
import { useHistory } from "./history.ts";
import { KeysForm } from "./keys-form.tsx";
import { draftOf } from "./draft.ts";
import { type CallKeys, keysOf, type Material, newTransactionId, noKeys, suggestion } from "./material.ts";
import { MistakesButton } from "./mistakes-button.tsx";
import { PastCalls } from "./past-calls.tsx";
import { columnsIn, type Row, rowsIn } from "./record-file.ts";
import { Result } from "./result.tsx";
import { type MadeCall, makeCall, sendBuilt } from "./send-call.ts";
import { useFaultText } from "./fault-text.ts";

interface BenchParts {
  readonly method: Method;
  readonly gatewayErrors: Method["errors"];
  readonly material: Material | undefined;
  readonly session: Session;
}

function firstState(method: Method, material: Material | undefined, hash: string): DebugState {
  const linked = stateIn(hash);
  if (linked !== undefined) return linked;
  const texts = method.request.filter(({ type, required }) => type === "string" && required);
  return {
    ...usualState,
    person: method.auth === "user" ? material?.people[0]?.userId : undefined,
    fields: Object.fromEntries(texts.map(({ name, example }) => [name, suggestion(name, example, material)])),
  };
}

/** Of the documented example, with one of the sandbox's people in it. */
function firstRow(method: Method, material: Material | undefined): Row {
  const example = rowsIn(method.request.find(({ type }) => type === "file")?.example ?? "")[0] ?? {};
  const person = material?.people[0];
  if (person === undefined) return example;
  const { name, credentialsType, credentialsNo, orders } = person;
  return {
    ...example,
    user_name: name,
    user_credentials_type: credentialsType,
    user_credentials_no: credentialsNo,
    order_no: orders[0] ?? example["order_no"] ?? "",
  };
}

/** One method to be called, with everything that was put together for it; keys live here and are gone with it. */
export function Bench({ method, gatewayErrors, material, session }: BenchParts) {
  const t = useText();
  const navigate = useNavigate();
  const { message } = App.useApp();
  const faultText = useFaultText();
  const { hash } = useLocation();
  const [state, setState] = useState(() => firstState(method, material, hash));
  const [isOwn, setIsOwn] = useState(material === undefined);
  const [ownKeys, setOwnKeys] = useState<CallKeys>(noKeys);
  const [authToken, setAuthToken] = useState("");
  const [appAuthToken, setAppAuthToken] = useState("");
  const [rows, setRows] = useState<readonly Row[]>(() => [firstRow(method, material)]);
  const [chosen, setChosen] = useState<ChosenFile>();
  const [made, setMade] = useState<MadeCall>();
  const [isBusy, setIsBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const history = useHistory();
  const keys = isOwn || material === undefined ? ownKeys : keysOf(material);
  const hasFile = method.request.some(({ type }) => type === "file");
  const columns = columnsIn(state.fields["columns"] ?? "");

  const run = async (call: () => Promise<MadeCall>): Promise<void> => {
    setIsBusy(true);
    setFault(undefined);
    try {
      const done = await call();
      setMade(done);
      const { reply, at, traceId, tookMs } = done;
      history.add({ at, method: method.name, state, code: reply.subCode ?? reply.code ?? "—", traceId, tookMs });
    } catch (error) {
      setFault(error);
    } finally {
      setIsBusy(false);
    }
  };
  const draft = () =>
    draftOf({
      method,
      state,
      keys,
      material,
      authToken,
      appAuthToken,
      rows,
      chosen,
      timestamp: timestampOf(Date.now()),
    });
  const send = (): Promise<void> => run(async () => makeCall(draft(), keys));
  const sendWrong = ({ draft: spoil, change, expected }: Mistake): Promise<void> =>
    run(async () => {
      // An id that was used already would be refused for that.
      const fresh = state.fields["transaction_id"] === undefined ? {} : { transaction_id: newTransactionId() };
      const right = draft();
      const renewed = { ...right, fields: { ...right.fields, ...fresh } };
      return makeCall(spoil?.(renewed) ?? renewed, keys, { change, expected });
    });
  const link = `${location.origin}/console/debugging/${method.name}${hashOf(state)}`;

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      document.getElementById("send-call")?.click();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  return (
    <div className="debug">
      <div className="stack">
        {!isSandbox && (
          <Alert
            type="warning"
            showIcon
            title={t(
              "这是生产环境：调用是真实的，会计费并留痕。",
              "This is production: calls are real, billed and recorded.",
            )}
          />
        )}
        <KeysForm
          keys={keys}
          isOwn={isOwn || material === undefined}
          hasMaterial={material !== undefined}
          state={state}
          setKeys={setOwnKeys}
          setIsOwn={setIsOwn}
          setState={setState}
        />
        <FieldsForm
          {...{ method, state, setState, authToken, setAuthToken, appAuthToken, setAppAuthToken, material }}
        />
        {hasFile && (
          <FileGrid
            columns={columns}
            rows={rows}
            setRows={(changed) => {
              setRows(changed);
              setState({ ...state, fields: { ...state.fields, records: String(changed.length) } });
            }}
            chosen={chosen}
            setChosen={setChosen}
            example={firstRow(method, material)}
          />
        )}
        <div className="debug-actions">
          <Button id="send-call" type="primary" loading={isBusy} onClick={() => void send()} title="Ctrl+Enter">
            {t("签名并发送", "Sign and send")}
          </Button>
          <Button
            disabled={made === undefined || isBusy}
            onClick={() => made !== undefined && void run(() => sendBuilt(made, keys))}
            title={t("字节不变，再发一次：不重复计费", "The very same bytes: not billed again")}
          >
            {t("原样重发", "Same again")}
          </Button>
          <MistakesButton
            method={method}
            gatewayErrors={gatewayErrors}
            disabled={isBusy}
            onChoose={(mistake) => void sendWrong(mistake)}
          />
          <Button
            onClick={() =>
              void navigator.clipboard
                .writeText(link)
                .then(() => message.success(t("链接已复制，不含密钥与令牌", "Copied; no key or token is in it")))
            }
          >
            {t("复制链接", "Copy the link")}
          </Button>
        </div>
      </div>
      <div className="debug-right stack">
        {fault !== undefined && <Alert type="error" showIcon title={faultText(fault)} />}
        {made === undefined ? (
          <section className="panel">
            <Empty
              image={Empty.PRESENTED_IMAGE_SIMPLE}
              description={t(
                "检查参数后按“签名并发送”（Ctrl+Enter）：这里显示应答、验签、待签名字符串与各语言代码。",
                "Look over the fields and press Sign and send (Ctrl+Enter): the reply, its verification, the string to sign and code in seven languages show here.",
              )}
            />
          </section>
        ) : (
          <Result
            made={made}
            method={method}
            gatewayErrors={gatewayErrors}
            material={material}
            canRead={mayCall(session, { merchants: true, operators: "requests:read" })}
          />
        )}
        <PastCalls
          past={history.past}
          onClear={history.clear}
          onOpen={(call) => {
            if (call.method === method.name) setState(call.state);
            else void navigate(`/debugging/${call.method}${hashOf(call.state)}`);
          }}
        />
      </div>
    </div>
  );
}
