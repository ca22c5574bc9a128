import { Button, Input, Popover } from "antd";
import { useState } from "react";
import { isSandbox } from "../../shell/environment-badge.tsx";
import { useBilingual, useText } from "../../shell/preferences.tsx";
import { type Mistake, mistakesOf } from "../../wire/mistakes.ts";
import type { Method } from "./fields-form.tsx";

/** Each error that a call of the method can be refused with: one click makes just that wrong, and sends it. */
export function MistakesButton(button: {
  method: Method;
  gatewayErrors: Method["errors"];
  disabled: boolean;
  onChoose: (mistake: Mistake) => void;
}) {
  const { method, gatewayErrors, disabled, onChoose } = button;
  const t = useText();
  const say = useBilingual();
  const [isOpen, setIsOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const kinds = [
    { kind: "field", title: t("业务参数错一处", "One field wrong") },
    { kind: "public", title: t("公共参数错一处", "One public parameter wrong") },
    ...(isSandbox
      ? [{ kind: "demand", title: t("指定错误码（改用约定的 transaction_id）", "On demand, by a transaction_id") }]
      : []),
  ];
  const shown = mistakesOf(method, gatewayErrors).filter(({ title, expected }) =>
    `${title.zh} ${title.en} ${expected}`.toLowerCase().includes(typed.toLowerCase()),
  );
  return (
    <Popover
      open={isOpen}
      onOpenChange={setIsOpen}
      trigger="click"
      placement="bottomLeft"
      destroyOnHidden
      content={
        <div className="mistakes">
          <Input
            autoFocus
            allowClear
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            placeholder={t("筛选：错误码或名称", "Filter by code or name")}
            aria-label={t("筛选错误", "Filter mistakes")}
          />
          {kinds.map(({ kind, title }) => {
            const some = shown.filter((each) => each.kind === kind);
            if (some.length === 0) return null;
            return (
              <section key={kind} aria-label={title}>
                <h3>{title}</h3>
                {some.map((mistake) => (
                  <button
                    key={mistake.key}
                    type="button"
                    onClick={() => {
                      setIsOpen(false);
                      onChoose(mistake);
                    }}
                  >
                    <span>{say(mistake.title)}</span>
                    <code>{mistake.expected}</code>
                  </button>
                ))}
              </section>
            );
          })}
        </div>
      }
    >
      <Button disabled={disabled} aria-expanded={isOpen}>
        {t("错一处", "One thing wrong")}
      </Button>
    </Popover>
  );
}
