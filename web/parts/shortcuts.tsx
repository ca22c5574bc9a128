import { Modal } from "antd";
import { useEffect, useRef, useState } from "react";
import { useText } from "../shell/preferences.tsx";

export interface Shortcut {
  /** As the browser names it: `j`, `/`, `Escape`. */
  readonly key: string;
  readonly title: string;
  readonly run: () => void;
}

/** Keys of a page, with `?` for the list of them. They do nothing while somebody writes, or with a dialog open. */
export function Shortcuts({ shortcuts }: { shortcuts: readonly Shortcut[] }) {
  const t = useText();
  const [isShown, setIsShown] = useState(false);
  const current = useRef(shortcuts);
  useEffect(() => {
    current.current = shortcuts;
  }, [shortcuts]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isWriting(event.target)) return;
      if (document.querySelector(".ant-modal-wrap:not([style*='display: none']), .ant-drawer-open") !== null) return;
      if (event.key === "?") {
        event.preventDefault();
        return setIsShown(true);
      }
      const found = current.current.find(({ key }) => key === event.key);
      if (found === undefined) return;
      event.preventDefault();
      found.run();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return (
    <Modal open={isShown} onCancel={() => setIsShown(false)} footer={null} title={t("快捷键", "Keyboard")} width={420}>
      <dl className="shortcuts">
        {[...shortcuts, { key: "?", title: t("显示这张表", "This list") }].map(({ key, title }) => (
          <div key={key}>
            <dt>
              <kbd>{key === "Escape" ? "Esc" : key}</kbd>
            </dt>
            <dd>{title}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable=true]") !== null;
}
