import { useSend } from "../../api/queries.ts";
import { FormButton } from "../../parts/form-button.tsx";
import { beijingText } from "../../parts/values.tsx";
import { useText } from "../../shell/preferences.tsx";
import type { Arrangement } from "./arrangements.tsx";

const dayOf = (instant: string): string => beijingText(instant).slice(0, 10);

/** Makes an arrangement, or sets the terms of one that is there. */
export function ArrangementForm({ arrangement, merchantId }: { arrangement?: Arrangement; merchantId?: string }) {
  const t = useText();
  const set = useSend("PUT /api/merchants/:merchantId/arrangements/:productCode");
  const isNew = arrangement === undefined;
  return (
    <FormButton
      title={isNew ? t("新增合约", "Add an arrangement") : t("修改", "Change")}
      button={isNew ? { type: "primary" } : { size: "small" }}
      fields={[
        ...(isNew
          ? [
              {
                name: "productCode",
                label: t("产品码", "Product code"),
                required: true,
                pattern: /^w\d{19}$/,
                initial: "w1010100100000000001",
                help: t("w 加十九位数字。", "w and nineteen digits."),
              },
            ]
          : []),
        {
          name: "validFrom",
          label: t("首日", "First day"),
          kind: "day",
          required: true,
          ...(isNew ? {} : { initial: dayOf(arrangement.validFrom) }),
        },
        {
          name: "validTo",
          label: t("到期日（当日不再有效）", "End (the day after its last)"),
          kind: "day",
          required: true,
          ...(isNew ? {} : { initial: dayOf(arrangement.validTo) }),
        },
        {
          name: "priceFen",
          label: t("单价（分）", "Price (fen)"),
          kind: "number",
          required: true,
          initial: arrangement?.priceFen ?? 40,
        },
        {
          name: "quota",
          label: t("额度（次）", "Quota (inquiries)"),
          kind: "number",
          help: t("留空为不限。", "Empty for any number."),
          ...(typeof arrangement?.quota === "number" ? { initial: arrangement.quota } : {}),
        },
        {
          name: "billsNa",
          label: t("N/A 也计费", "Bill N/A, too"),
          kind: "switch",
          initial: arrangement?.billsNa ?? false,
        },
      ]}
      onSubmit={async ({ productCode, validFrom, validTo, priceFen, quota, billsNa }) =>
        void (await set.mutateAsync({
          params: {
            merchantId: arrangement?.merchantId ?? merchantId ?? "",
            productCode: arrangement?.productCode ?? String(productCode),
          },
          body: {
            validFrom: String(validFrom),
            validTo: String(validTo),
            priceFen: Number(priceFen),
            quota: quota === undefined || quota === null ? null : Number(quota),
            billsNa: Boolean(billsNa),
            suspended: arrangement?.suspended ?? false,
          },
        }))
      }
    />
  );
}
