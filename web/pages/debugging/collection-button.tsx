import { Button, Tooltip } from "antd";
import { useText } from "../../shell/preferences.tsx";
import { collectionOf } from "../../wire/collection.ts";
import script from "../../wire/signing-script.js?raw";
import type { Method } from "./fields-form.tsx";
import type { Material } from "./material.ts";

/** Saves all methods as a collection for Postman and Apifox. A sandbox's own key is in it, nobody else's. */
export function CollectionButton({
  methods,
  material,
}: {
  methods: readonly Method[];
  material: Material | undefined;
}) {
  const t = useText();
  const save = (): void => {
    const variables = {
      gateway: `${location.origin}/gateway.do`,
      appId: material?.appId ?? "",
      privateKey: material?.appPrivateKeyPkcs8 ?? "",
      authToken: material?.people[0]?.accessToken ?? "",
    };
    const text = JSON.stringify(collectionOf(methods, variables, script), undefined, 2);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = "kaimen.postman_collection.json";
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <Tooltip title={t("含签名脚本，导入即可用", "With a script that signs: import it and call")}>
      <Button onClick={save}>{t("导出到 Postman / Apifox", "For Postman / Apifox")}</Button>
    </Tooltip>
  );
}
