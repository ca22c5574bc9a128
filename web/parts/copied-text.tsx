import { Typography } from "antd";
import type { ReactNode } from "react";

/** A text with a sign beside it that copies the whole. */
export default function CopiedText({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <Typography.Text className="mono" copyable={{ text }}>
      {children}
    </Typography.Text>
  );
}
