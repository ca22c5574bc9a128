import iconUrl from "../icon.svg";

/** 开门, "open the gate". */
export function Brand({ isLarge = false }: { isLarge?: boolean }) {
  return (
    <span className={isLarge ? "brand brand-large" : "brand"}>
      <img src={iconUrl} alt="" width={isLarge ? 40 : 26} height={isLarge ? 40 : 26} />
      <span>
        开门 <span className="brand-latin">Kaimen</span>
      </span>
    </span>
  );
}
