import { Button, Input, Select } from "antd";
import type { ReplyOf } from "../../api/client.ts";
import { useBilingual, useText } from "../../shell/preferences.tsx";
import { specPattern } from "../../wire/spec-pattern.ts";
import type { DebugState } from "./debug-state.ts";
import { type Material, suggestion } from "./material.ts";

export type Method = ReplyOf<"GET /api/methods">["methods"][number];
/** What is longer gets more than a line. antd's own growing wants a style attribute, which the content security policy refuses. */
const lineCharacters = 48;

type FieldSpec = Method["request"][number];

interface FieldsFormParts {
  readonly method: Method;
  readonly state: DebugState;
  readonly setState: (state: DebugState) => void;
  readonly authToken: string;
  readonly setAuthToken: (token: string) => void;
  readonly appAuthToken: string;
  readonly setAppAuthToken: (token: string) => void;
  readonly material: Material | undefined;
}

/** The method's fields with their rules and documented examples, and whose token is sent. */
export function FieldsForm(form: FieldsFormParts) {
  const { method, state, setState, material } = form;
  const t = useText();
  const set = (name: string, value: string): void => setState({ ...state, fields: { ...state.fields, [name]: value } });
  return (
    <section className="panel stack" aria-labelledby="fields">
      <h2 id="fields" style={{ margin: 0 }}>
        {t("业务参数", "Fields")}
      </h2>
      {method.auth === "user" && <PersonChoice {...form} />}
      {method.request
        .filter(({ type }) => type === "string")
        .map((field) => (
          <FieldRow
            key={field.name}
            field={field}
            value={state.fields[field.name] ?? ""}
            onChange={(value) => set(field.name, value)}
            onFill={() => set(field.name, suggestion(field.name, field.example, material))}
            choices={choicesOf(field, material, state.person)}
          />
        ))}
      {method.request.length === 0 && (
        <p className="quiet">{t("这个接口没有业务参数。", "This method has no fields.")}</p>
      )}
      {method.actsForMerchants && (
        <label className="debug-field">
          <span>
            <code>app_auth_token</code>{" "}
            <span className="quiet">{t("代商户调用时填写", "to act for another merchant")}</span>
          </span>
          <Input
            className="mono"
            value={form.appAuthToken}
            onChange={(event) => form.setAppAuthToken(event.target.value.trim())}
            spellCheck={false}
            autoComplete="off"
          />
        </label>
      )}
    </section>
  );
}

function choicesOf(field: FieldSpec, material: Material | undefined, person: string | undefined): readonly string[] {
  if (field.oneOf !== undefined) return field.oneOf;
  if (field.name !== "order_no" || material === undefined) return [];
  return material.people.find(({ userId }) => userId === person)?.orders ?? [];
}

function PersonChoice({ state, setState, authToken, setAuthToken, material }: FieldsFormParts) {
  const t = useText();
  const say = useBilingual();
  const chosen = material?.people.find(({ userId }) => userId === state.person);
  return (
    <div className="debug-field">
      <span>
        <code>auth_token</code> <span className="quiet">{t("用户授权令牌", "of the user who authorised")}</span>
      </span>
      {material !== undefined && (
        <Select
          aria-label={t("示例人员", "Demo person")}
          value={state.person ?? null}
          placeholder={t("选一位示例人员", "Choose a demo person")}
          allowClear
          onChange={(person: string | null | undefined) => setState({ ...state, person: person ?? undefined })}
          options={material.people.map(({ userId, name, score, story }) => ({
            value: userId,
            label: `${name} · ${score}`,
            title: say(story),
          }))}
        />
      )}
      {state.person === undefined && (
        <Input
          className="mono"
          aria-label="auth_token"
          value={authToken}
          placeholder="authzhB…"
          onChange={(event) => setAuthToken(event.target.value.trim())}
          spellCheck={false}
          autoComplete="off"
        />
      )}
      {state.person !== undefined && <small className="quiet">{chosen === undefined ? "" : say(chosen.story)}</small>}
    </div>
  );
}

function FieldRow(row: {
  field: FieldSpec;
  value: string;
  onChange: (value: string) => void;
  onFill: () => void;
  choices: readonly string[];
}) {
  const { field, value, onChange, onFill, choices } = row;
  const t = useText();
  const say = useBilingual();
  const fault = value === "" ? undefined : faultOf(field, value);
  const id = `field-${field.name}`;
  return (
    <div className="debug-field">
      <label htmlFor={id}>
        <code>{field.name}</code>{" "}
        <span className={field.required ? "bad" : "quiet"}>
          {field.required ? t("必填", "required") : t("选填", "optional")}
        </span>
      </label>
      <div className="debug-input">
        {choices.length > 0 ? (
          <Select
            id={id}
            value={value === "" ? null : value}
            allowClear
            showSearch
            onChange={(chosen: string | null | undefined) => onChange(chosen ?? "")}
            options={choices.map((each) => ({ value: each, label: each }))}
            style={{ flex: 1, minWidth: 0 }}
          />
        ) : (
          <Input.TextArea
            id={id}
            className="mono"
            rows={value.length <= lineCharacters ? 1 : 3}
            value={value}
            status={fault === undefined ? "" : "warning"}
            onChange={(event) => onChange(event.target.value)}
            spellCheck={false}
            aria-describedby={`${id}-rule`}
          />
        )}
        <Button size="small" type="text" onClick={onFill}>
          {field.name === "transaction_id" ? t("换新", "New") : t("示例", "Example")}
        </Button>
      </div>
      <small id={`${id}-rule`} className={fault === undefined ? "quiet" : "warn"}>
        {fault === undefined
          ? say(field.doc)
          : t(`${fault.zh}，将被拒绝：${field.invalid}`, `${fault.en}: refused with ${field.invalid}`)}
        {fault === undefined &&
          field.maxLength !== undefined &&
          ` ${t(`最长 ${field.maxLength}。`, `At most ${field.maxLength}.`)}`}
      </small>
    </div>
  );
}

/** What the gateway will say of it. Nothing keeps anybody from sending it all the same. */
function faultOf({ maxLength, pattern, oneOf }: FieldSpec, value: string): { zh: string; en: string } | undefined {
  if (maxLength !== undefined && value.length > maxLength)
    return { zh: `超过 ${maxLength} 个字符`, en: `more than ${maxLength} characters` };
  if (oneOf !== undefined && !oneOf.includes(value)) return { zh: "不在取值范围", en: "none of the values" };
  if (pattern !== undefined && !specPattern(pattern).test(value)) return { zh: "格式不对", en: "not of the form" };
  return undefined;
}
