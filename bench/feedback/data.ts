import { identityCheckCharacter } from "#kaimen/consent/people.ts";

export const columns =
  "user_name,user_credentials_type,user_credentials_no,order_no,biz_type,order_status,create_amt,pay_month,gmt_ovd_date,overdue_cnt";
const monthsOfAnOrder = 12;
const piecesAtOnce = 10_000;
const surnames = [..."赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"];
const givenNames = [..."伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚"];

/**
 * A feedback file of so many records: orders of twelve months each, a person each, one month in twenty overdue. The
 * same number gives the same bytes; `variant` gives other orders of other people.
 */
export function feedbackFile(count: number, variant: number): Buffer {
  const blocks: Buffer[] = [Buffer.from('{"records":[')];
  let pieces: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const order = Math.floor(index / monthsOfAnOrder);
    const month = index % monthsOfAnOrder;
    const overdue = (order * 7 + month * 3) % 20 === 0;
    pieces.push(
      `{"user_name":"${nameOf(order)}","user_credentials_type":"0","user_credentials_no":"${credentialsNoOf(order, variant)}",` +
        `"order_no":"LOAN-2025-V${variant}-${String(order).padStart(10, "0")}","biz_type":"1","order_status":"04",` +
        `"create_amt":"${1_000 + ((order * 37) % 9_000)}.${String(order % 100).padStart(2, "0")}","pay_month":"2025-${String(month + 1).padStart(2, "0")}",` +
        `"gmt_ovd_date":"${overdue ? `2025-${String(month + 1).padStart(2, "0")}-05` : ""}","overdue_cnt":"${overdue ? 1 : 0}"}`,
    );
    // A million strings at once would take gigabytes.
    if (pieces.length < piecesAtOnce && index < count - 1) continue;
    blocks.push(Buffer.from(`${index >= piecesAtOnce ? "," : ""}${pieces.join(",")}`));
    pieces = [];
  }
  blocks.push(Buffer.from("]}"));
  return Buffer.concat(blocks);
}

function nameOf(order: number): string {
  return `${surnames[order % 20] ?? ""}${givenNames[Math.floor(order / 20) % 20] ?? ""}${givenNames[Math.floor(order / 400) % 20] ?? ""}`;
}

/** Region 990000 is nobody's; a day of birth and a sequence number for each order. */
function credentialsNoOf(order: number, variant: number): string {
  const year = 1950 + (Math.floor(order / (365 * 999)) % 50) + variant * 5;
  const day = new Date(Date.UTC(2001, 0, 1 + (Math.floor(order / 999) % 365)))
    .toISOString()
    .slice(5, 10)
    .replace("-", "");
  const seventeen = `990000${year}${day}${String(order % 999).padStart(3, "0")}`;
  return seventeen + identityCheckCharacter(seventeen);
}
