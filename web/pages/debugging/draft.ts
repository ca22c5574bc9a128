import type { CallDraft } from "../../wire/call.ts";
import type { DebugState } from "./debug-state.ts";
import type { Method } from "./fields-form.tsx";
import type { ChosenFile } from "./file-grid.tsx";
import { type CallKeys, certificateNumbers, type Material } from "./material.ts";
import { columnsIn, fileOfRows, type Row } from "./record-file.ts";

interface DraftParts {
  readonly method: Method;
  readonly state: DebugState;
  readonly keys: CallKeys;
  readonly material: Material | undefined;
  readonly authToken: string;
  readonly appAuthToken: string;
  readonly rows: readonly Row[];
  readonly chosen: ChosenFile | undefined;
  readonly timestamp: string;
}

/** What the page shows, as a call. */
export function draftOf(parts: DraftParts): CallDraft {
  const { method, state, keys, material, authToken, appAuthToken, rows, chosen, timestamp } = parts;
  const { fields, person, signType, charset, mode, encryptType } = state;
  const fileField = method.request.find(({ type }) => type === "file");
  const made = () => ({
    fileName: "feedback.json",
    content: fileOfRows(rows, columnsIn(fields["columns"] ?? ""), fields["file_charset"] ?? ""),
  });
  return {
    method: method.name,
    appId: keys.appId,
    signType,
    charset,
    timestamp,
    fieldsIn: method.fields,
    fields,
    files: fileField === undefined ? [] : [{ name: fileField.name, ...(chosen ?? made()) }],
    authToken:
      method.auth === "user"
        ? (material?.people.find(({ userId }) => userId === person)?.accessToken ?? authToken)
        : undefined,
    appAuthToken,
    encryption: encryptType === undefined ? undefined : { encryptType, key: keys.encryptKey },
    certificates: mode === "certificate" ? certificateNumbers(keys) : undefined,
  };
}
