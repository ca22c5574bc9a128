import { Select } from "antd";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { useAsk } from "../api/queries.ts";
import { mayCall, type Session } from "../api/session.ts";
import { useText } from "../shell/preferences.tsx";

const offered = 30;

export interface ChosenMerchant {
  /** What a route is asked with: nothing for a merchant's own staff, who are told of theirs. */
  readonly query: { readonly merchantId?: string };
  /** Whether anything can be asked: an operator names a merchant first. */
  readonly isChosen: boolean;
  choose(merchantId: string | undefined): void;
}

/** Which merchant a page is about; it stands in the page's address. */
export function useMerchant(session: Session): ChosenMerchant {
  const [search, setSearch] = useSearchParams();
  const merchantId = search.get("merchantId") ?? "";
  const choose = (chosen: string | undefined): void => setSearch(chosen === undefined ? {} : { merchantId: chosen });
  if (session.kind === "merchant") return { query: {}, isChosen: true, choose };
  return merchantId === "" ? { query: {}, isChosen: false, choose } : { query: { merchantId }, isChosen: true, choose };
}

/** For operators: of which merchant. The first is chosen where nobody has chosen. */
export function MerchantChoice({ merchant, session }: { merchant: ChosenMerchant; session: Session }) {
  const t = useText();
  const [typed, setTyped] = useState("");
  const isOperator = session.kind === "operator" && mayCall(session, { operators: "merchants:read" });
  const asked = useAsk(
    "GET /api/merchants",
    { query: { limit: offered, ...(typed === "" ? {} : { search: typed }) } },
    { enabled: isOperator },
  );
  if (!isOperator) return null;
  return (
    <Select
      showSearch={{ filterOption: false, onSearch: setTyped }}
      aria-label={t("商户", "Merchant")}
      placeholder={t("选择商户", "Choose a merchant")}
      value={merchant.query.merchantId ?? null}
      loading={asked.isFetching}
      onChange={(value: string | null) => merchant.choose(value ?? undefined)}
      options={(asked.data?.merchants ?? []).map(({ merchantId, name }) => ({
        value: merchantId,
        label: `${name} · ${merchantId}`,
      }))}
      style={{ width: 300, maxWidth: "100%" }}
    />
  );
}

export function ChooseMerchantFirst() {
  const t = useText();
  return <p className="panel quiet">{t("先在上方选择商户。", "Choose a merchant above.")}</p>;
}
