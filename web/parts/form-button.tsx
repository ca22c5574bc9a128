import { Alert, App, Button, type ButtonProps, Form, Input, InputNumber, Modal, Select, Switch } from "antd";
import { type ReactNode, useState } from "react";
import { ApiProblem, WaitsForApproval } from "../api/client.ts";
import { useText } from "../shell/preferences.tsx";
import { ProblemAlert } from "./problem.tsx";

export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly kind?: "text" | "lines" | "number" | "switch" | "password" | "choice" | "choices" | "day";
  readonly options?: readonly { readonly value: string; readonly label: string }[];
  readonly required?: boolean;
  readonly help?: ReactNode;
  readonly initial?: unknown;
  readonly maxLength?: number;
  readonly pattern?: RegExp;
}

// Values come from the form, whose fields are named beside the handler.
export type FormValues = Readonly<Record<string, never>>;

interface FormButtonParts {
  readonly title: string;
  readonly fields: readonly FormField[];
  /** Sends it; what it throws is shown in the dialog. What it gives is shown afterwards, once. */
  readonly onSubmit: (values: FormValues) => Promise<ReactNode>;
  readonly about?: ReactNode;
  readonly button?: ButtonProps;
  readonly submit?: string;
}

/** A button that asks for what a change needs, and shows what came of it. */
export function FormButton({ title, fields, onSubmit, about, button = {}, submit }: FormButtonParts) {
  const t = useText();
  const { notification, modal } = App.useApp();
  const [form] = Form.useForm();
  const [isOpen, setIsOpen] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  const send = async (values: FormValues): Promise<void> => {
    setIsBusy(true);
    setError(undefined);
    try {
      const shown = await onSubmit(values);
      setIsOpen(false);
      if (shown === null || shown === undefined || typeof shown === "boolean" || shown === "")
        notification.success({ title: t("已完成", "Done"), duration: 3 });
      else modal.success({ title: t("已完成", "Done"), content: shown, width: 640 });
    } catch (failure) {
      if (failure instanceof WaitsForApproval) {
        setIsOpen(false);
        notification.info({
          title: t("已提交复核", "Waits for approval"),
          description: t(
            "另一位操作员在“复核”里通过后生效。",
            "It is done when another operator approves it under Approvals.",
          ),
        });
        return;
      }
      setError(failure);
      if (failure instanceof ApiProblem)
        form.setFields(failure.fields.map(({ field, fault }) => ({ name: field, errors: [fault] })));
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <>
      <Button {...button} onClick={() => setIsOpen(true)}>
        {button.children ?? title}
      </Button>
      <Modal
        open={isOpen}
        title={title}
        onCancel={() => setIsOpen(false)}
        onOk={() => form.submit()}
        okText={submit ?? t("确定", "OK")}
        confirmLoading={isBusy}
        destroyOnHidden
        afterClose={() => setError(undefined)}
      >
        {about !== undefined && <Alert type="info" title={about} style={{ marginBottom: 16 }} />}
        <Form form={form} layout="vertical" preserve={false} onFinish={(values: FormValues) => void send(values)}>
          {fields.map((field) => (
            <FieldItem key={field.name} field={field} />
          ))}
        </Form>
        {error !== undefined && <ProblemAlert error={error} />}
      </Modal>
    </>
  );
}

export function FieldItem({ field }: { field: FormField }) {
  const t = useText();
  const { name, label, kind = "text", required = false, help, initial, maxLength, pattern } = field;
  const rules = [
    ...(required ? [{ required: true, message: t(`请填写${label}`, `${label} is needed`) }] : []),
    ...(pattern === undefined ? [] : [{ pattern, message: t("格式不对", "Not of this form") }]),
    ...(maxLength === undefined ? [] : [{ max: maxLength }]),
  ];
  return (
    <Form.Item
      name={name}
      label={label}
      rules={rules}
      {...(help === undefined ? {} : { extra: help })}
      {...(initial === undefined ? {} : { initialValue: initial })}
      {...(kind === "switch" ? { valuePropName: "checked" } : {})}
    >
      {inputOf(kind, field)}
    </Form.Item>
  );
}

function inputOf(kind: NonNullable<FormField["kind"]>, { options = [] }: FormField): ReactNode {
  if (kind === "lines") return <Input.TextArea rows={5} className="mono" spellCheck={false} />;
  if (kind === "number") return <InputNumber style={{ width: "100%" }} />;
  if (kind === "switch") return <Switch />;
  if (kind === "password") return <Input.Password autoComplete="off" />;
  if (kind === "choice") return <Select options={[...options]} allowClear />;
  if (kind === "choices") return <Select mode="multiple" options={[...options]} />;
  if (kind === "day") return <Input type="date" />;
  return <Input autoComplete="off" />;
}
